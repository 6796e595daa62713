//! Grants: a licence of one right to one participant, from its offer to its end (RULES.md 2.3).
//!
//! What always holds is `licensing`'s promise; here is who may ask what, and in which order the questions come. The
//! gate and the conflict are asked when a licence is offered, when it is agreed and when it is paid, because each may
//! change in between.

use crate::{
    book::Book,
    kit::{
        checks::{check_account_of, require},
        deadlines::Deadline,
    },
    licences::{
        licensing::act_of,
        life::{Input, step},
        scope::{self, Field},
    },
    register::{
        party::{MAY_BUY, User},
        pledgees::Use,
        right::Asset,
        taker::Road,
    },
    state::Exchange,
    tell::Tell,
};
use protocol::{
    EntityId, LicenceId, Receipt, Reject, Seq,
    asset::AssetClass,
    licence::{
        Licence, LicenceKind, LicenceState, LicenceStep, OfferLicence, PayLicence, RecordLicence, Scope,
        TerminateLicence,
    },
    party::Roles,
    pledge::PledgeAct,
    title::{RightFacts, WorkRight},
};

/// Who grants when this user offers: the acting owner, for its users and for operators; or a co-owner for itself.
fn licensor_for(user: User, right: &Asset) -> Result<EntityId, Reject> {
    if user.is_operator() {
        Ok(right.owner)
    } else {
        user.may(Roles::FIRM).map(|()| user.entity)
    }
}

/// Whether this participant may grant such a licence: the acting owner, or where each owner may do so alone, any (专利法
/// 14).
fn check_licensor(licensor: EntityId, right: &Asset, kind: LicenceKind) -> Result<(), Reject> {
    let alone = right.is_owned_by(licensor) && !right.needs_consent(act_of(kind));
    require(licensor == right.owner || alone, Reject::NotTheOwner)
}

/// Whether the user acts for the licensee; the licensor knows of the licence and is told so.
fn check_licensee(user: User, licence: &Licence) -> Result<(), Reject> {
    require(user.entity == licence.licensee, Reject::NotAParty)
}

impl<B: Book> Exchange<B> {
    /// The owner offers a licence to one participant.
    pub(crate) fn offer_licence(
        &mut self,
        user: User,
        asked: &OfferLicence,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        let payee = self.account_for(user, asked.account)?;
        let right = self.right_for(user, asked.asset)?;
        let kind = asked.kind.unwrap_or(LicenceKind::NonExclusive);
        let licensor = licensor_for(user, right)?;
        check_account_of(payee, licensor)?;
        check_licensor(licensor, right, kind)?;
        self.register.check_entity(asked.licensee)?;
        if right.has_expired(tell.at) {
            return Err(Reject::AssetExpired);
        }
        if asked.fee.money.minor() < 0 {
            return Err(Reject::AmountInvalid);
        }
        right.check_facts()?;
        right.check_uses(&asked.scope)?;
        right.check_act(act_of(kind), Some(asked.fee), tell.at)?;
        if self.is_owners(asked.asset, asked.licensee) {
            return Err(Reject::OwnRight);
        }
        scope::check_scope(&asked.scope, tell.at.venue_date(), right.expires)?;
        self.check_conflict(asked.asset, kind, asked.licensee, &asked.scope, None)?;
        self.check_licence_room(asked.asset)?;
        self.check_title_stays(asked.asset)?;
        let wanted = Use::licence(kind, asked.fee, Some(asked.scope.until));
        self.check_pledgees(asked.asset, &wanted, tell.at.venue_date())?;

        let licence = Licence {
            licence: LicenceId::from(tell.seq),
            asset: asked.asset,
            licensor,
            licensee: asked.licensee,
            kind,
            scope: asked.scope.clone(),
            sublicence: asked.sublicence,
            fee: asked.fee,
            account: asked.account,
            payer: None,
            open_licence: None,
            state: LicenceState::Offered,
            record_by: None,
            calendar: None,
            refused: None,
            contract: asked.contract,
        };
        self.add_licence(licence, tell);
        self.offered(asked.asset, tell);
        Ok(Receipt::Deal(tell.seq))
    }

    /// The licensee agrees: from here on the licence shuts others out.
    pub(crate) fn accept_licence(
        &mut self,
        user: User,
        asked: &LicenceStep,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        let licence = self.licence_for(user, asked.licence)?;
        user.may(MAY_BUY)?;
        check_licensee(user, licence)?;
        let taker = self.taker(Road::Licence, &[licence.asset], licence.licensee, tell.at.venue_date());
        taker.check_place()?;
        self.check_grant(licence, Input::Accept, tell.at)?;
        taker.check_export()?;

        self.move_licence(asked.licence, Input::Accept, tell);
        Ok(Receipt::Done)
    }

    /// The licensor takes an offer back, or the licensee turns it down.
    pub(crate) fn withdraw_licence(
        &mut self,
        user: User,
        asked: &LicenceStep,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        let licence = self.licence_for(user, asked.licence)?;
        let takes_back = user.entity == licence.licensor && user.roles.has_any(Roles::FIRM);
        let turns_down = user.entity == licence.licensee && user.roles.has_any(MAY_BUY);
        if !user.is_operator() && !takes_back && !turns_down {
            return Err(Reject::NotPermitted);
        }
        step(licence.state, Input::Withdraw)?;

        self.move_licence(asked.licence, Input::Withdraw, tell);
        Ok(Receipt::Done)
    }

    /// The licensee pays into escrow; if the first day has come, the licence begins and the licensor is paid.
    pub(crate) fn pay_licence(
        &mut self,
        user: User,
        asked: &PayLicence,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        let payer = self.account_for(user, asked.account)?;
        let licence = self.licence_for(user, asked.licence)?;
        user.may(MAY_BUY)?;
        check_account_of(payer, user.entity)?;
        check_licensee(user, licence)?;
        let taker = self.taker(Road::Licence, &[licence.asset], licence.licensee, tell.at.venue_date());
        taker.check_place()?;
        if self.register.asset(licence.asset)?.has_expired(tell.at) {
            return Err(Reject::AssetExpired);
        }
        self.check_escrow(asked.account, licence.fee)?;
        self.check_grant(licence, Input::Pay, tell.at)?;
        taker.check_export()?;

        let (asset, fee, from) = (licence.asset, licence.fee, licence.scope.from);
        let deal = Seq(asked.licence.0);
        self.hold_escrow(deal, asked.account, fee, tell);
        self.licence_mut(asked.licence).payer = Some(asked.account);
        self.use_consents(asset, PledgeAct::Licence, 1, tell);
        self.move_licence(asked.licence, Input::Pay, tell);
        if from <= tell.at.venue_date() {
            self.move_licence(asked.licence, Input::Begin, tell);
        } else {
            self.deadlines.add(from.start(), Deadline::LicenceBegins(asked.licence));
        }
        Ok(Receipt::Done)
    }

    /// Takes the office's answer to the recordal of a licence.
    pub(crate) fn record_licence(
        &mut self,
        user: User,
        asked: &RecordLicence,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        let licence = self.licence_for(user, asked.licence)?;
        user.may(Roles::OPERATOR)?;
        let input = if asked.refused.is_some() {
            Input::RefuseRecord
        } else {
            Input::Record
        };
        step(licence.state, input)?;

        let licence = self.licence_mut(asked.licence);
        licence.refused = asked.refused;
        if asked.refused.is_none() {
            (licence.record_by, licence.calendar) = (None, None);
        }
        self.move_licence(asked.licence, input, tell);
        Ok(Receipt::Done)
    }

    /// The licensee ends a licence that was paid, or an operator one that was agreed.
    pub(crate) fn terminate_licence(
        &mut self,
        user: User,
        asked: &TerminateLicence,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        let licence = self.licence_for(user, asked.licence)?;
        let input = if user.is_operator() {
            Input::Dissolve
        } else {
            user.may(MAY_BUY)?;
            check_licensee(user, licence)?;
            Input::GiveUp
        };
        step(licence.state, input)?;

        self.move_licence(asked.licence, input, tell);
        Ok(Receipt::Done)
    }
}

impl Asset {
    /// Whether a licence of this scope grants what is held here: of a work the rights that it names, and those alone
    /// (著作权法 29); of nothing else uses of a work.
    pub(crate) fn check_uses(&self, scope: &Scope) -> Result<(), Reject> {
        let held: &[WorkRight] = match &self.extra().facts {
            Some(RightFacts::Work(work)) => &work.rights,
            _ => &[],
        };
        // What is no field at all is refused as such.
        let mut fields = scope.fields.iter().filter_map(|field| Field::read(field.as_str()));
        let granted = if self.class == AssetClass::Copyright {
            !scope.fields.is_empty() && fields.all(|field| matches!(field, Field::Use(right) if held.contains(&right)))
        } else {
            !fields.any(|field| matches!(field, Field::Use(_)))
        };
        require(granted, Reject::RightWithheld)
    }
}
