//! Every rule on every road: which command that offers or takes a right asks which rule, from one table.
//!
//! A new command does not compile before [`roads`] says which roads it is, nor a new road before [`cell`] says of every
//! rule whether it is asked there, who is exempt by which article, or why it cannot be reached. Each cell that asks is
//! tried: the rule is broken on that road, and the core refuses for it; each exemption is tried too.

use crate::{
    floor::{
        self, Floor, OPERATOR, Party,
        grants::{accept, ask_open, freeze, made, offering, owned_by, plain, take_open},
        room::{self, Room},
        sales::{CONTRACT, Market, PAPER, bid, describe, enter, express, fund, qualify, sign, terms_of},
        titles::{book, buys, draft, sells, verify},
        yuan,
    },
    lots_of_units::{uniform, without_rights},
};
use protocol::{
    AssetId, Command, InstrumentId, Quantity, Receipt, Reject, Symbol, Timestamp,
    auction::{AnnounceLot, CourtSale, Ranked, Rationing},
    command::Op,
    licence::{OpenTranche, SubscribeTranche},
    listing::ListUnits,
    maxima::Maxima,
    time::{DAY, SECOND},
    title::{Basis, NamedValue, NewRight, RecordValuation},
    transfer::{AnswerRecordal, FileRecordal, LegalBasis, ListTransfer},
};

/// What a rule book asks of whoever offers or takes a right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rule {
    Verified,
    Frozen,
    CoOwners,
    SellersLock,
    StateDisclosure,
    HolderOfPriority,
    HolderCap,
    BuyersLock,
    ExportControl,
    SellsToItself,
    Defaulter,
    OutbidsItself,
}

const RULES: [Rule; 12] = [
    Rule::Verified,
    Rule::Frozen,
    Rule::CoOwners,
    Rule::SellersLock,
    Rule::StateDisclosure,
    Rule::HolderOfPriority,
    Rule::HolderCap,
    Rule::BuyersLock,
    Rule::ExportControl,
    Rule::SellsToItself,
    Rule::Defaulter,
    Rule::OutbidsItself,
];

/// A way to offer a right or a use of it, or to take one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Road {
    ListUnits,
    Sell,
    OpenTranche,
    AnnounceUnits,
    AnnounceLot,
    AnnounceCourt,
    ListTransfer,
    OfferLicence,
    AskOpenLicence,
    Buy,
    Subscribe,
    EnterUnits,
    EnterLot,
    EnterCourt,
    BidLot,
    Maximum,
    Interest,
    BidTransfer,
    Priority,
    AcceptLicence,
    TakeOpenLicence,
}

const ROADS: [Road; 21] = [
    Road::ListUnits,
    Road::Sell,
    Road::OpenTranche,
    Road::AnnounceUnits,
    Road::AnnounceLot,
    Road::AnnounceCourt,
    Road::ListTransfer,
    Road::OfferLicence,
    Road::AskOpenLicence,
    Road::Buy,
    Road::Subscribe,
    Road::EnterUnits,
    Road::EnterLot,
    Road::EnterCourt,
    Road::BidLot,
    Road::Maximum,
    Road::Interest,
    Road::BidTransfer,
    Road::Priority,
    Road::AcceptLicence,
    Road::TakeOpenLicence,
];

/// Which roads a command is; one that only goes on with what is agreed, or governs, is none.
fn roads(op: Op) -> &'static [Road] {
    match op {
        Op::ListUnits => &[Road::ListUnits],
        Op::PlaceOrder => &[Road::Sell, Road::Buy],
        Op::OpenTranche => &[Road::OpenTranche],
        Op::SubscribeTranche => &[Road::Subscribe],
        Op::AnnounceLot => &[Road::AnnounceLot, Road::AnnounceCourt, Road::AnnounceUnits],
        Op::EnterLot => &[Road::EnterLot, Road::EnterCourt, Road::EnterUnits],
        Op::BidLot => &[Road::BidLot],
        Op::SetMaximum => &[Road::Maximum],
        Op::ListTransfer => &[Road::ListTransfer],
        Op::ExpressInterest => &[Road::Interest],
        Op::BidTransfer => &[Road::BidTransfer],
        Op::AnswerPriority => &[Road::Priority],
        Op::OfferLicence => &[Road::OfferLicence],
        Op::AcceptLicence => &[Road::AcceptLicence],
        Op::AskOpenLicence => &[Road::AskOpenLicence],
        Op::TakeOpenLicence => &[Road::TakeOpenLicence],
        other => {
            assert!(
                GOVERNS_OR_GOES_ON.contains(&other),
                "{other:?}: which roads is it, or why is it none?"
            );
            &[]
        }
    }
}

/// What offers nothing new and takes nothing new: it governs, tells, answers, pays or ends.
const GOVERNS_OR_GOES_ON: &[Op] = &[
    Op::Epoch,
    Op::Tick,
    Op::RegisterEntity,
    Op::RegisterUser,
    Op::RegisterKey,
    Op::RevokeKey,
    Op::OpenAccount,
    Op::CashIn,
    Op::CashOut,
    Op::RegisterAsset,
    Op::IssueUnits,
    Op::SetTrading,
    Op::CancelOrder,
    Op::SetRuleBook,
    Op::DescribeEntity,
    Op::SetDualControl,
    Op::Propose,
    Op::Approve,
    Op::Refuse,
    Op::LogRead,
    Op::RegisterRights,
    Op::VerifyAsset,
    Op::ChangeAsset,
    Op::RecordDues,
    Op::LinkMarks,
    Op::PlaceHold,
    Op::LiftHold,
    Op::GiveConsent,
    Op::WithdrawConsent,
    Op::RecordValuation,
    Op::SetAppraiser,
    Op::WithdrawLicence,
    Op::PayLicence,
    Op::RecordLicence,
    Op::TerminateLicence,
    Op::WithdrawOpenLicence,
    Op::SetUnitContract,
    Op::ReportConsumption,
    Op::AuditConsumption,
    Op::IndicateInterest,
    Op::CloseTranche,
    Op::SetAudience,
    Op::WithdrawInterest,
    Op::QualifyInterest,
    Op::RecordExportCheck,
    Op::SignContract,
    Op::FundEscrow,
    Op::FileRecordal,
    Op::AnswerRecordal,
    Op::CancelTransfer,
    Op::EndDisclosure,
    Op::DescribeRight,
    // Who entered was asked at the door, and is asked again at the close.
    Op::BuyLot,
    Op::CommitBid,
    Op::RevealBid,
    Op::PauseLot,
    Op::ResumeLot,
    Op::WithdrawLot,
    Op::ConfirmLot,
    Op::AnnulLot,
    Op::ServeRuling,
    Op::PayLot,
    Op::NegotiateLot,
    Op::SettleDefault,
    Op::Resumed,
    Op::Sealed,
    Op::SetVenueKey,
    Op::Recover,
    Op::RequestWithdrawal,
    Op::CancelWithdrawal,
    Op::ApproveWithdrawal,
    Op::RefuseWithdrawal,
    Op::AcceptLoss,
    Op::Stalled,
    // A pledge is asked by grounds of its own (`pledges`), and takes no right.
    Op::RegisterLoan,
    Op::FilePledge,
    Op::SignPledge,
    Op::AnswerPledge,
    Op::MendPledge,
    Op::WithdrawPledge,
    Op::ChangePledge,
    Op::ReleasePledge,
    Op::SubstitutePledge,
    Op::AssignClaim,
    Op::FixClaim,
    Op::RecordDemand,
    Op::DeclareDefault,
    Op::CureDefault,
    Op::RecordRepayment,
    Op::GivePledgeConsent,
    Op::RevokePledgeConsent,
    Op::ApplyProceeds,
    // What a case sells goes by the roads above.
    Op::ProposePlan,
    Op::SignPlan,
    Op::OpenDisposal,
    Op::AgreeBelow,
    Op::ReleaseForSale,
    Op::DistributeProceeds,
    Op::EndDisposal,
    Op::RecordUpkeep,
    Op::RecordBankruptcy,
    Op::AskSecurity,
    Op::SettleSecurity,
    Op::PressForSale,
    Op::AgreeInDisposal,
    // Nor does a pool.
    Op::OpenPool,
    Op::SetPoolFigures,
    Op::EnrolLoan,
    Op::RecordNpl,
    Op::ClaimOnPool,
    Op::DecidePoolClaim,
    Op::RecordRecovery,
    Op::EndPoolLoan,
    // It grants its owner nothing that it takes from others.
    Op::ProposeReverseLicence,
    Op::ConsentReverseLicence,
    Op::PayReverseFee,
    Op::SettleReverseLicence,
    Op::TerminateReverseLicence,
    // Shares of a company are no right that is traded here.
    Op::ProposeConversion,
    Op::RecordConversionStep,
    Op::EndConversion,
    // Nor do subsidies, books and officers' files.
    Op::OpenMeasure,
    Op::ApplyForSubsidy,
    Op::WithdrawSubsidy,
    Op::DecideSubsidy,
    Op::TellBranchBooks,
    Op::CorrectBranchBooks,
    Op::RecordDutyStep,
    Op::DrawOfficerFile,
    // Who answers beside the debtor takes no right, but what the law gives who paid.
    Op::PayGuarantee,
    Op::WithdrawSuit,
    Op::RecordGuarantor,
    Op::InsureLoan,
    Op::PayInsurance,
    Op::ReGuarantee,
    // Nor is who approves.
    Op::NameApprovers,
    Op::NameDeputy,
    // Who may take what is disposed of is asked in tests of its own (`standing_buyer`, `connected_buyers`).
    Op::SetBuyerRules,
    Op::AgreePut,
    Op::SignPut,
    Op::ExercisePut,
    Op::EndPut,
    Op::AgreeTaking,
    Op::TakeAtReserve,
    Op::NameConnectedBuyer,
    Op::ConsentConnectedBuyer,
    Op::AdmitParties,
    // What a debt comes to, and what of a price was told wrongly, sells nothing.
    Op::RecordClaimFact,
    Op::CorrectDistribution,
    Op::AgreeCorrection,
    // Who asks, answers or translates offers and takes nothing.
    Op::AskLot,
    Op::AnswerQuestion,
    Op::WithholdText,
    Op::TranslateTitle,
];

/// Whether a rule is asked on a road.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cell {
    /// It is, and whoever breaks it is refused so.
    Asked(Reject),
    /// It is not, by this article.
    Exempt(&'static str),
    /// It cannot be broken there.
    Unreached(&'static str),
}

use Cell::{Asked, Exempt, Unreached};

const AT_THE_OFFER: Cell = Unreached("asked of who offers; what breaks it later ends the offer");
const AT_THE_DOOR: Cell = Unreached("asked at the door, and again at the close");
const OF_WHO_TAKES: Cell = Unreached("asked of who takes");
const NO_TITLE: Cell = Unreached("no title passes");
const LAWFUL_AUCTION: Cell = Exempt("国办发〔2012〕37号: lawful auctions are left out");

fn offers(road: Road) -> bool {
    matches!(
        road,
        Road::ListUnits
            | Road::Sell
            | Road::OpenTranche
            | Road::AnnounceUnits
            | Road::AnnounceLot
            | Road::AnnounceCourt
            | Road::ListTransfer
            | Road::OfferLicence
            | Road::AskOpenLicence
    )
}

/// The table.
fn cell(rule: Rule, road: Road) -> Cell {
    use Road as R;
    match rule {
        Rule::Verified if offers(road) => match road {
            R::Sell | R::OpenTranche | R::AnnounceUnits => {
                Unreached("a book is listed of a verified right, and ends with it")
            }
            _ => Asked(Reject::NotVerified),
        },
        Rule::Frozen if offers(road) => match road {
            R::Sell => Asked(Reject::NotTrading),
            R::OpenTranche | R::AnnounceUnits => Asked(Reject::NotTrading),
            R::AnnounceCourt => Exempt("18号 8: a court sells what courts hold"),
            R::ListUnits | R::AnnounceLot | R::ListTransfer | R::OfferLicence | R::AskOpenLicence => {
                Asked(Reject::RightFrozen)
            }
            _ => unreachable!("it takes"),
        },
        Rule::CoOwners if offers(road) => match road {
            R::ListUnits | R::Sell | R::OpenTranche | R::AnnounceUnits | R::OfferLicence => {
                Exempt("专利法 14: each co-owner may license non-exclusively alone")
            }
            R::AnnounceCourt => Exempt("18号: the court's order stands for the owners' consent"),
            R::AnnounceLot | R::ListTransfer | R::AskOpenLicence => Asked(Reject::CoOwnerConsent),
            _ => unreachable!("it takes"),
        },
        Rule::SellersLock if offers(road) => match road {
            R::ListUnits => Unreached("nothing is sold before the order, the tranche or the lot"),
            R::OfferLicence | R::AskOpenLicence => Unreached("a licence is no trade in the product"),
            R::AnnounceCourt => LAWFUL_AUCTION,
            R::Sell | R::OpenTranche | R::AnnounceUnits | R::AnnounceLot | R::ListTransfer => Asked(Reject::T5Lock),
            _ => unreachable!("it takes"),
        },
        Rule::StateDisclosure if offers(road) => match road {
            R::AnnounceLot | R::ListTransfer => Asked(Reject::DisclosureInvalid),
            R::AnnounceCourt => Exempt("18号 12: a court's notice has days of its own"),
            R::ListUnits | R::Sell | R::OpenTranche | R::AnnounceUnits | R::OfferLicence | R::AskOpenLicence => {
                NO_TITLE
            }
            _ => unreachable!("it takes"),
        },
        Rule::HolderOfPriority if offers(road) => match road {
            R::AnnounceLot => Asked(Reject::RanksInvalid),
            R::ListTransfer => Asked(Reject::PartiesInvalid),
            R::AnnounceCourt => Exempt("拍卖变卖财产规定 12: debtor and applicant may bid"),
            R::AnnounceUnits => Asked(Reject::FormatForbidden),
            R::ListUnits | R::Sell | R::OpenTranche | R::OfferLicence | R::AskOpenLicence => {
                Unreached("nobody has priority in a use")
            }
            _ => unreachable!("it takes"),
        },
        Rule::Verified
        | Rule::Frozen
        | Rule::CoOwners
        | Rule::SellersLock
        | Rule::StateDisclosure
        | Rule::HolderOfPriority => AT_THE_OFFER,
        Rule::HolderCap if offers(road) => match road {
            R::AnnounceLot | R::ListTransfer => Asked(Reject::HolderCap),
            R::AnnounceCourt => LAWFUL_AUCTION,
            _ => OF_WHO_TAKES,
        },
        _ if offers(road) => OF_WHO_TAKES,
        Rule::HolderCap => match road {
            R::Buy | R::Subscribe | R::EnterUnits | R::EnterLot | R::Interest | R::BidTransfer | R::Priority => {
                Asked(Reject::HolderCap)
            }
            R::AcceptLicence => Asked(Reject::HolderCap),
            R::EnterCourt => LAWFUL_AUCTION,
            R::TakeOpenLicence => Exempt("专利法 51: anybody may take an open licence"),
            R::BidLot | R::Maximum => AT_THE_DOOR,
            _ => unreachable!("it offers"),
        },
        Rule::BuyersLock => match road {
            R::Buy | R::Subscribe | R::EnterUnits | R::EnterLot | R::Interest | R::BidTransfer | R::Priority => {
                Asked(Reject::T5Lock)
            }
            R::EnterCourt => LAWFUL_AUCTION,
            R::AcceptLicence | R::TakeOpenLicence => Exempt("国发〔2011〕38号: a licence is no trade in the product"),
            R::BidLot | R::Maximum => AT_THE_DOOR,
            _ => unreachable!("it offers"),
        },
        Rule::ExportControl => match road {
            R::Buy
            | R::Subscribe
            | R::EnterUnits
            | R::EnterLot
            | R::EnterCourt
            | R::BidTransfer
            | R::Priority
            | R::AcceptLicence
            | R::TakeOpenLicence => Asked(Reject::ExportCheckRequired),
            R::Interest => Exempt("技术进出口条例 30: the interest is heard, and stands still until the check"),
            R::BidLot | R::Maximum => AT_THE_DOOR,
            _ => unreachable!("it offers"),
        },
        Rule::SellsToItself => match road {
            R::Subscribe | R::Interest | R::BidTransfer | R::Priority | R::AcceptLicence => Asked(Reject::OwnRight),
            R::TakeOpenLicence => Asked(Reject::OwnRight),
            R::EnterUnits | R::EnterLot => Asked(Reject::BarredParty),
            R::EnterCourt => Exempt("拍卖变卖财产规定 12: debtor and applicant may bid"),
            R::Buy => Exempt("an owner buys units back on the book; it never trades with itself"),
            R::BidLot | R::Maximum => AT_THE_DOOR,
            _ => unreachable!("it offers"),
        },
        Rule::Defaulter => match road {
            R::EnterLot | R::EnterCourt | R::Interest => Asked(Reject::BarredDefaulter),
            R::BidTransfer | R::Priority => {
                Unreached("its interest was refused; a default that comes later is asked for")
            }
            R::BidLot | R::Maximum => AT_THE_DOOR,
            R::EnterUnits => Asked(Reject::BarredDefaulter),
            R::Buy | R::Subscribe | R::AcceptLicence | R::TakeOpenLicence => {
                Exempt("18号 24 bars from the right that is sold anew, not from its use")
            }
            _ => unreachable!("it offers"),
        },
        Rule::OutbidsItself => match road {
            R::BidLot | R::Maximum | R::BidTransfer => Asked(Reject::OwnBestBid),
            R::EnterLot | R::EnterCourt | R::EnterUnits => Asked(Reject::AlreadyEntered),
            R::Buy => Unreached("orders of one participant do not meet"),
            R::Subscribe | R::AcceptLicence | R::TakeOpenLicence => Unreached("the price is said, nobody outbids"),
            R::Interest | R::Priority => Unreached("no bid is made here"),
            _ => unreachable!("it offers"),
        },
    }
}

/// Whether a road is one of units: of a right whose book is open.
fn of_units(road: Road) -> bool {
    matches!(
        road,
        Road::ListUnits
            | Road::Sell
            | Road::OpenTranche
            | Road::AnnounceUnits
            | Road::Buy
            | Road::Subscribe
            | Road::EnterUnits
    )
}

/// A board on which one rule is about to be broken on one road: ana offers, bo takes, cy was there before, dee looks on.
struct Board {
    room: Room,
    right: AssetId,
    instrument: Option<InstrumentId>,
}

impl Board {
    fn new(rule: Rule, road: Road) -> Self {
        let mut room = Room {
            market: Market::on(Floor::unit_market()),
        };
        let (ana, bo, dee) = (room.market.ana, room.market.bo, room.market.dee);
        let locks = matches!(rule, Rule::SellersLock | Rule::BuyersLock);
        let owners = [ana, dee];
        let change: Box<dyn Fn(&mut NewRight)> = match rule {
            Rule::Verified => Box::new(draft),
            Rule::CoOwners => Box::new(owned_by(&owners)),
            _ => Box::new(plain),
        };
        let owner = if locks { bo } else { ana };
        let right = room.market.floor.right(owner.entity, "US7", change);
        let mut board = Self {
            room,
            right,
            instrument: None,
        };
        if locks {
            // Bo has sold it to ana: neither trades in it again for some days.
            board.sell(bo, ana);
        }
        if rule == Rule::Defaulter {
            board.default_of_bo();
        }
        if of_units(road) && road != Road::ListUnits && rule != Rule::Verified {
            let floor = &mut board.room.market.floor;
            board.instrument = Some(book(floor, ana, right, "US7"));
        }
        board
    }

    fn list(&mut self, change: impl FnOnce(&mut ListTransfer)) -> protocol::TransferId {
        let (right, ana) = (self.right, self.room.market.ana);
        let mut terms = terms_of(&[right], ana);
        change(&mut terms);
        self.room.market.list_by(ana, terms).unwrap()
    }

    /// A title passes from one to the other, and is verified anew.
    fn sell(&mut self, from: Party, to: Party) {
        let market = &mut self.room.market;
        market.floor.cash_in(to.account, 10_000_000);
        let terms = terms_of(&[self.right], from);
        let id = market.list_by(from, terms).unwrap();
        market.qualified(id, &[to]);
        market.pass(market.sale(id).disclosed);
        market.floor.must(to.user, bid(id, 100_000));
        for party in [from, to] {
            market.floor.must(party.user, sign(id, CONTRACT));
        }
        market.floor.must(to.user, fund(id));
        let file = FileRecordal {
            transfer: id,
            evidence: PAPER,
        };
        market.floor.must(from.user, Command::FileRecordal(Box::new(file)));
        let answer = AnswerRecordal {
            transfer: id,
            refused: None,
            evidence: PAPER,
        };
        market.floor.must(OPERATOR, Command::AnswerRecordal(Box::new(answer)));
        let mut extract = verify(self.right);
        extract.extract.drawn = Timestamp(market.floor.at).venue_date();
        market.floor.must(OPERATOR, Command::VerifyAsset(Box::new(extract)));
    }

    /// Bo buys the right in a sale, and does not sign what ana has signed.
    fn default_of_bo(&mut self) {
        let (ana, bo) = (self.room.market.ana, self.room.market.bo);
        let id = self.list(|_| {});
        let market = &mut self.room.market;
        market.qualified(id, &[bo]);
        market.pass(market.sale(id).disclosed);
        market.floor.must(bo.user, bid(id, 100_000));
        market.floor.must(ana.user, sign(id, CONTRACT));
        market.pass(market.sale(id).step_by.unwrap());
    }

    /// A lot that opens in a moment.
    fn lot(&self, road: Road, rule: Rule) -> AnnounceLot {
        let format = match road {
            Road::AnnounceUnits | Road::EnterUnits => uniform(10, Rationing::Time),
            _ => room::ascending(100_000, 1_000),
        };
        let mut terms = if of_units(road) {
            without_rights(&self.room, format)
        } else {
            self.room.terms(format)
        };
        if let protocol::auction::Format::Uniform(format) = &mut terms.format {
            format.symbol = Symbol::new("US7").unwrap();
        }
        let now = self.room.market.floor.at;
        let at = |seconds: u64| Timestamp(now + seconds * SECOND);
        (terms.qualifies_at, terms.opens_at, terms.closes_at) = (at(10), at(20), at(4_000));
        if !of_units(road) {
            terms.assets = vec![self.right];
        }
        terms.state_owned = rule == Rule::StateDisclosure;
        if rule == Rule::HolderOfPriority {
            let entity = self.room.market.dee.entity;
            terms.priority = vec![Ranked { entity, rank: 1 }];
        }
        terms
    }

    /// A court's lot of the right.
    fn court(&mut self, rule: Rule) -> AnnounceLot {
        let today = Timestamp(self.room.market.floor.at).venue_date();
        let valuation = RecordValuation {
            asset: self.right,
            basis: Basis::Agreed(NamedValue { amount: yuan(100_000) }),
            expires: today.plus_months(11),
            evidence: PAPER,
        };
        let record = Command::RecordValuation(Box::new(valuation));
        let Receipt::Deal(seq) = self.room.market.floor.must(OPERATOR, record) else {
            panic!()
        };
        let mut terms = self.lot(Road::AnnounceCourt, rule);
        let protocol::auction::Format::Ascending(format) = &mut terms.format else {
            unreachable!()
        };
        format.maxima = Maxima::NotTaken;
        let now = self.room.market.floor.at;
        terms.basis = LegalBasis::Judicial;
        terms.valuation = Some(protocol::ValuationId::from(seq));
        terms.deposit = yuan(10_000);
        terms.opens_at = Timestamp(now + 40 * DAY);
        terms.closes_at = Timestamp(now + 42 * DAY);
        terms.court = Some(CourtSale {
            notified: protocol::Date(today.0 - 4),
            prior_claims: yuan(0),
            insisted: false,
            order: Some(PAPER),
            debt: None,
            commissioned: false,
        });
        terms
    }

    fn tranche(&self) -> OpenTranche {
        OpenTranche {
            symbol: Symbol::new("US7").unwrap(),
            account: self.room.market.ana.account,
            price: yuan(500),
            quantity: Quantity::from_units(100),
            opens_at: Timestamp(self.room.market.floor.at + SECOND),
        }
    }

    /// What ana does on a road that offers.
    fn offer(&mut self, rule: Rule, road: Road) -> (Party, Command) {
        let (ana, bo, dee) = (self.room.market.ana, self.room.market.bo, self.room.market.dee);
        let operator = floor::sales::operator();
        match road {
            Road::ListUnits => {
                let list = ListUnits {
                    asset: self.right,
                    terms: floor::terms("US7"),
                };
                (ana, Command::ListUnits(Box::new(list)))
            }
            Road::Sell => (ana, sells(ana, self.instrument.unwrap(), 100, 10)),
            Road::OpenTranche => (ana, Command::OpenTranche(Box::new(self.tranche()))),
            Road::AnnounceUnits | Road::AnnounceLot => (ana, Command::AnnounceLot(Box::new(self.lot(road, rule)))),
            Road::AnnounceCourt => (operator, Command::AnnounceLot(Box::new(self.court(rule)))),
            Road::ListTransfer => {
                let mut terms = terms_of(&[self.right], ana);
                terms.state_owned = rule == Rule::StateDisclosure;
                if rule == Rule::HolderOfPriority {
                    terms.priority = vec![dee.entity];
                }
                (ana, Command::ListTransfer(Box::new(terms)))
            }
            Road::OfferLicence => (ana, offering(self.right, ana, bo, |_| {})),
            Road::AskOpenLicence => (ana, ask_open(self.right, ana.account, |_| {})),
            other => panic!("{other:?} takes"),
        }
    }

    fn announce(&mut self, terms: &AnnounceLot) -> protocol::LotId {
        let by = self.room.announcer(terms);
        let command = Command::AnnounceLot(Box::new(terms.clone()));
        match self.room.market.floor.must(by, command) {
            Receipt::Deal(seq) => protocol::LotId::from(seq),
            other => panic!("{other:?}"),
        }
    }

    /// What bo does on a road that takes, once it is offered.
    fn take(&mut self, rule: Rule, road: Road) -> (Party, Command) {
        let (ana, bo, cy) = (self.room.market.ana, self.room.market.bo, self.room.market.cy);
        let command = match road {
            Road::Buy => {
                let instrument = self.instrument.unwrap();
                self.room.market.floor.must(ana.user, sells(ana, instrument, 100, 10));
                buys(bo, instrument, 100, 10)
            }
            Road::Subscribe => {
                let open = Command::OpenTranche(Box::new(self.tranche()));
                let Receipt::Deal(seq) = self.room.market.floor.must(ana.user, open) else {
                    panic!()
                };
                self.room.market.floor.at += 2 * SECOND;
                Command::SubscribeTranche(SubscribeTranche {
                    tranche: protocol::TrancheId::from(seq),
                    account: bo.account,
                    quantity: Quantity::from_units(10),
                })
            }
            Road::EnterUnits | Road::EnterLot | Road::EnterCourt | Road::BidLot | Road::Maximum => {
                let terms = match road {
                    Road::EnterCourt => self.court(rule),
                    _ => self.lot(road, rule),
                };
                let lot = self.announce(&terms);
                self.room.go(terms.qualifies_at);
                self.room.enter(lot, cy);
                if matches!(road, Road::BidLot | Road::Maximum) {
                    self.room.enter(lot, bo);
                    self.room.go(terms.opens_at);
                    self.room.bid(lot, cy, 100_000);
                }
                match road {
                    Road::BidLot => room::bid(lot, 101_000),
                    Road::Maximum => room::maximum(lot, 101_000),
                    _ => room::enter(lot, bo),
                }
            }
            Road::Interest => {
                let id = self.list(|_| {});
                express(id, bo)
            }
            Road::BidTransfer => {
                let id = self.list(|_| {});
                let market = &mut self.room.market;
                market.qualified(id, &[bo, cy]);
                market.pass(market.sale(id).disclosed);
                market.floor.must(cy.user, bid(id, 100_000));
                bid(id, 101_000)
            }
            Road::Priority => {
                let id = self.list(|terms| terms.priority = vec![bo.entity]);
                let market = &mut self.room.market;
                market.floor.must(cy.user, express(id, cy));
                market.floor.must(OPERATOR, qualify(id, cy.entity, true));
                market.pass(market.sale(id).disclosed);
                market.floor.must(cy.user, bid(id, 100_000));
                enter(id, bo)
            }
            Road::AcceptLicence => {
                let offer = offering(self.right, ana, bo, |_| {});
                accept(made(&mut self.room.market.floor, ana.user, offer))
            }
            Road::TakeOpenLicence => {
                let ask = ask_open(self.right, ana.account, |_| {});
                let Receipt::Deal(seq) = self.room.market.floor.must(ana.user, ask) else {
                    panic!()
                };
                take_open(protocol::OpenLicenceId::from(seq), bo.account)
            }
            other => panic!("{other:?} offers"),
        };
        (bo, command)
    }

    /// Breaks the rule, as far as that is not done by now or by the command itself.
    fn broken(&mut self, rule: Rule) {
        let right = self.right;
        let market = &mut self.room.market;
        let (ana, bo, cy, dee) = (market.ana, market.bo, market.cy, market.dee);
        match rule {
            Rule::Frozen => {
                freeze(&mut market.floor, right);
            }
            Rule::SellersLock | Rule::BuyersLock => market.rule(|rules| rules.lock_days = 30),
            Rule::HolderCap => market.rule(|rules| (rules.holder_cap, rules.lock_days) = (Some(1), 0)),
            Rule::HolderOfPriority => {
                let behind = describe(dee.entity, "CN", &[ana.entity]);
                market.floor.must(OPERATOR, behind);
            }
            Rule::ExportControl => {
                market.floor.must(OPERATOR, describe(bo.entity, "US", &[]));
            }
            Rule::SellsToItself => {
                market.floor.must(OPERATOR, describe(bo.entity, "CN", &[ana.entity]));
            }
            Rule::OutbidsItself => {
                market.floor.must(OPERATOR, describe(bo.entity, "CN", &[cy.entity]));
            }
            Rule::Verified | Rule::CoOwners | Rule::StateDisclosure | Rule::Defaulter => {}
        }
    }
}

/// What the core says to the rule broken on the road.
fn tried(rule: Rule, road: Road) -> Result<(), Reject> {
    let mut board = Board::new(rule, road);
    let (by, command) = if offers(road) {
        board.broken(rule);
        board.offer(rule, road)
    } else {
        let taken = board.take(rule, road);
        board.broken(rule);
        taken
    };
    board.room.market.floor.try_(by.user, command).map(|_| ())
}

/// That nothing but the rule stands in the way: the same on the same road, with the rule kept.
fn kept(road: Road) -> Result<(), Reject> {
    let mut board = Board::new(Rule::HolderCap, road);
    let (by, command) = if offers(road) {
        board.offer(Rule::HolderCap, road)
    } else {
        board.take(Rule::HolderCap, road)
    };
    board.room.market.floor.try_(by.user, command).map(|_| ())
}

#[test]
fn every_rule_on_every_road() {
    for op in Op::ALL {
        for road in roads(*op) {
            assert!(ROADS.contains(road));
        }
    }
    let mut wrong = vec![];
    for road in ROADS {
        let named = Op::ALL.iter().any(|op| roads(*op).contains(&road));
        assert!(named, "{road:?} is no command's");
        if let Err(reject) = kept(road) {
            wrong.push(format!("{road:?} with every rule kept: {reject:?}"));
        }
    }
    for rule in RULES {
        let mut row = format!("{rule:?}:");
        for road in ROADS {
            let cell = cell(rule, road);
            let found = match cell {
                Unreached(_) => None,
                Asked(_) | Exempt(_) => Some(tried(rule, road)),
            };
            let fits = match (cell, found) {
                (Asked(reject), Some(found)) => found == Err(reject),
                (Exempt(_), Some(found)) => found == Ok(()),
                _ => true,
            };
            if !fits {
                wrong.push(format!("{rule:?} on {road:?}: {cell:?}, and the core says {found:?}"));
            }
            let word = match cell {
                Asked(reject) => reject.code().to_owned(),
                Exempt(article) => format!("exempt ({article})"),
                Unreached(why) => format!("- ({why})"),
            };
            row += &format!("\n  {road:?}: {word}");
        }
        println!("{row}");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
