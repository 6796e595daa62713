//! What participants do: sell and buy titles, license and are licensed, issue, trade and use units.

use super::{Filing, Filings, PAPER, cny, later};
use crate::{
    auditor::{Auditor, FIELDS, Right, Sale},
    floor::{limit, terms},
};
use protocol::{
    AssetId, Bounded, Command, Digest, EntityId, Office, Price, Quantity, Side, Timestamp, UserId,
    asset::AssetClass,
    event::TradingStatus,
    licence::{
        AskOpenLicence, AuditConsumption, CloseTranche, IndicateInterest, Licence, LicenceKind, LicenceRefusal,
        LicenceState, LicenceStep, OfferLicence, OpenTranche, PayLicence, RecordLicence, ReportConsumption, Scope,
        SetUnitContract, SubscribeTranche, TakeOpenLicence, TerminateLicence, WithdrawOpenLicence,
    },
    listing::{IssueUnits, ListUnits},
    order::{OrderKind, PlaceOrder},
    rules::Profile,
    time::DAY,
    title::{Act, AssetState},
    transfer::{
        AnswerPriority, AnswerRecordal, BidTransfer, CancelTransfer, Disclosure, EndDisclosure, ExpressInterest,
        FileRecordal, FundEscrow, InterestState, LegalBasis, ListTransfer, PriorityState, QualifyInterest, SalePurpose,
        SetAudience, SignContract, TransferRefusal, TransferState, WithdrawInterest,
    },
};

const CONTRACT: Digest = Digest([6; 32]);

/// Whether it may be offered, as far as anybody can tell.
fn is_on(right: &Right) -> bool {
    let barred = right.class() == AssetClass::GeographicalIndication;
    matches!(right.title.state, AssetState::Verified | AssetState::Listed) && !right.title.frozen && !barred
}

impl Filings {
    pub(super) fn deal_in_titles(&mut self, books: &Auditor) -> Filing {
        let sale = self.pick(books.sales.values().collect());
        match sale {
            Some(sale) if self.often(93) => self.go_on(books, sale),
            _ if books.sales.len() > 8 => None,
            _ => self.list_sale(books),
        }
    }

    fn list_sale(&mut self, books: &Auditor) -> Filing {
        let with_books: Vec<_> = books
            .listings
            .values()
            .filter(|listing| listing.status != TradingStatus::Closed)
            .map(|listing| listing.asset)
            .collect();
        let on_sale: Vec<_> = books
            .sales
            .values()
            .flat_map(|sale| sale.record.assets.clone())
            .collect();
        let fit = |right: &Right| {
            let asset = right.title.asset;
            is_on(right) && !with_books.contains(&asset) && !on_sale.contains(&asset)
        };
        let first = if self.often(95) {
            self.right(books, fit)?
        } else {
            self.right(books, |_| true)?
        };
        let title = &books.rights[&first].title;
        let mut assets = if title.bundle.is_empty() {
            vec![first]
        } else {
            title.bundle.clone()
        };
        let beside = |right: &Right| fit(right) && right.title.owners == title.owners && right.title.asset != first;
        if title.bundle.is_empty()
            && self.often(20)
            && let Some(second) = self.right(books, beside)
        {
            assets.push(second);
        }
        for asset in &assets {
            if self.often(90)
                && let Some(consent) = self.ask_consents(books, *asset, Act::Transfer)
            {
                return Some(consent);
            }
        }
        let seller = title.owners[0].entity;
        let mut others = vec![];
        for _ in 0..3 {
            let party = self.party();
            if !others.contains(&party) && title.owners.iter().all(|share| share.entity != party) {
                others.push(party);
            }
        }
        let (mut priority, mut allow, mut deny) = (vec![], vec![], vec![]);
        match self.random.below(10) {
            0..4 => priority = others,
            4 => allow = others,
            5 => deny = others,
            _ => {}
        }
        let state_owned = self.often(15);
        let listing = ListTransfer {
            assets,
            account: self.account(books, seller),
            ask: cny(self.between(10_000, 120_000)),
            increment: cny(self.between(1, 2_000)),
            basis: LegalBasis::VenueRule,
            disclosure_days: if state_owned { 20 } else { self.between(5, 8) as u32 },
            bidding_days: self.between(1, 4) as u32,
            state_owned,
            priority,
            disclosure: self.random.of(Disclosure::ALL),
            anonymous: self.often(20),
            allow,
            deny,
            teaser: None,
            contract: self.often(40).then_some(CONTRACT),
            purpose: self.often(5).then_some(SalePurpose::Capital),
        };
        Some((self.user(books, seller), Command::ListTransfer(Box::new(listing))))
    }

    /// The next step of a sale, or one beside the way.
    fn go_on(&mut self, books: &Auditor, sale: &Sale) -> Filing {
        let record = &sale.record;
        let (transfer, seller) = (record.transfer, record.seller);
        let evidence = PAPER;
        let funded = matches!(record.state, TransferState::EscrowFunded | TransferState::RecordalFiled);
        if self.often(if funded { 8 } else { 2 }) {
            let by = if funded || self.often(60) {
                self.operator(books)
            } else {
                self.user(books, seller)
            };
            return Some((
                by,
                Command::CancelTransfer(Box::new(CancelTransfer { transfer, evidence })),
            ));
        }
        match record.state {
            TransferState::Listed => self.gather(books, sale),
            TransferState::Interest | TransferState::Bidding => {
                let qualified = sale.interests.values();
                let qualified = qualified.filter(|interest| interest.state == InterestState::Qualified);
                let bidder = self.pick(qualified.map(|interest| interest.entity).collect())?;
                if self.often(5) {
                    let withdraw = Command::WithdrawInterest(WithdrawInterest { transfer });
                    return Some((self.user(books, bidder), withdraw));
                }
                let least = match record.best {
                    Some(best) => best.money.minor() + record.increment.money.minor(),
                    None => record.ask.money.minor(),
                };
                let price = if self.often(5) {
                    least as u64 - 1
                } else {
                    least as u64 + self.random.below(3_000)
                };
                let price = cny(price);
                Some((
                    self.user(books, bidder),
                    Command::BidTransfer(BidTransfer { transfer, price }),
                ))
            }
            TransferState::PriorityWindow => {
                let open = record
                    .priority
                    .iter()
                    .filter(|holder| holder.state == PriorityState::Open);
                let holder = self.pick(open.map(|holder| holder.entity).collect())?;
                let account = self.often(50).then(|| self.account(books, holder));
                let answer = AnswerPriority { transfer, account };
                Some((self.user(books, holder), Command::AnswerPriority(answer)))
            }
            TransferState::Contract => {
                let buyer = record.buyer?;
                let contract = if self.often(97) { CONTRACT } else { PAPER };
                let sign = Command::SignContract(Box::new(SignContract { transfer, contract }));
                match (record.seller_signed, record.buyer_signed) {
                    (None, _) => Some((self.user(books, seller), sign)),
                    (_, None) => Some((self.user(books, buyer), sign)),
                    // Who wrote another contract comes round, or the time runs out.
                    (ours, theirs) if ours != theirs && self.often(50) => Some((self.user(books, seller), sign)),
                    _ => Some((self.user(books, buyer), Command::FundEscrow(FundEscrow { transfer }))),
                }
            }
            TransferState::EscrowFunded => {
                if self.often(20) {
                    return None;
                }
                let by = if self.often(50) {
                    self.operator(books)
                } else {
                    self.user(books, seller)
                };
                Some((by, Command::FileRecordal(Box::new(FileRecordal { transfer, evidence }))))
            }
            TransferState::RecordalFiled => {
                let refused = self.often(20).then_some(TransferRefusal::Documents);
                let answer = AnswerRecordal {
                    transfer,
                    refused,
                    evidence,
                };
                Some((self.operator(books), Command::AnswerRecordal(Box::new(answer))))
            }
            _ => None,
        }
    }

    fn gather(&mut self, books: &Auditor, sale: &Sale) -> Filing {
        let record = &sale.record;
        let (transfer, seller) = (record.transfer, record.seller);
        let expressed = sale.interests.values();
        let expressed = expressed.filter(|interest| interest.state == InterestState::Expressed);
        let expressed: Vec<_> = expressed.map(|interest| interest.entity).collect();
        match self.random.below(20) {
            0..9 if !expressed.is_empty() => {
                let qualify = QualifyInterest {
                    transfer,
                    entity: self.pick(expressed)?,
                    qualified: self.often(92),
                    evidence: PAPER,
                };
                Some((self.operator(books), Command::QualifyInterest(Box::new(qualify))))
            }
            0..16 => {
                let party = self.party();
                let account = self.account(books, party);
                let express = Command::ExpressInterest(ExpressInterest { transfer, account });
                Some((self.user(books, party), express))
            }
            16 => {
                let party = self.pick(sale.interests.keys().copied().collect())?;
                let withdraw = Command::WithdrawInterest(WithdrawInterest { transfer });
                Some((self.user(books, party), withdraw))
            }
            17 => {
                let end = Command::EndDisclosure(EndDisclosure { transfer });
                Some((self.user(books, seller), end))
            }
            18 => {
                let party = self.party();
                let deny = if self.often(50) { vec![party] } else { vec![] };
                let audience = SetAudience {
                    transfer,
                    allow: vec![],
                    deny,
                };
                Some((self.user(books, seller), Command::SetAudience(Box::new(audience))))
            }
            _ => self.withdraw_consent(books),
        }
    }

    pub(super) fn deal_in_licences(&mut self, books: &Auditor) -> Filing {
        match self.random.below(100) {
            0..25 => self.offer(books),
            25..75 => {
                let moving = books.licences.values();
                let moving = moving.filter(|licence| licence.state != LicenceState::Recorded);
                let licence = self.pick(moving.collect())?;
                self.move_on(books, licence)
            }
            75..78 => {
                let licence = self.pick(books.licences.values().collect())?;
                let terminate = TerminateLicence {
                    licence: licence.licence,
                    evidence: PAPER,
                };
                let by = if self.often(50) {
                    self.operator(books)
                } else {
                    self.user(books, licence.licensee)
                };
                Some((by, Command::TerminateLicence(Box::new(terminate))))
            }
            78..84 => self.ask_open(books),
            84..92 => {
                let open = self.pick(books.open_licences.keys().copied().collect())?;
                let party = self.party();
                let account = self.account(books, party);
                let take = TakeOpenLicence {
                    open_licence: open,
                    account,
                };
                Some((self.user(books, party), Command::TakeOpenLicence(take)))
            }
            92 => {
                let open = self.pick(books.open_licences.values().collect())?;
                let owner = books.rights[&open.asset].title.owners[0].entity;
                let withdraw = WithdrawOpenLicence {
                    open_licence: open.open_licence,
                };
                Some((self.user(books, owner), Command::WithdrawOpenLicence(withdraw)))
            }
            93..96 => {
                let asset = self.right(books, |right| right.title.owners.len() > 1)?;
                let act = self.random.of(Act::ALL);
                let owners = books.rights[&asset].title.owners[1..].to_vec();
                let entity = self.pick(owners)?.entity;
                Some(self.consent(books, asset, act, entity))
            }
            _ => self.withdraw_consent(books),
        }
    }

    fn offer(&mut self, books: &Auditor) -> Filing {
        if books.licences.len() > 60 && !self.often(20) {
            return None;
        }
        let asset = if self.often(95) {
            self.right(books, is_on)?
        } else {
            self.right(books, |_| true)?
        };
        let title = &books.rights[&asset].title;
        let kind = match self.random.below(10) {
            0..3 => Some(LicenceKind::Exclusive),
            3..6 => Some(LicenceKind::Sole),
            6..9 => Some(LicenceKind::NonExclusive),
            _ => None,
        };
        let act = match kind {
            Some(LicenceKind::Exclusive) => Act::LicenceExclusive,
            Some(LicenceKind::Sole) => Act::LicenceSole,
            _ => Act::LicenceNonExclusive,
        };
        if self.often(80)
            && let Some(consent) = self.ask_consents(books, asset, act)
        {
            return Some(consent);
        }
        let alone = act == Act::LicenceNonExclusive && self.often(30);
        let licensor = if alone {
            self.pick(title.owners.clone())?.entity
        } else {
            title.owners[0].entity
        };
        let from = later(books.today(), self.random.of(&[0, 0, 0, 1, 4, 15]));
        let until = later(from, self.between(1, 90));
        let until = title
            .expires
            .filter(|_| self.often(90))
            .map_or(until, |expires| until.min(expires));
        let mut territories = vec![];
        let mut fields: Vec<Bounded<16>> = vec![];
        if self.often(60) {
            territories.push(self.random.of(&[Office::CN, Office(*b"US"), Office(*b"JP")]));
        }
        let work = books.rights[&asset].class() == AssetClass::Copyright && !self.often(5);
        if work || self.often(60) {
            for _ in 0..self.between(1, 2) {
                let known = if work { &FIELDS[7..] } else { &FIELDS[..] };
                let field = Bounded::new(self.random.of(known).0).unwrap();
                if !fields.contains(&field) {
                    fields.push(field);
                }
            }
        }
        let licensee = self.party();
        let offer = OfferLicence {
            asset,
            licensee,
            kind,
            scope: Scope {
                territories,
                fields,
                from,
                until,
            },
            sublicence: self.often(10),
            fee: cny(if self.often(10) { 0 } else { self.between(1, 90_000) }),
            account: self.account(books, licensor),
            contract: CONTRACT,
        };
        Some((self.user(books, licensor), Command::OfferLicence(Box::new(offer))))
    }

    fn move_on(&mut self, books: &Auditor, licence: &Licence) -> Filing {
        let Licence {
            licence: id,
            licensor,
            licensee,
            ..
        } = *licence;
        let step = LicenceStep { licence: id };
        match licence.state {
            LicenceState::Offered if self.often(12) => {
                let by = if self.often(50) { licensor } else { licensee };
                Some((self.user(books, by), Command::WithdrawLicence(step)))
            }
            LicenceState::Offered => Some((self.user(books, licensee), Command::AcceptLicence(step))),
            LicenceState::Agreed => {
                let account = self.account(books, licensee);
                Some((
                    self.user(books, licensee),
                    Command::PayLicence(PayLicence { licence: id, account }),
                ))
            }
            LicenceState::Effective if self.often(40) => {
                let refused = self.often(30).then_some(LicenceRefusal::LateFee);
                let record = RecordLicence {
                    licence: id,
                    refused,
                    evidence: PAPER,
                };
                Some((self.operator(books), Command::RecordLicence(Box::new(record))))
            }
            _ => None,
        }
    }

    fn ask_open(&mut self, books: &Auditor) -> Filing {
        let patent = |right: &Right| is_on(right) && right.class() == AssetClass::Patent;
        let asset = self.right(books, patent)?;
        if let Some(consent) = self.ask_consents(books, asset, Act::OpenLicence) {
            return Some(consent);
        }
        let owner = books.rights[&asset].title.owners[0].entity;
        let ask = AskOpenLicence {
            asset,
            price: cny(self.random.below(5_000)),
            days: self.between(1, 60) as u32,
            until: self.often(60).then(|| later(books.today(), self.between(1, 60))),
            report: self.often(90).then_some(PAPER),
            account: self.account(books, owner),
        };
        Some((self.user(books, owner), Command::AskOpenLicence(Box::new(ask))))
    }

    pub(super) fn deal_in_units(&mut self, books: &Auditor) -> Filing {
        if self.profile == Profile::CnVenue && !self.often(5) {
            return None;
        }
        match self.random.below(100) {
            0..50 => self.order(books),
            50..60 => {
                let order = self.pick(books.orders.iter().collect())?;
                let (owner, order) = (order.1.owner, *order.0);
                Some((self.user(books, owner), Command::CancelOrder { order }))
            }
            60..84 => self.tranche(books),
            84..94 => self.use_units(books),
            94..97 => self.list_units(books),
            97 => {
                let (instrument, listing) = self.pick(books.listings.iter().collect())?;
                let owner = books.rights[&listing.asset].title.owners[0].entity;
                let issue = IssueUnits {
                    instrument: *instrument,
                    account: self.account(books, owner),
                    quantity: Quantity::from_units(self.between(1, 300) as i64),
                };
                Some((self.user(books, owner), Command::IssueUnits(issue)))
            }
            _ => {
                let instrument = *self.pick(books.listings.keys().collect())?;
                let halted = books.listings[&instrument].status == TradingStatus::Halted;
                let trading = halted || self.often(30);
                Some((self.operator(books), Command::SetTrading { instrument, trading }))
            }
        }
    }

    fn order(&mut self, books: &Auditor) -> Filing {
        let open = books
            .listings
            .iter()
            .filter(|(_, listing)| listing.status == TradingStatus::Trading);
        let instruments: Vec<_> = open.map(|(instrument, _)| *instrument).collect();
        let instrument = if self.often(97) {
            self.pick(instruments)?
        } else {
            *self.pick(books.listings.keys().collect())?
        };
        let side = self.random.of(&[Side::Buy, Side::Sell]);
        let holders = books.units.iter();
        let holders = holders.filter(|((_, of), (free, _))| *of == instrument && *free > 0);
        let holders = holders.map(|((account, _), _)| *account).collect();
        let account = if side == Side::Sell {
            self.pick(holders)?
        } else {
            let party = self.party();
            self.account(books, party)
        };
        let owner = books.accounts[&account];
        let asset = books.listings[&instrument].asset;
        let owners = &books.rights[&asset].title.owners;
        if side == Side::Sell
            && owners.iter().any(|share| share.entity == owner)
            && self.often(80)
            && let Some(consent) = self.ask_consents(books, asset, Act::Units)
        {
            return Some(consent);
        }
        let price = Price::from_minor(480 + 5 * self.random.below(9) as i64);
        let kind = match self.random.below(10) {
            0 => OrderKind::Market,
            1 => OrderKind::ImmediateOrCancel(price),
            _ => limit(price.minor()),
        };
        let order = PlaceOrder {
            account,
            instrument,
            side,
            kind,
            quantity: Quantity::from_units(self.between(1, 80) as i64),
        };
        Some((self.user(books, owner), Command::PlaceOrder(order)))
    }

    fn tranche(&mut self, books: &Auditor) -> Filing {
        let instrument = *self.pick(books.listings.keys().collect())?;
        let listing = &books.listings[&instrument];
        let owner = books.rights[&listing.asset].title.owners[0].entity;
        let Some(open) = books.open_tranche(instrument) else {
            if let Some(consent) = self.ask_consents(books, listing.asset, Act::Units) {
                return Some(consent);
            }
            let opens_at = books.now.0 + self.random.of(&[1_000_000, DAY / 2, 2 * DAY]);
            let tranche = OpenTranche {
                symbol: listing.terms.symbol,
                account: self.account(books, owner),
                price: cny(self.between(1, 800)),
                quantity: Quantity::from_units(self.between(1, 120) as i64),
                opens_at: Timestamp(opens_at),
            };
            return Some((self.user(books, owner), Command::OpenTranche(Box::new(tranche))));
        };
        let tranche = open.tranche;
        let left = open.quantity.units() - open.taken.units();
        let party = self.party();
        if self.often(4) {
            return Some((self.user(books, owner), Command::CloseTranche(CloseTranche { tranche })));
        }
        let quantity = Quantity::from_units(self.between(1, 1 + left as u64).min(left.max(1) as u64) as i64);
        let quantity = if self.often(30) {
            Quantity::from_units(left)
        } else {
            quantity
        };
        let command = if open.opens_at > books.now && self.often(60) {
            Command::IndicateInterest(IndicateInterest { tranche, quantity })
        } else {
            let account = self.account(books, party);
            Command::SubscribeTranche(SubscribeTranche {
                tranche,
                account,
                quantity,
            })
        };
        Some((self.user(books, party), command))
    }

    fn use_units(&mut self, books: &Auditor) -> Filing {
        let holders = books.units.iter().filter(|(_, (free, _))| *free > 0);
        let (account, instrument) = *self.pick(holders.map(|(key, _)| key).collect())?;
        let listing = &books.listings[&instrument];
        let symbol = listing.terms.symbol;
        if listing.contract.is_none() {
            let owner = books.rights[&listing.asset].title.owners[0].entity;
            let contract = SetUnitContract {
                symbol,
                size: self.between(1, 100) as u32,
                cumulative: self.often(50),
                report_days: self.random.of(&[0, 10, 30]),
            };
            return Some((self.user(books, owner), Command::SetUnitContract(contract)));
        }
        let products = self.random.below(400) as u32;
        if self.often(15) {
            let evidence = PAPER;
            let audit = AuditConsumption {
                symbol,
                account,
                products,
                evidence,
            };
            return Some((self.operator(books), Command::AuditConsumption(Box::new(audit))));
        }
        let holder = books.accounts[&account];
        let report = ReportConsumption {
            symbol,
            account,
            products,
        };
        Some((self.user(books, holder), Command::ReportConsumption(report)))
    }

    fn list_units(&mut self, books: &Auditor) -> Filing {
        let listed: Vec<AssetId> = books.listings.values().map(|listing| listing.asset).collect();
        let asset = self.right(books, |right| is_on(right) && !listed.contains(&right.title.asset))?;
        if self.often(80)
            && let Some(consent) = self.ask_consents(books, asset, Act::Units)
        {
            return Some(consent);
        }
        let owner: EntityId = books.rights[&asset].title.owners[0].entity;
        let by: UserId = self.user(books, owner);
        let terms = terms(&format!("L{}", self.number()));
        Some((by, Command::ListUnits(Box::new(ListUnits { asset, terms }))))
    }
}
