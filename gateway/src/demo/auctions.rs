//! The demo's auction room: an ascending lot that ends within three minutes, a descending and a sealed one, each
//! followed by the next; and two bidders with limits of their own, whom a person can beat. What goes by rising bids was
//! pledged for a loan that is in default: the bank sells it in its owner's name, and what it brings is paid out.
//!
//! The room keeps next to nothing: what comes next is read from the records, so a restart goes on, and lots that it
//! paused are resumed. What is bought here goes the way of any title, with the operator as the office; a right that one
//! of the house has is sold again.

use super::{
    bots::Random,
    content::{AUCTIONED, BANK, BIDDERS, Right, SELLER},
    pledges,
    seed::{Market, OPERATOR, Party, find_asset, new_right, translate},
    venue::{DemoError, Failure, Venue},
};
use crate::proof::{commitment::commitment, signing::Secret};
use market_data::records::{Key, Kind, Told};
use protocol::{
    Amount, AssetId, BasisPoints, Command, Currency, Digest, DisposalId, EntityId, LotId, Money, Notice, Record,
    Reject, TransferId,
    auction::{
        AnnounceLot, Ascending, BidLot, Bidder, Clock, CommitBid, Descending, EnterLot, Extension, Format, Lot,
        LotFees, LotState, LotStep, PayLot, PriceStep, RevealBid, Sealed, SealedPrice,
    },
    disposal::{Disposal, DisposalSale, DistributeProceeds, ReleaseForSale},
    identifiers,
    maxima::Maxima,
    plan::Claims,
    time::SECOND,
    title::{AssetState, RegisterRights, Share, Title, VerifyAsset},
    transfer::{AnswerRecordal, FileRecordal, TransferState},
};
use sha2::{Digest as _, Sha256};
use std::{
    collections::BTreeSet,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::Duration,
};

/// How often the room looks at its lots.
const STEP: Duration = Duration::from_millis(500);
/// A bidder that could bid does so about every so many steps.
const EAGER: u64 = 8;
/// How long a lot is open, in seconds: with four late bids an ascending one takes three minutes.
const OPEN_S: u64 = 120;
const WINDOW_S: u32 = 15;
const EXTENSIONS_MAX: u32 = 4;
const REVEAL_S: u32 = 30;
/// What a lot starts at, in fen.
const START: i64 = 2_000_000;
/// How many lots are looked at in one page.
const PAGE: usize = 1_000;

/// One way of selling; each has its lot.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stand {
    Ascending,
    Descending,
    Sealed,
}

impl Stand {
    const ALL: [Self; 3] = [Self::Ascending, Self::Descending, Self::Sealed];

    fn of(format: &Format) -> Option<Self> {
        match format {
            Format::Ascending(_) => Some(Self::Ascending),
            Format::Descending(_) => Some(Self::Descending),
            Format::Sealed(_) => Some(Self::Sealed),
            Format::SellOff(_) | Format::Uniform(_) | Format::Reverse(_) | Format::SealedReverse(_) => None,
        }
    }

    fn format(self) -> Format {
        let step = yuan(100_000);
        match self {
            Self::Ascending => Format::Ascending(Ascending {
                start: yuan(START),
                steps: vec![PriceStep { from: yuan(0), step }],
                clock: Clock {
                    window_s: WINDOW_S,
                    extension: Extension::FromBid,
                    extensions_max: Some(EXTENSIONS_MAX),
                },
                buy_now: None,
                maxima: Maxima::Ladder,
            }),
            Self::Descending => Format::Descending(Descending {
                start: yuan(3 * START),
                step,
                every_s: 4,
                floor: yuan(START),
                hold_s: 20,
            }),
            Self::Sealed => Format::Sealed(Sealed {
                start: yuan(START),
                pays: SealedPrice::Second,
                reveal_s: REVEAL_S,
                penalty: yuan(0),
            }),
        }
    }
}

fn yuan(fen: i64) -> Amount {
    Amount::new(Currency::Cny, Money::from_minor(fen))
}

fn digest(what: &str) -> Digest {
    Digest(Sha256::digest(format!("made up: {what}")).into())
}

/// Runs the room until the exchange stops, or until it is `over`: a room in which nothing is to be done asks the
/// exchange nothing.
pub(super) fn run(venue: &Venue<'_>, market: &Market, secret: &Secret, seed: u64, over: &AtomicBool) {
    let mut room = Room {
        venue,
        bank: market.party(BANK),
        seller: market.party(SELLER),
        bidders: BIDDERS.map(|name| market.party(name)),
        secret,
        random: Random(seed),
        stands: [None; 3],
        sold: BTreeSet::new(),
    };
    room.look_back();
    while !over.load(Ordering::Relaxed) && room.step().is_ok() {
        thread::sleep(STEP);
    }
}

struct Room<'a> {
    venue: &'a Venue<'a>,
    /// Who lends, and sells what is in default.
    bank: &'a Party,
    seller: &'a Party,
    bidders: [&'a Party; 2],
    /// What the bidders' limits and nonces are drawn from.
    secret: &'a Secret,
    random: Random,
    /// The lot of each stand.
    stands: [Option<LotId>; 3],
    /// Lots that were sold and wait for payment, filing, the office, or to be paid out.
    sold: BTreeSet<LotId>,
}

impl<'a> Room<'a> {
    /// Finds the lots that a run before has left.
    fn look_back(&mut self) {
        let mut after = None;
        loop {
            let page = self.venue.ready.market.records().list(Kind::Lot, after, PAGE, None);
            for version in &page {
                after = Some(version.key);
                let Told::Notice(Notice::Lot(lot)) = &version.told else {
                    continue;
                };
                if !lot.assets.first().is_some_and(|asset| self.is_auctioned(*asset)) {
                    continue;
                }
                match (Stand::of(&lot.format), lot.state) {
                    (_, LotState::Sold | LotState::Paid) => {
                        self.sold.insert(lot.lot);
                    }
                    (_, LotState::Delivered) if self.held_of(lot).is_some() => {
                        self.sold.insert(lot.lot);
                    }
                    (Some(stand), state) if is_live(state) => self.stands[stand as usize] = Some(lot.lot),
                    _ => {}
                }
            }
            if page.len() < PAGE {
                return;
            }
        }
    }

    /// Whether a right is one of this room's: by its title.
    fn is_auctioned(&self, asset: AssetId) -> bool {
        let directory = self.venue.ready.market.directory();
        let found = directory.asset(asset);
        found.is_some_and(|asset| AUCTIONED.contains(&asset.details.title.as_str()))
    }

    /// Looks at every lot once, and does what comes next. Refusals (an end that came first, a person who was quicker)
    /// cost a step.
    fn step(&mut self) -> Result<(), Failure> {
        for stand in Stand::ALL {
            let lot = self.stands[stand as usize].and_then(|id| self.lot(id));
            match lot {
                Some(lot) if is_live(lot.state) => self.attend(&lot)?,
                Some(lot) if matches!(lot.state, LotState::Sold | LotState::Paid) => {
                    self.sold.insert(lot.lot);
                    self.stands[stand as usize] = self.announce(stand)?;
                }
                _ => self.stands[stand as usize] = self.announce(stand)?,
            }
        }
        for id in self.sold.clone() {
            match self.lot(id) {
                Some(lot) if lot.state == LotState::Sold => self.pay(&lot)?,
                Some(lot) if lot.state == LotState::Paid => self.deliver(&lot)?,
                Some(lot)
                    if let Some(case) = self.held_of(&lot)
                        && self.pay_out(&lot, case)? => {}
                _ => {
                    self.sold.remove(&id);
                }
            }
        }
        Ok(())
    }

    /// Gives a command; whether it was done.
    fn give(&self, party: &Party, command: &Command) -> Result<bool, Failure> {
        match self.venue.ask(party.user, command)? {
            Ok((seq, _)) => {
                self.venue.wait_for(seq)?;
                Ok(true)
            }
            Err(_) => Ok(false),
        }
    }

    fn operate(&self, command: Command) -> Result<bool, Failure> {
        let answer = self.venue.ask(OPERATOR, &command)?;
        let done = answer.is_ok();
        if let Ok((seq, _)) = answer {
            self.venue.wait_for(seq)?;
        }
        Ok(done)
    }

    fn lot(&self, id: LotId) -> Option<Lot> {
        let records = self.venue.ready.market.records();
        match &records.get(Key::new(Kind::Lot, id.0))?.told {
            Told::Notice(Notice::Lot(lot)) => Some(lot.clone()),
            _ => None,
        }
    }

    fn title(&self, asset: AssetId) -> Option<Title> {
        let records = self.venue.ready.market.records();
        match &records.get(Key::new(Kind::Title, asset.0.into()))?.told {
            Told::Record(Record::Title(title)) => Some(title.clone()),
            _ => None,
        }
    }

    /// How a bidder stands, as it is told itself.
    fn standing(&self, lot: LotId, party: &Party) -> Option<Bidder> {
        let records = self.venue.ready.market.records();
        let version = records.get_for(Key::of_bidder(lot, party.entity), Some(party.entity))?;
        match &version.told {
            Told::Record(Record::Bidder(bidder)) => Some(*bidder),
            _ => None,
        }
    }

    /// Who of the house this is.
    fn of_the_house(&self, entity: EntityId) -> Option<&'a Party> {
        let mut house = self.bidders.into_iter().chain([self.seller]);
        house.find(|party| party.entity == entity)
    }

    /// Announces the next lot of a stand, which opens in a moment.
    fn announce(&mut self, stand: Stand) -> Result<Option<LotId>, Failure> {
        let (asset, owner) = self.right_to_sell(stand)?;
        let mut seller = owner;
        if stand == Stand::Ascending {
            pledges::bring_into_default(self.venue, self.bank, owner, asset)?;
            seller = self.bank;
        }
        let now = self.venue.ready.handle.now();
        let opens = now.after(SECOND);
        let terms = AnnounceLot {
            fees: LotFees {
                seller: BasisPoints(80),
                premium: BasisPoints(100),
                commission: false,
            },
            payment_days: 1,
            defects: digest("defects"),
            notices: digest("notices"),
            ..AnnounceLot::plain(
                vec![asset],
                owner.account,
                stand.format(),
                yuan(START / 10),
                opens,
                opens.after(OPEN_S * SECOND),
            )
        };
        match self.venue.ask(seller.user, &Command::AnnounceLot(Box::new(terms)))? {
            Ok((seq, _)) => {
                self.venue.wait_for(seq)?;
                Ok(Some(LotId::from(seq)))
            }
            // The moment was over before the command came: the next step tries again.
            Err(Reject::LotTimesInvalid) => Ok(None),
            Err(reject) => Err(DemoError::Refused {
                what: "announce_lot",
                code: reject.code(),
            }
            .into()),
        }
    }

    /// The first right of the house that is free, for rising bids one that is pledged too; one that was bought here is
    /// verified anew for its owner, and where all are gone the seller registers another.
    fn right_to_sell(&self, stand: Stand) -> Result<(AssetId, &'a Party), Failure> {
        for serial in 1.. {
            let number = number(serial);
            let Some(asset) = find_asset(self.venue, &number) else {
                return Ok((self.register(serial, &number)?, self.seller));
            };
            if stand != Stand::Ascending && pledges::is_pledged(self.venue, asset) {
                continue;
            }
            let Some(title) = self.title(asset) else { continue };
            let Some(owner) = title.owners.first().and_then(|share| self.of_the_house(share.entity)) else {
                continue;
            };
            match title.state {
                AssetState::Verified => return Ok((asset, owner)),
                AssetState::Transferred if self.verify(asset, owner)? => return Ok((asset, owner)),
                _ => {}
            }
        }
        unreachable!("numbers do not end")
    }

    fn register(&self, serial: u32, number: &str) -> Result<AssetId, Failure> {
        let right = Right {
            number,
            title: AUCTIONED[serial as usize % AUCTIONED.len()],
            owner: SELLER,
            ipc: "G06Q 50/18",
            filed: (2019, 4, 16),
            granted: (2021, 8, 24),
            fair: 0,
        };
        let register = RegisterRights {
            rights: vec![new_right(self.venue, self.seller.entity, &right)],
            issue_to: None,
        };
        let register = Command::RegisterRights(Box::new(register));
        self.venue.must(OPERATOR, "register_rights", register)?;
        translate(self.venue)?;
        Ok(find_asset(self.venue, number).ok_or(DemoError::Views)?)
    }

    fn verify(&self, asset: AssetId, owner: &Party) -> Result<bool, Failure> {
        self.operate(Command::VerifyAsset(Box::new(VerifyAsset {
            asset,
            extract: super::seed::extract(self.venue, "an owner by auction"),
            owners: vec![Share {
                entity: owner.entity,
                parts: 1,
            }],
            granted: None,
            expires: None,
        })))
    }

    /// A lot that is not over yet: the bidders of the house do what they would.
    fn attend(&mut self, lot: &Lot) -> Result<(), Failure> {
        if lot.state == LotState::Paused {
            let evidence = digest("the exchange is back");
            self.operate(Command::ResumeLot(Box::new(LotStep { lot: lot.lot, evidence })))?;
            return Ok(());
        }
        for party in self.bidders {
            let standing = self.standing(lot.lot, party);
            let next = match (lot.state, standing) {
                (LotState::Qualifying | LotState::Open, None) => Some(Command::EnterLot(EnterLot {
                    lot: lot.lot,
                    account: party.account,
                    draw: self.random.next(),
                })),
                (LotState::Open, Some(standing)) if self.random.below(EAGER) == 0 => self.bid(lot, party, &standing),
                (LotState::Revealing, Some(standing)) if standing.bid.is_none() && standing.commitment.is_some() => {
                    Some(Command::RevealBid(Box::new(RevealBid {
                        lot: lot.lot,
                        price: yuan(self.limit(lot.lot, party)),
                        nonce: self.nonce(lot.lot, party),
                    })))
                }
                _ => None,
            };
            if let Some(command) = next {
                self.give(party, &command)?;
            }
        }
        Ok(())
    }

    /// What a bidder would do now, if anything: no more than its limit.
    fn bid(&self, lot: &Lot, party: &Party, standing: &Bidder) -> Option<Command> {
        let limit = self.limit(lot.lot, party);
        let at = |fen: i64| {
            Some(Command::BidLot(BidLot {
                lot: lot.lot,
                price: yuan(fen),
                units: None,
            }))
        };
        match &lot.format {
            Format::Ascending(terms) => {
                let step = terms.steps[0].step.money.minor();
                let next = lot.best.map_or(START, |best| best.money.minor() + step);
                let wants = !standing.leads && next <= limit;
                wants.then(|| at(next)).flatten()
            }
            // Refused as long as the price is above it.
            Format::Descending(_) => at(limit),
            Format::Sealed(_) if standing.commitment.is_none() => Some(Command::CommitBid(Box::new(CommitBid {
                lot: lot.lot,
                commitment: commitment(lot.lot, standing.number, limit, &self.nonce(lot.lot, party)),
            }))),
            _ => None,
        }
    }

    /// A digest that nobody can foresee who has not the house's key, the same after a restart.
    fn drawn(&self, what: &str, lot: LotId, party: &Party) -> [u8; 32] {
        let signature = self
            .secret
            .sign(&format!("zhiheng demo {what} {} {}", lot.0, party.name));
        Sha256::digest(signature).into()
    }

    fn nonce(&self, lot: LotId, party: &Party) -> Digest {
        Digest(self.drawn("nonce", lot, party))
    }

    /// How far a bidder goes for a lot: the start and up to four fifths more.
    fn limit(&self, lot: LotId, party: &Party) -> i64 {
        let drawn = i64::from(self.drawn("limit", lot, party)[0]);
        let steps = 16 * START / 20 / 100_000;
        START + drawn * steps / 255 * 100_000
    }

    /// A bidder of the house pays what it bought; a person has its time.
    fn pay(&self, lot: &Lot) -> Result<(), Failure> {
        for party in self.bidders {
            let owes = self
                .standing(lot.lot, party)
                .is_some_and(|standing| standing.owes.is_some());
            if owes {
                self.give(party, &Command::PayLot(PayLot { lot: lot.lot }))?;
            }
        }
        Ok(())
    }

    /// Who sells files, having released the pledge where there is one, and the operator answers as the office would.
    fn deliver(&self, lot: &Lot) -> Result<(), Failure> {
        let transfer = TransferId(lot.lot.0);
        let state = {
            let records = self.venue.ready.market.records();
            match records
                .get(Key::new(Kind::Transfer, transfer.0))
                .map(|version| &version.told)
            {
                Some(Told::Record(Record::Transfer(sale))) => Some((sale.state, sale.seller)),
                _ => None,
            }
        };
        match state {
            Some((TransferState::EscrowFunded, seller)) => {
                let evidence = digest("filing receipt");
                let seller = match self.case_of(lot) {
                    Some(case) => {
                        let release = ReleaseForSale {
                            disposal: case.disposal,
                            transfer,
                            evidence: digest("release"),
                        };
                        self.give(self.bank, &Command::ReleaseForSale(Box::new(release)))?;
                        Some(self.bank)
                    }
                    None => self.of_the_house(seller),
                };
                if let Some(seller) = seller {
                    self.give(
                        seller,
                        &Command::FileRecordal(Box::new(FileRecordal { transfer, evidence })),
                    )?;
                }
            }
            Some((TransferState::RecordalFiled, _)) => {
                self.operate(Command::AnswerRecordal(Box::new(AnswerRecordal {
                    transfer,
                    refused: None,
                    evidence: digest("the register's record"),
                })))?;
            }
            _ => {}
        }
        Ok(())
    }

    /// The open case in which a lot's right is sold.
    fn case_of(&self, lot: &Lot) -> Option<Disposal> {
        pledges::open_case(self.venue, *lot.assets.first()?)
    }

    /// The case that holds what a lot brought.
    fn held_of(&self, lot: &Lot) -> Option<DisposalId> {
        let case = self.case_of(lot)?;
        let of = |sale: &DisposalSale| sale.transfer.0 == lot.lot.0 && sale.distributed_at.is_none();
        case.sales.iter().any(of).then_some(case.disposal)
    }

    /// The bank pays out what a lot brought; whether it was done.
    fn pay_out(&self, lot: &Lot, disposal: DisposalId) -> Result<bool, Failure> {
        let distribute = DistributeProceeds {
            disposal,
            transfer: TransferId(lot.lot.0),
            part: None,
            claims: Claims::default(),
            trust: None,
            scheme: None,
            rates: Vec::new(),
        };
        self.give(self.bank, &Command::DistributeProceeds(Box::new(distribute)))
    }
}

/// Whether a lot is still to be bid for, or revealed.
fn is_live(state: LotState) -> bool {
    matches!(
        state,
        LotState::Announced | LotState::Qualifying | LotState::Open | LotState::Paused | LotState::Revealing
    )
}

/// A made-up application number with its check digit.
fn number(serial: u32) -> String {
    let with = |check: char| format!("20191{serial:07}.{check}");
    let mut numbers = "0123456789X".chars().map(with);
    let valid = numbers.find(|number| identifiers::cn_application(number));
    valid.expect("one of eleven digits is right")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::content::AUCTIONED_FIRST;

    #[test]
    fn numbers_are_valid_and_lots_end_within_three_minutes() {
        assert_eq!(number(1), AUCTIONED_FIRST.number);
        for serial in [1, 17, 9_999_999] {
            assert!(identifiers::cn_application(&number(serial)));
        }
        assert!(OPEN_S + u64::from(WINDOW_S * EXTENSIONS_MAX) <= 180);
    }
}
