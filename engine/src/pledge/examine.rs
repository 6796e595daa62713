//! What is asked before a right is pledged: by the venue at the intake, and by the twelve grounds of the office (RULES.md
//! 2.2, R1 to R12; PLEDGES.md 2.2). Asked when an application goes to the registrar, and again when it is recorded: a
//! hold that arrives in between wins, for a pledge is created by its recording (民法典 444).

use crate::{
    book::Book,
    kit::checks::{first_fault, require},
    register::{lent::Lent, right::Asset},
    state::Exchange,
    sums::disposal::clawback_risk,
    tell::Tell,
};
use alloc::vec::Vec;
use protocol::{
    Amount, AssetId, Date, EntityId, LoanId, PledgeId, Reject, Timestamp,
    asset::AssetClass,
    pledge::{
        Acknowledged, Acknowledgement, ContractTerm, Intake, Pledge, PledgeContract, PledgeWarning, PledgedRight,
        PledgorKind, Registrar, Resolution, ResolvedBy,
    },
    title::{Act, AssetState, PatentKind},
};

/// What an application says, as far as a registrar asks.
pub(super) struct Asked<'a> {
    /// Itself, once it is filed: it stands in its own way.
    pub pledge: Option<PledgeId>,
    pub pledgor: EntityId,
    pub assets: &'a [AssetId],
    pub amount: Amount,
    pub debt_ends: Date,
    pub contract: &'a PledgeContract,
    /// Whether the co-owners agreed on something else than that all consent.
    pub agreed_otherwise: bool,
    pub same_day: bool,
    pub acknowledged: &'a [Acknowledged],
}

impl Asked<'_> {
    fn knows(&self, what: Acknowledgement) -> bool {
        self.acknowledged.iter().any(|known| known.what == what)
    }
}

/// Whether a company's resolution covers that it gives security (公司法 15; 担保制度解释 7 to 9): for its own debt it takes
/// none; for its holder or controller the holders', without the one concerned; a listed company's is published.
pub(super) fn has_resolved(intake: &Intake, own_debt: bool) -> bool {
    let covers = |resolution: &Resolution| {
        let by = !intake.controlled || resolution.by == ResolvedBy::HoldersWithoutDebtor;
        by && (resolution.published || intake.kind != PledgorKind::ListedCompany)
    };
    match intake.kind {
        PledgorKind::Company | PledgorKind::ListedCompany => own_debt || intake.resolution.as_ref().is_some_and(covers),
        PledgorKind::Person
        | PledgorKind::Other
        | PledgorKind::PublicGood
        | PledgorKind::Government
        | PledgorKind::Committee => true,
    }
}

/// Whether this party may give a pledge, resolved to, and said whether it owes taxes (担保制度解释 5, 6; 税收征管法 46).
pub(super) fn check_intake(intake: &Intake, own_debt: bool) -> Result<(), Reject> {
    let barred = matches!(intake.kind, PledgorKind::Government | PledgorKind::Committee);
    require(!barred, Reject::PledgorBarred)?;
    require(has_resolved(intake, own_debt), Reject::NoResolution)?;
    require(intake.taxes.is_some(), Reject::TaxDisclosure)
}

/// Whether a contract says what it has to (民法典 427).
fn is_complete(contract: &PledgeContract) -> bool {
    ContractTerm::ALL.iter().all(|term| contract.states.contains(term))
}

/// Whether rights of this class come into being by a grant or a registration.
const fn is_granted(class: AssetClass) -> bool {
    matches!(
        class,
        AssetClass::Patent | AssetClass::Trademark | AssetClass::CircuitLayout
    )
}

impl<B: Book> Exchange<B> {
    /// Whether a pledge can be recorded at this moment: the first ground that stands in its way, of all its rights.
    pub(super) fn examine(&self, asked: &Asked<'_>, at: Timestamp) -> Result<(), Reject> {
        let rights = asked.assets.iter().map(|asset| self.examine_right(asked, *asset, at));
        let examined = self
            .registrar_of(asked.pledgor, asked.assets)
            .is_some_and(Registrar::examines);
        let contract = require(
            !examined || is_complete(asked.contract),
            Reject::PledgeContractIncomplete,
        );
        first_fault(rights.chain([contract]))
    }

    /// The grounds of one right. A right that is not the pledgor's is as good as none.
    fn examine_right(&self, asked: &Asked<'_>, asset: AssetId, at: Timestamp) -> Result<(), Reject> {
        let right = self.right_of(asked.pledgor, asset)?;
        let is_known = !matches!(
            right.state,
            AssetState::Draft | AssetState::Transferred | AssetState::Delisted
        );
        require(is_known, Reject::NotVerified)?;
        require(!right.is_over() && !right.has_expired(at), Reject::PledgeEnded)?;
        if !Registrar::of(right.class).examines() {
            return Ok(());
        }
        require(
            !is_granted(right.class) || right.granted.is_some(),
            Reject::PledgeNotGranted,
        )?;
        require(!right.late, Reject::PledgeAnnuityUnpaid)?;
        require(
            right.freezes == 0 && right.state != AssetState::Suspended,
            Reject::PledgePreserved,
        )?;
        // A mark is renewed (商标法 40): its parties are warned.
        let outlived = right.class != AssetClass::Trademark && right.expires.is_some_and(|end| asked.debt_ends > end);
        require(!outlived, Reject::PledgeDebtBeyondRight)?;
        self.examine_parties(asked, asset, right)
    }

    /// The grounds that lie with other owners, other pledges and what the parties know.
    fn examine_parties(&self, asked: &Asked<'_>, asset: AssetId, right: &Asset) -> Result<(), Reject> {
        let consented = asked.agreed_otherwise
            || !right.needs_consent(Act::Pledge)
            || right.has_consent(Act::Pledge, Some(asked.amount));
        require(consented, Reject::PledgeCoOwner)?;
        let pledges = &right.pledges;
        let other = |id: &&PledgeId| Some(**id) != asked.pledge && self.pledging.stands(**id);
        let pledged = right.class == AssetClass::Patent && pledges.iter().any(|id| other(&id));
        require(!pledged, Reject::PledgePledged)?;
        let doubled = asked.same_day && right.kind == Some(PatentKind::UtilityModel);
        require(
            !doubled || asked.knows(Acknowledgement::SameDayInvention),
            Reject::PledgeSameDay,
        )?;
        require(
            !self.is_challenged(asset) || asked.knows(Acknowledgement::InvalidationPending),
            Reject::PledgeInvalidationPending,
        )?;
        // What the law keeps from passing cannot be pledged (民法典 426).
        require(right.is_transferable(), Reject::PledgeOther)?;
        let bundle = &right.extra().bundle;
        require(bundle.iter().all(|mark| asked.assets.contains(mark)), Reject::TmBundle)
    }

    /// A right that is the pledgor's: another's is as good as none.
    pub(super) fn right_of(&self, pledgor: EntityId, asset: AssetId) -> Result<&Asset, Reject> {
        let right = self.register.asset(asset).ok();
        right
            .filter(|right| right.owner == pledgor)
            .ok_or(Reject::PledgeNotOwner)
    }

    /// Who records a pledge of these rights, as far as they are the pledgor's; none where they are not all of one's.
    pub(super) fn registrar_of(&self, pledgor: EntityId, assets: &[AssetId]) -> Option<Registrar> {
        let class = |asset: &AssetId| self.right_of(pledgor, *asset).ok().map(|right| right.class);
        let mut registrars = assets.iter().filter_map(class).map(Registrar::of);
        let first = registrars.next().unwrap_or(Registrar::Cnipa);
        registrars.all(|other| other == first).then_some(first)
    }

    /// Whether a pledge was given for an old unsecured debt within the year before its debtor's bankruptcy was accepted: by
    /// the debtor, in the place of no other, and filed once the debt was there.
    fn may_be_taken_back(&self, pledge: &Pledge) -> bool {
        let Lent { loan, .. } = &self.pledging.lent(pledge.loan);
        let day = |at: Option<Timestamp>| at.map(Timestamp::venue_date);
        let days = day(pledge.registered_at).zip(loan.insolvency);
        days.is_some_and(|(recorded, known)| {
            let filed = day(pledge.submitted_at).unwrap_or(recorded);
            let old = pledge.pledgor == loan.debtor && pledge.replaces.is_none() && loan.terms.drawn < filed;
            clawback_risk(recorded, old, known.accepted)
        })
    }

    /// What the pledges of a loan are warned of has changed with it.
    pub(crate) fn warn_again(&mut self, loan: LoanId, tell: &mut Tell<'_>) {
        for id in self.pledging.lent(loan).pledges {
            let pledge = &self.pledging.of(id);
            if pledge.state.is_active() && pledge.warnings != self.warnings_of(pledge, tell.at) {
                self.warn_anew(id, tell);
                self.tell_pledge(id, tell);
            }
        }
    }

    /// What its parties are warned of from here on.
    pub(super) fn warn_anew(&mut self, id: PledgeId, tell: &Tell<'_>) {
        let warnings = self.warnings_of(&self.pledging.of(id), tell.at);
        self.pledging.change(id, |pledge| pledge.warnings = warnings);
    }

    /// What the parties of a pledge are warned of.
    pub(super) fn warnings_of(&self, pledge: &Pledge, at: Timestamp) -> Vec<PledgeWarning> {
        let ends_before = |pledged: &PledgedRight| {
            let right = self.register.right(pledged.asset);
            right.class == AssetClass::Trademark && right.expires.is_some_and(|end| pledge.debt_ends > end)
        };
        let over = |pledged: &PledgedRight| {
            let last = self.last_valuation(pledged.asset);
            last.is_some_and(|valuation| valuation.expires.start() <= at)
        };
        let warned = [
            (PledgeWarning::Renewal, pledge.standing().any(ends_before)),
            (PledgeWarning::ForfeitureVoid, pledge.contract.forfeiture),
            (PledgeWarning::NotInRem, !pledge.in_rem),
            (PledgeWarning::ValuationOver, pledge.standing().any(over)),
            (PledgeWarning::ClawbackRisk, self.may_be_taken_back(pledge)),
        ];
        warned
            .into_iter()
            .filter_map(|(warning, applies)| applies.then_some(warning))
            .collect()
    }
}
