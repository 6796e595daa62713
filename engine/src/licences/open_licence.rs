//! Open licences: an owner offers a licence of a patent to anyone who pays (开放许可, 专利法 50–52, 细则 85–88).
//!
//! Invariants: a right has at most one that stands, and none beside an exclusive or a sole licence; everyone pays the
//! same price and is licensed in the same command. Who took one keeps it when the offer ends (专利法 50), and is not
//! counted as a holder (专利法 51; RULES.md F2).

use crate::{
    book::Book,
    kit::{
        checks::{check_account_of, first_fault, require},
        deadlines::Deadline,
    },
    licences::{licensing::has_recordal, state::OpenOffer},
    register::{
        party::{MAY_BUY, User},
        pledgees::Use,
        right::Asset,
        taker::Road,
    },
    state::Exchange,
    tell::Tell,
};
use alloc::{format, string::String, vec::Vec};
use protocol::{
    AssetId, Date, Digest, LicenceId, Notice, OpenLicenceId, Receipt, Reject,
    asset::AssetClass,
    licence::{
        AskOpenLicence, Licence, LicenceKind, LicenceState, OpenLicence, Scope, TakeOpenLicence, WithdrawOpenLicence,
    },
    pledge::PledgeAct,
    title::{Act, PatentKind},
};

/// The most days that one licence runs: a century.
const DAYS_MAX: u32 = 36_600;

/// Whether the right is a granted patent: nothing else can be opened to everyone (专利法 50).
fn is_granted_patent(right: &Asset, today: Date) -> bool {
    right.class == AssetClass::Patent && right.granted.is_some_and(|granted| granted <= today)
}

/// The first day without a licence that begins today.
fn ends(today: Date, days: u32) -> Date {
    Date(today.0.saturating_add_unsigned(days))
}

/// What an open licence asks of pledgees: who takes it last has it longest.
pub(crate) fn use_of_open(open: &OpenLicence, today: Date) -> Use {
    let last = open.until.max(Some(today));
    Use::open_licence(open.price, last.map(|last| ends(last, open.days)))
}

impl<B: Book> Exchange<B> {
    /// The owner offers a licence to anyone who pays.
    pub(crate) fn ask_open_licence(
        &mut self,
        user: User,
        asked: &AskOpenLicence,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        let payee = self.account_for(user, asked.account)?;
        let right = self.right_for(user, asked.asset)?;
        user.check_owner(right.owner)?;
        check_account_of(payee, right.owner)?;
        if right.has_expired(tell.at) {
            return Err(Reject::AssetExpired);
        }
        if asked.price.money.minor() < 0 {
            return Err(Reject::AmountInvalid);
        }
        right.check_act(Act::OpenLicence, Some(asked.price), tell.at)?;
        let today = tell.at.venue_date();
        if !(1..=DAYS_MAX).contains(&asked.days) || asked.until.is_some_and(|until| until <= today) {
            return Err(Reject::TermInvalid);
        }
        let last = asked.until.max(Some(ends(today, asked.days)));
        if right.expires.is_some() && last > right.expires {
            return Err(Reject::TermBeyondRight);
        }
        if !is_granted_patent(right, today) || self.has_exclusive(asked.asset) {
            return Err(Reject::OpenLicenceBlocked);
        }
        let needs_report = matches!(right.kind, Some(PatentKind::UtilityModel | PatentKind::Design));
        if needs_report && asked.report.is_none() {
            return Err(Reject::EvaluationReportMissing);
        }
        require(right.extra().open_licence.is_none(), Reject::AlreadyOffered)?;
        self.check_title_stays(asked.asset)?;
        let open_licence = OpenLicenceId::from(tell.seq);
        let licence = OpenLicence {
            open_licence,
            asset: asked.asset,
            price: asked.price,
            days: asked.days,
            until: asked.until,
            taken: 0,
            standing: true,
        };
        self.check_pledgees(asked.asset, &use_of_open(&licence, today), today)?;

        let account = asked.account;
        self.licensing.open.insert(open_licence, OpenOffer { licence, account });
        self.register.right_mut(asked.asset).extra_mut().open_licence = Some(open_licence);
        if let Some(until) = asked.until {
            self.deadlines
                .add(until.start(), Deadline::OpenLicenceEnds(open_licence));
        }
        tell.notice(Notice::OpenLicence(licence));
        self.offered(asked.asset, tell);
        Ok(Receipt::Deal(tell.seq))
    }

    fn open_offer(&self, open_licence: OpenLicenceId) -> Result<&OpenOffer, Reject> {
        let found = self.licensing.open.get(&open_licence);
        found.ok_or(Reject::UnknownOpenLicence)
    }

    /// The owner takes an open licence back.
    pub(crate) fn withdraw_open_licence(
        &mut self,
        user: User,
        asked: &WithdrawOpenLicence,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        let OpenLicence { asset, standing, .. } = self.open_offer(asked.open_licence)?.licence;
        user.check_owner(self.register.asset(asset)?.owner)?;
        if !standing {
            return Err(Reject::StateForbids);
        }

        self.end_open_licence(asked.open_licence, tell);
        Ok(Receipt::Done)
    }

    /// Somebody takes an open licence: pays, and is licensed in the same moment (专利法 51).
    pub(crate) fn take_open_licence(
        &mut self,
        user: User,
        asked: &TakeOpenLicence,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        let payer = self.account_for(user, asked.account)?;
        let OpenOffer { licence: open, account } = *self.open_offer(asked.open_licence)?;
        let right = self.register.asset(open.asset)?;
        user.may(MAY_BUY)?;
        check_account_of(payer, user.entity)?;
        if right.has_expired(tell.at) {
            return Err(Reject::AssetExpired);
        }
        self.check_escrow(asked.account, open.price)?;
        first_fault([
            right.check_act(Act::OpenLicence, Some(open.price), tell.at),
            require(open.standing, Reject::StateForbids),
        ])?;
        if self.is_owners(open.asset, user.entity) {
            return Err(Reject::OwnRight);
        }
        let from = tell.at.venue_date();
        let until = ends(from, open.days);
        if right.expires.is_some_and(|expires| until > expires) {
            return Err(Reject::TermBeyondRight);
        }
        self.check_licence_room(open.asset)?;
        self.taker(Road::OpenLicence, &[open.asset], user.entity, from)
            .check_export()?;
        let taken = Use::open_licence(open.price, Some(until));
        self.check_pledgees(open.asset, &taken, from)?;

        let licensor = right.owner;
        let by = has_recordal(right.class).then(|| self.record_by(from));
        let shares = self.licensors_shares(open.asset, account, open.price.money);
        self.pay(tell.seq, asked.account, open.price, &shares, tell);
        self.use_consents(open.asset, PledgeAct::OpenLicence, 1, tell);
        self.pass_proceeds(open.asset, PledgeAct::OpenLicence, (&shares, open.price.currency), tell);
        let everything = Scope {
            territories: Vec::new(),
            fields: Vec::new(),
            from,
            until,
        };
        let licence = Licence {
            licence: LicenceId::from(tell.seq),
            asset: open.asset,
            licensor,
            licensee: user.entity,
            kind: LicenceKind::NonExclusive,
            scope: everything,
            sublicence: false,
            fee: open.price,
            account,
            payer: Some(asked.account),
            open_licence: Some(asked.open_licence),
            state: LicenceState::Effective,
            record_by: by.map(|by| by.day),
            calendar: by.and_then(|by| by.calendar),
            refused: None,
            // The published offer and the payment are the contract: nothing else is signed.
            contract: Digest::default(),
        };
        self.add_licence(licence, tell);
        let offer = &mut self
            .licensing
            .open
            .get_mut(&asked.open_licence)
            .expect("it stands")
            .licence;
        offer.taken += 1;
        tell.notice(Notice::OpenLicence(*offer));
        Ok(Receipt::Deal(tell.seq))
    }

    /// The first day on which an open licence does not stand any more has come.
    pub(crate) fn open_licence_ends(&mut self, open_licence: OpenLicenceId, tell: &mut Tell<'_>) {
        if self.licensing.open[&open_licence].licence.standing {
            self.end_open_licence(open_licence, tell);
        }
    }

    /// An open licence that stands ends; who took it keeps its own.
    pub(crate) fn end_open_licence(&mut self, open_licence: OpenLicenceId, tell: &mut Tell<'_>) {
        let offer = self.licensing.open.get_mut(&open_licence).expect("its right names it");
        let licence = &mut offer.licence;
        licence.standing = false;
        tell.notice(Notice::OpenLicence(*licence));
        let asset = licence.asset;
        if let Some(until) = licence.until {
            self.deadlines
                .remove(until.start(), Deadline::OpenLicenceEnds(open_licence));
        }
        self.register.right_mut(asset).extra_mut().open_licence = None;
        self.offer_ended(asset, tell);
    }

    /// What this module promises: see above.
    pub(crate) fn check_open_licences(&self) -> Result<(), String> {
        let standing = self.licensing.open.values().map(|offer| &offer.licence);
        let standing = standing.filter(|open| open.standing);
        let mut standing: Vec<_> = standing.map(|open| (open.asset, open.open_licence)).collect();
        standing.sort_unstable();
        let rights = self.register.assets.iter().zip(0..);
        let named = rights.filter_map(|(right, number)| Some((AssetId(number), right.extra().open_licence?)));
        if !named.eq(standing.iter().copied()) {
            return Err(format!("open licences stand: {standing:?}; their rights name others"));
        }
        match standing.iter().find(|(asset, _)| self.has_exclusive(*asset)) {
            Some((asset, _)) => Err(format!("{asset:?} is open to everyone and to one alone")),
            None => Ok(()),
        }
    }
}
