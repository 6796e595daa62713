//! Golden bytes: the journal and the encoding of requests, as these versions write them and every later program must
//! read them; and journals of versions 1 and 2, from before the first release, which no program reads.
//! Renewed only by `ZHIHENG_RENEW_GOLDEN=1`, and then read in review: changed bytes are a new version.

mod support;

use journal::{Batch, Disk as _, FORMAT_VERSION, Faults, Journal, OpenError, Options, Reader, SimDisk, encoded_bytes};
use protocol::{
    AccountId, Amount, AssetId, Bounded, Client, ClientId, Command, Currency, Date, Digest, EntityId, InstrumentId,
    KeyId, Money, OrderId, Price, Quantity, Request, Seq, Side, Stamped, Symbol, Timestamp, UserId, WithdrawalId,
    account::{CashMove, PayOut, RefuseWithdrawal, RequestWithdrawal, WithdrawalStep},
    asset::{AssetClass, Classification, RegisterAsset},
    command::ClientKey,
    control::{AcceptLoss, Recover, VenueKey},
    describe::Describe,
    listing::{BookTerms, IssueUnits, ListUnits},
    order::{OrderKind, PlaceOrder},
    party::{EntityKind, KeyMaterial, LegalId, Network, RegisterEntity, RegisterKey, RegisterUser, Roles, Scopes},
    rules::{Approval, Calendar, Epoch, Fees, Profile},
    units::BasisPoints,
    wire,
};
use std::{fmt::Write as _, fs, path::PathBuf};

const OPTIONS: Options = Options {
    segment_bytes: 4096,
    batch_bytes_max: 2048,
    prepared_ahead: 1,
};

fn golden(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden")
        .join(name)
}

/// Compares with the golden file, or renews it.
fn check(name: &str, now: &str) {
    let path = golden(name);
    if std::env::var_os("ZHIHENG_RENEW_GOLDEN").is_some() {
        fs::write(&path, now).unwrap();
    }
    let then = fs::read_to_string(&path).unwrap();
    for (line, (then, now)) in then.lines().zip(now.lines()).enumerate() {
        assert_eq!(then, now, "{name}, line {}", line + 1);
    }
    assert_eq!(then, now, "{name}");
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").unwrap();
        hex
    })
}

fn unhex(hex: &str) -> Vec<u8> {
    (0..hex.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap())
        .collect()
}

fn day(year: i32, month: u32, day: u32) -> Date {
    Date::from_civil(year, month, day).unwrap()
}

fn asset() -> RegisterAsset {
    RegisterAsset {
        owner: EntityId(7),
        class: AssetClass::Patent,
        office: protocol::Office(*b"CN"),
        number: Bounded::new("ZL202010123456.7").unwrap(),
        title: Bounded::new("一种磁通量测量方法").unwrap(),
        filed: Some(day(2020, 2, 24)),
        granted: Some(day(2022, 8, 16)),
        expires: Some(day(2040, 2, 24)),
        classifications: vec![
            Classification::Ipc(Bounded::new("G01R 33/02").unwrap()),
            Classification::Nice(9),
        ],
        texts: Digest([0x5a; 32]),
    }
}

fn terms() -> BookTerms {
    BookTerms {
        symbol: Symbol::new("CN-ZL2020.LIC").unwrap(),
        currency: Currency::Cny,
        tick: Price::from_minor(100),
        price_low: Price::from_minor(10_000),
        price_high: Price::from_minor(5_000_000),
        lot: Quantity::from_units(1),
        order_max: Quantity::from_units(10_000),
        supply: Quantity::from_units(100_000),
    }
}

macro_rules! described {
    ($commands:ident, $named:ident, $otherwise:expr; $($name:literal, $variant:ident($module:ident::$type:ident);)*) => {
        /// One of every command that describes itself, made of its own example.
        fn $commands() -> Vec<(&'static str, Command)> {
            vec![$(($name, {
                let example = <protocol::$module::$type as Describe>::SHAPE.example();
                let asked: protocol::$module::$type = serde_json::from_str(&example).unwrap();
                Command::$variant(asked.into())
            })),*]
        }

        fn $named(command: &Command) -> &'static str {
            match command {
                $(Command::$variant(_) => $name,)*
                other => $otherwise(other),
            }
        }
    };
}

described! {
    described_commands, described_name, pledge_name;
    "propose", Propose(control::Propose);
    "set rule book", SetRuleBook(control::SetRuleBook);
    "describe entity", DescribeEntity(control::DescribeEntity);
    "set dual control", SetDualControl(control::SetDualControl);
    "approve", Approve(control::Approve);
    "refuse", Refuse(control::Refuse);
    "log read", LogRead(control::LogRead);
    "register rights", RegisterRights(title::RegisterRights);
    "verify asset", VerifyAsset(title::VerifyAsset);
    "change asset", ChangeAsset(title::ChangeAsset);
    "record dues", RecordDues(title::RecordDues);
    "link marks", LinkMarks(title::LinkMarks);
    "place hold", PlaceHold(title::PlaceHold);
    "lift hold", LiftHold(title::LiftHold);
    "give consent", GiveConsent(title::GiveConsent);
    "withdraw consent", WithdrawConsent(title::WithdrawConsent);
    "record valuation", RecordValuation(title::RecordValuation);
    "set appraiser", SetAppraiser(title::SetAppraiser);
    "offer licence", OfferLicence(licence::OfferLicence);
    "accept licence", AcceptLicence(licence::LicenceStep);
    "withdraw licence", WithdrawLicence(licence::LicenceStep);
    "pay licence", PayLicence(licence::PayLicence);
    "record licence", RecordLicence(licence::RecordLicence);
    "terminate licence", TerminateLicence(licence::TerminateLicence);
    "ask open licence", AskOpenLicence(licence::AskOpenLicence);
    "withdraw open licence", WithdrawOpenLicence(licence::WithdrawOpenLicence);
    "take open licence", TakeOpenLicence(licence::TakeOpenLicence);
    "set unit contract", SetUnitContract(licence::SetUnitContract);
    "report consumption", ReportConsumption(licence::ReportConsumption);
    "audit consumption", AuditConsumption(licence::AuditConsumption);
    "open tranche", OpenTranche(licence::OpenTranche);
    "indicate interest", IndicateInterest(licence::IndicateInterest);
    "subscribe tranche", SubscribeTranche(licence::SubscribeTranche);
    "close tranche", CloseTranche(licence::CloseTranche);
    "list transfer", ListTransfer(transfer::ListTransfer);
    "set audience", SetAudience(transfer::SetAudience);
    "express interest", ExpressInterest(transfer::ExpressInterest);
    "withdraw interest", WithdrawInterest(transfer::WithdrawInterest);
    "qualify interest", QualifyInterest(transfer::QualifyInterest);
    "record export check", RecordExportCheck(transfer::RecordExportCheck);
    "bid transfer", BidTransfer(transfer::BidTransfer);
    "answer priority", AnswerPriority(transfer::AnswerPriority);
    "sign contract", SignContract(transfer::SignContract);
    "fund escrow", FundEscrow(transfer::FundEscrow);
    "file recordal", FileRecordal(transfer::FileRecordal);
    "answer recordal", AnswerRecordal(transfer::AnswerRecordal);
    "cancel transfer", CancelTransfer(transfer::CancelTransfer);
    "end disclosure", EndDisclosure(transfer::EndDisclosure);
    "describe right", DescribeRight(title::DescribeRight);
    "announce lot", AnnounceLot(auction::AnnounceLot);
    "enter lot", EnterLot(auction::EnterLot);
    "bid lot", BidLot(auction::BidLot);
    "set maximum", SetMaximum(auction::SetMaximum);
    "buy lot", BuyLot(auction::BuyLot);
    "commit bid", CommitBid(auction::CommitBid);
    "reveal bid", RevealBid(auction::RevealBid);
    "pause lot", PauseLot(auction::PauseLot);
    "resume lot", ResumeLot(auction::LotStep);
    "withdraw lot", WithdrawLot(auction::LotStep);
    "confirm lot", ConfirmLot(auction::LotStep);
    "annul lot", AnnulLot(auction::LotStep);
    "serve ruling", ServeRuling(auction::LotStep);
    "pay lot", PayLot(auction::PayLot);
    "negotiate lot", NegotiateLot(auction::NegotiateLot);
    "settle default", SettleDefault(auction::SettleDefault);
}

// What came later stands behind all others, as in the enum.
described! {
    pledge_commands, pledge_name, |other: &Command| -> &'static str { panic!("{other:?} is named above") };
    "register loan", RegisterLoan(pledge::RegisterLoan);
    "file pledge", FilePledge(pledge::FilePledge);
    "sign pledge", SignPledge(pledge::SignPledge);
    "answer pledge", AnswerPledge(pledge::AnswerPledge);
    "mend pledge", MendPledge(pledge::MendPledge);
    "withdraw pledge", WithdrawPledge(pledge::WithdrawPledge);
    "change pledge", ChangePledge(pledge::ChangePledge);
    "release pledge", ReleasePledge(pledge::ReleasePledge);
    "substitute pledge", SubstitutePledge(pledge::SubstitutePledge);
    "assign claim", AssignClaim(pledge::AssignClaim);
    "fix claim", FixClaim(pledge::FixClaim);
    "record demand", RecordDemand(pledge::RecordDemand);
    "declare default", DeclareDefault(pledge::DeclareDefault);
    "cure default", CureDefault(pledge::CureDefault);
    "record repayment", RecordRepayment(pledge::RecordRepayment);
    "give pledge consent", GivePledgeConsent(pledge::GivePledgeConsent);
    "revoke pledge consent", RevokePledgeConsent(pledge::RevokePledgeConsent);
    "apply proceeds", ApplyProceeds(pledge::ApplyProceeds);
    "propose plan", ProposePlan(disposal::ProposePlan);
    "sign plan", SignPlan(disposal::SignPlan);
    "open disposal", OpenDisposal(disposal::OpenDisposal);
    "agree below", AgreeBelow(disposal::AgreeBelow);
    "release for sale", ReleaseForSale(disposal::ReleaseForSale);
    "distribute proceeds", DistributeProceeds(disposal::DistributeProceeds);
    "end disposal", EndDisposal(disposal::EndDisposal);
    "record upkeep", RecordUpkeep(disposal::RecordUpkeep);
    "record bankruptcy", RecordBankruptcy(disposal::RecordBankruptcy);
    "open pool", OpenPool(risk::OpenPool);
    "set pool figures", SetPoolFigures(risk::SetPoolFigures);
    "enrol loan", EnrolLoan(risk::EnrolLoan);
    "record npl", RecordNpl(risk::RecordNpl);
    "claim on pool", ClaimOnPool(risk::ClaimOnPool);
    "decide pool claim", DecidePoolClaim(risk::DecidePoolClaim);
    "record recovery", RecordRecovery(risk::RecordRecovery);
    "end pool loan", EndPoolLoan(risk::EndPoolLoan);
    "propose reverse licence", ProposeReverseLicence(reverse::ProposeReverseLicence);
    "consent reverse licence", ConsentReverseLicence(reverse::ConsentReverseLicence);
    "pay reverse fee", PayReverseFee(reverse::PayReverseFee);
    "settle reverse licence", SettleReverseLicence(reverse::SettleReverseLicence);
    "terminate reverse licence", TerminateReverseLicence(reverse::TerminateReverseLicence);
    "propose conversion", ProposeConversion(equity::ProposeConversion);
    "record conversion step", RecordConversionStep(equity::RecordConversionStep);
    "end conversion", EndConversion(equity::EndConversion);
    "open measure", OpenMeasure(subsidy::OpenMeasure);
    "apply for subsidy", ApplyForSubsidy(subsidy::ApplyForSubsidy);
    "withdraw subsidy", WithdrawSubsidy(subsidy::WithdrawSubsidy);
    "decide subsidy", DecideSubsidy(subsidy::DecideSubsidy);
    "tell branch books", TellBranchBooks(diligence::TellBranchBooks);
    "correct branch books", CorrectBranchBooks(diligence::TellBranchBooks);
    "record duty step", RecordDutyStep(diligence::RecordDutyStep);
    "draw officer file", DrawOfficerFile(diligence::DrawOfficerFile);
    "pay guarantee", PayGuarantee(pledge::PayGuarantee);
    "withdraw suit", WithdrawSuit(pledge::WithdrawSuit);
    "record guarantor", RecordGuarantor(pledge::RecordGuarantor);
    "insure loan", InsureLoan(pledge::InsureLoan);
    "pay insurance", PayInsurance(pledge::PayInsurance);
    "re-guarantee", ReGuarantee(risk::ReGuarantee);
    "name approvers", NameApprovers(control::NameApprovers);
    "name deputy", NameDeputy(control::NameDeputy);
    "set buyer rules", SetBuyerRules(buyers::SetBuyerRules);
    "agree put", AgreePut(buyers::AgreePut);
    "sign put", SignPut(buyers::SignPut);
    "exercise put", ExercisePut(buyers::ExercisePut);
    "end put", EndPut(buyers::EndPut);
    "agree taking", AgreeTaking(buyers::AgreeTaking);
    "take at reserve", TakeAtReserve(buyers::TakeAtReserve);
    "name connected buyer", NameConnectedBuyer(buyers::NameConnectedBuyer);
    "consent connected buyer", ConsentConnectedBuyer(buyers::ConsentConnectedBuyer);
    "admit parties", AdmitParties(buyers::AdmitParties);
    "ask security", AskSecurity(disposal::AskSecurity);
    "settle security", SettleSecurity(disposal::SettleSecurity);
    "press for sale", PressForSale(disposal::PressForSale);
    "agree in disposal", AgreeInDisposal(disposal::AgreeInDisposal);
    "record claim fact", RecordClaimFact(claim::RecordClaimFact);
    "correct distribution", CorrectDistribution(disposal::CorrectDistribution);
    "agree correction", AgreeCorrection(disposal::AgreeCorrection);
    "ask lot", AskLot(questions::AskLot);
    "answer question", AnswerQuestion(questions::AnswerQuestion);
    "withhold text", WithholdText(questions::WithholdText);
    "translate title", TranslateTitle(title::TranslateTitle);
}

/// One request of every command, in the order of the enum. A new command is added at the end.
fn every_command() -> Vec<(&'static str, Request)> {
    let operator = |command| Request {
        by: UserId(0),
        client: None,
        command,
    };
    let key = ClientKey {
        id: *b"0123456789abcdef",
        body: *b"bodyhash",
    };
    let id = ClientId::new("ana-2026-0001");
    let trader = |command| Request {
        by: UserId(3),
        client: Some(Client { key, id: id.clone() }),
        command,
    };
    let cash = || {
        Box::new(CashMove {
            account: AccountId(2),
            currency: Currency::Cny,
            amount: Money::from_minor(123_456_789),
            reference: Bounded::new("CNAPS-2026-11-0001").unwrap(),
        })
    };
    let order = |side, kind| {
        Command::PlaceOrder(PlaceOrder {
            account: AccountId(2),
            instrument: InstrumentId(5),
            side,
            kind,
            quantity: Quantity::from_units(25),
        })
    };
    let mut commands = vec![
        (
            "epoch",
            operator(Command::Epoch(Box::new(Epoch {
                rules_version: 2,
                profile: Profile::UnitMarket,
                approval: Approval::Reference(Bounded::new("深知交〔2026〕1号").unwrap()),
                fees: Fees {
                    maker: BasisPoints(10),
                    taker: BasisPoints(20),
                },
                calendar: Calendar {
                    years: vec![2026],
                    sources: vec![],
                    holidays: vec![day(2026, 2, 17), day(2026, 2, 18)],
                    working_weekends: vec![day(2026, 2, 14)],
                },
                judicial_listing: None,
            }))),
        ),
        ("tick", operator(Command::Tick)),
        (
            "register entity",
            operator(Command::RegisterEntity(Box::new(RegisterEntity {
                name: Bounded::new("深圳市某某科技有限公司").unwrap(),
                kind: EntityKind::Company,
                legal_id: LegalId::Uscc(Bounded::new("91350100M000100Y43").unwrap()),
                evidence: Some(Digest([0xe1; 32])),
            }))),
        ),
        (
            "register user",
            operator(Command::RegisterUser(RegisterUser {
                entity: EntityId(7),
                roles: Roles::TRADER.with(Roles::FIRM),
            })),
        ),
        (
            "register key",
            operator(Command::RegisterKey(Box::new(RegisterKey {
                user: UserId(3),
                material: KeyMaterial::Ed25519([0xed; 32]),
                scopes: Scopes::READ.with(Scopes::TRADE),
                networks: vec![Network {
                    address: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 0, 0, 0],
                    prefix: 104,
                }],
            }))),
        ),
        ("revoke key", operator(Command::RevokeKey { key: KeyId(4) })),
        ("open account", operator(Command::OpenAccount { entity: EntityId(7) })),
        ("cash in", operator(Command::CashIn(cash()))),
        (
            "cash out",
            operator(Command::CashOut(Box::new(PayOut {
                withdrawal: WithdrawalId(77),
                reference: Bounded::new("ICBC-20260302-0002").unwrap(),
            }))),
        ),
        ("register asset", trader(Command::RegisterAsset(Box::new(asset())))),
        (
            "list units",
            trader(Command::ListUnits(Box::new(ListUnits {
                asset: AssetId(9),
                terms: terms(),
            }))),
        ),
        (
            "issue units",
            trader(Command::IssueUnits(IssueUnits {
                instrument: InstrumentId(5),
                account: AccountId(2),
                quantity: Quantity::from_units(1_000),
            })),
        ),
        (
            "set trading",
            operator(Command::SetTrading {
                instrument: InstrumentId(5),
                trading: false,
            }),
        ),
        (
            "place order, limit",
            trader(order(Side::Buy, OrderKind::Limit(Price::from_minor(120_000)))),
        ),
        (
            "place order, immediate or cancel",
            trader(order(
                Side::Sell,
                OrderKind::ImmediateOrCancel(Price::from_minor(119_900)),
            )),
        ),
        ("place order, market", trader(order(Side::Buy, OrderKind::Market))),
        (
            "cancel order",
            trader(Command::CancelOrder {
                order: OrderId(0x0000_0002_0000_0009),
            }),
        ),
    ];
    let described = described_commands().into_iter();
    commands.extend(described.map(|(name, command)| (name, trader(command))));
    let down_from = Timestamp(1_772_416_800_000_000_000);
    commands.push(("resumed", operator(Command::Resumed { down_from })));
    let public_key = Digest([0xce; 32]);
    commands.push(("set venue key", operator(Command::SetVenueKey(VenueKey { public_key }))));
    let recover = Recover {
        public_key,
        networks: vec![],
        end_others: true,
    };
    commands.push(("recover", operator(Command::Recover(Box::new(recover)))));
    let step = WithdrawalStep {
        withdrawal: WithdrawalId(77),
    };
    let asked = RequestWithdrawal {
        account: AccountId(2),
        amount: Amount::new(Currency::Cny, Money::from_minor(25_050)),
    };
    let refused = RefuseWithdrawal {
        withdrawal: WithdrawalId(77),
        reason: Bounded::new("the bank knows no account of this name").unwrap(),
    };
    commands.extend([
        ("request withdrawal", trader(Command::RequestWithdrawal(asked))),
        ("cancel withdrawal", trader(Command::CancelWithdrawal(step))),
        ("approve withdrawal", operator(Command::ApproveWithdrawal(step))),
        (
            "refuse withdrawal",
            operator(Command::RefuseWithdrawal(Box::new(refused))),
        ),
    ]);
    let loss = AcceptLoss {
        left: Seq(41),
        known: Some(Seq(57)),
    };
    commands.push(("accept loss", operator(Command::AcceptLoss(loss))));
    commands.push(("stalled", operator(Command::Stalled { down_from })));
    let pledges = pledge_commands().into_iter();
    commands.extend(pledges.map(|(name, command)| (name, trader(command))));
    commands
}

/// No command is missing above: a new one does not compile here.
#[test]
fn every_command_has_golden_bytes() {
    let named = |command: &Command| match command {
        Command::Epoch(_) => "epoch",
        Command::Tick => "tick",
        Command::Resumed { .. } => "resumed",
        Command::SetVenueKey(_) => "set venue key",
        Command::Recover(_) => "recover",
        Command::RequestWithdrawal(_) => "request withdrawal",
        Command::CancelWithdrawal(_) => "cancel withdrawal",
        Command::ApproveWithdrawal(_) => "approve withdrawal",
        Command::RefuseWithdrawal(_) => "refuse withdrawal",
        Command::AcceptLoss(_) => "accept loss",
        Command::Stalled { .. } => "stalled",
        Command::RegisterEntity(_) => "register entity",
        Command::RegisterUser(_) => "register user",
        Command::RegisterKey(_) => "register key",
        Command::RevokeKey { .. } => "revoke key",
        Command::OpenAccount { .. } => "open account",
        Command::CashIn(_) => "cash in",
        Command::CashOut(_) => "cash out",
        Command::RegisterAsset(_) => "register asset",
        Command::ListUnits(_) => "list units",
        Command::IssueUnits(_) => "issue units",
        Command::SetTrading { .. } => "set trading",
        Command::PlaceOrder(_) => "place order",
        Command::CancelOrder { .. } => "cancel order",
        other => described_name(other),
    };
    let commands = every_command();
    assert!(
        commands
            .iter()
            .all(|(name, request)| name.starts_with(named(&request.command)))
    );
    let mut text = String::new();
    for (name, request) in &commands {
        let mut encoded = Vec::new();
        wire::encode(request, &mut encoded);
        assert_eq!(encoded_bytes(request), encoded.len(), "{name}");
        writeln!(text, "{name}: {}", hex(&encoded)).unwrap();
    }
    check(&format!("wire-v{}.hex", wire::VERSION), &text);
    // And what stands there reads back.
    let then = fs::read_to_string(golden(&format!("wire-v{}.hex", wire::VERSION))).unwrap();
    for (line, (name, request)) in then.lines().zip(&commands) {
        let (_, bytes) = line.split_once(": ").unwrap();
        assert_eq!(wire::decode(&unhex(bytes)).as_ref(), Ok(request), "{name}");
    }
}

/// A request as it was written before clients' names were kept: the trace alone.
fn nameless(request: &Request) -> Request {
    let mut request = request.clone();
    if let Some(client) = &mut request.client {
        client.id = None;
    }
    request
}

/// The file is never renewed: journals hold its bytes.
#[test]
fn the_requests_of_version_1_read_back_without_their_clients_names() {
    let then = fs::read_to_string(golden("wire-v1.hex")).unwrap();
    assert!(then.lines().count() > 100);
    for (line, (name, request)) in then.lines().zip(every_command()) {
        let (_, bytes) = line.split_once(": ").unwrap();
        assert_eq!(wire::decode(&unhex(bytes)), Ok(nameless(&request)), "{name}");
    }
}

/// The disk that a golden file tells of.
fn disk_of(name: &str) -> SimDisk {
    let disk = SimDisk::new(2, Faults::default());
    let mut segment: Option<(String, Vec<u8>)> = None;
    for line in fs::read_to_string(golden(name)).unwrap().lines() {
        let (first, second) = line.split_once(' ').unwrap();
        if first.ends_with(".journal") {
            segment
                .take()
                .into_iter()
                .for_each(|(name, bytes)| disk.replace(&name, bytes));
            segment = Some((first.to_owned(), vec![0; second.parse().unwrap()]));
        } else {
            let (at, bytes) = (usize::from_str_radix(first, 16).unwrap(), unhex(second));
            segment.as_mut().unwrap().1[at..at + bytes.len()].copy_from_slice(&bytes);
        }
    }
    segment.into_iter().for_each(|(name, bytes)| disk.replace(&name, bytes));
    disk
}

/// Its bytes are those of a program from before the first release: they are never renewed.
#[test]
fn a_journal_from_before_the_first_release_is_refused_with_a_clear_word() {
    for bytes in ["journal-v1.hex", "journal-v2.hex"] {
        is_refused(disk_of(bytes));
    }
}

fn is_refused(disk: SimDisk) {
    let files = |disk: &SimDisk| {
        let names = disk.list().unwrap();
        names.iter().map(|name| disk.contents(name)).collect::<Vec<_>>()
    };
    let before = files(&disk);
    let errors = [
        Journal::open(disk.clone(), OPTIONS, &mut |_| Ok(()))
            .map(drop)
            .unwrap_err(),
        Reader::open(disk.clone())
            .and_then(|mut reader| reader.next_batch().map(drop))
            .unwrap_err(),
    ];
    for error in errors {
        let said = error.to_string();
        assert!(matches!(error, OpenError::BeforeTheFirstRelease { .. }), "{said}");
        assert!(
            said.contains("begun by a program from before the first release, which knew other rules")
                && said.contains("cannot be read or served any more. Nothing was changed."),
            "{said}"
        );
    }
    assert_eq!(files(&disk), before);
}

/// Two openings: a batch with an epoch, a registration, an order, a cancel and a tick, an end mark; then a batch that
/// goes to the next segment, and an end mark.
fn small_journal() -> (SimDisk, Vec<Stamped<Request>>) {
    let commands = every_command();
    let pick = |name: &str| {
        commands
            .iter()
            .find(|(other, _)| other.starts_with(name))
            .unwrap()
            .1
            .clone()
    };
    let stamp = |seq: u64, body| Stamped {
        seq: Seq(seq),
        at: Timestamp(1_772_416_800_000_000_000 + seq),
        body,
    };
    let names = ["epoch", "register entity", "place order", "cancel order", "tick"];
    let mut written: Vec<_> = names
        .iter()
        .zip(1..)
        .map(|(name, seq)| stamp(seq, pick(name)))
        .collect();
    for seq in 6..30 {
        written.push(stamp(seq, pick("place order, market")));
    }
    let disk = SimDisk::new(1, Faults::default());
    for (batch_of, hash) in [(&written[..5], 0x1122_3344_5566_7788), (&written[5..], 42)] {
        let (mut journal, _) = Journal::open(disk.clone(), OPTIONS, &mut |_| Ok(())).unwrap();
        let mut batch = Batch::new(&OPTIONS);
        batch_of.iter().for_each(|request| {
            if batch.push(request).is_err() {
                batch.set_event_hash(hash + request.seq.0);
                journal.append(&mut batch).unwrap();
                batch.push(request).unwrap();
            }
        });
        batch.set_event_hash(hash);
        journal.append(&mut batch).unwrap();
        journal.close().unwrap();
    }
    (disk, written)
}

#[test]
fn a_small_journal_has_its_golden_bytes_and_reads_back() {
    let (disk, written) = small_journal();
    let mut text = String::new();
    for name in disk.list().unwrap() {
        let bytes = disk.contents(&name).unwrap();
        writeln!(text, "{name} {}", bytes.len()).unwrap();
        for (at, line) in bytes.chunks(32).enumerate() {
            if line.iter().any(|&byte| byte != 0) {
                writeln!(text, "{:05x} {}", at * 32, hex(line)).unwrap();
            }
        }
    }
    let name = format!("journal-v{FORMAT_VERSION}-requests-v{}.hex", wire::VERSION);
    check(&name, &text);
    reads_back_and_goes_on(&name, &written);
}

/// The file is never renewed. Its batches say version 1 of the requests' encoding; those of today stand behind them, in
/// the same segment.
#[test]
fn a_journal_of_before_clients_names_were_kept_goes_on_with_them() {
    let nameless = |request: &Stamped<Request>| Stamped {
        body: nameless(&request.body),
        ..request.clone()
    };
    let written: Vec<_> = small_journal().1.iter().map(nameless).collect();
    reads_back_and_goes_on("journal-v3.hex", &written);
}

/// What stands in the file, not what was just written, reads back; and a journal of today goes on behind it.
fn reads_back_and_goes_on(name: &str, written: &[Stamped<Request>]) {
    let disk = disk_of(name);
    let read_all = |disk: &SimDisk| {
        let mut read = Vec::new();
        let mut reader = Reader::open(disk.clone()).unwrap();
        while let Some(batch) = reader.next_batch().unwrap() {
            read.extend_from_slice(batch.requests);
        }
        (read, reader.summary())
    };
    let (read, summary) = read_all(&disk);
    assert_eq!(read, written);
    assert!(summary.clean && summary.batches >= 3 && summary.event_hash == Some(42));

    let (mut journal, recovery) = Journal::open(disk.clone(), OPTIONS, &mut |_| Ok(())).unwrap();
    assert_eq!(recovery, summary);
    assert_eq!(journal.epoch(), 3);
    let mut batch = Batch::new(&OPTIONS);
    let named = every_command().into_iter().find(|(name, _)| *name == "cancel order");
    let next = Stamped {
        seq: recovery.last.next(),
        at: recovery.last_at,
        body: named.unwrap().1,
    };
    assert!(next.body.client.as_ref().unwrap().id.is_some());
    batch.push(&next).unwrap();
    journal.append(&mut batch).unwrap();
    journal.close().unwrap();
    assert!(Journal::open(disk.clone(), OPTIONS, &mut |_| Ok(())).unwrap().1.clean);
    assert_eq!(read_all(&disk).0, [written, &[next]].concat());
}
