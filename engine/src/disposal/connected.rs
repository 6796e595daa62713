//! Connected buyers: a buyer that is connected with who holds the claim, with the venue or with who appraised the rights is
//! named in the case, and the others who are paid by its plan consent (PLEDGES.md 4, price guard). What that lets it do, the
//! one question of `register/related.rs` says.

use crate::{
    book::Book,
    kit::checks::require,
    register::party::{ACTS, User},
    state::Exchange,
    tell::Tell,
};
use alloc::{collections::BTreeSet, vec::Vec};
use protocol::{
    DisposalId, EntityId, Readers, Receipt, Record, Reject,
    buyers::{ConnectedBuyer, ConsentConnectedBuyer, NameConnectedBuyer, Relation},
};

impl<B: Book> Exchange<B> {
    /// Names a connected buyer. One that was named before is named anew: who consented is asked again.
    pub(crate) fn name_connected_buyer(
        &mut self,
        user: User,
        asked: &NameConnectedBuyer,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        let NameConnectedBuyer {
            disposal,
            entity,
            with,
            evidence,
        } = *asked;
        let case = self.case_acting(user, disposal)?;
        self.register.check_entity(entity)?;
        let relation = self.relation(&case.record.rights, entity);
        let party = matches!(relation, Some(Relation::Pledgor | Relation::Pledgee));
        require(!party, Reject::BarredParty)?;
        require(!case.record.state.is_over(), Reject::StateForbids)?;

        let named = ConnectedBuyer {
            disposal,
            entity,
            with,
            evidence,
            consented: Vec::new(),
            needed: Vec::new(),
        };
        self.disposals.of_mut(disposal).connected.insert(entity, named);
        self.tell_connected(disposal, entity, tell);
        Ok(Receipt::Done)
    }

    /// Consents to a connected buyer. Who is paid by the plan learns of it from its record, whether or not it is a party of
    /// the loan.
    pub(crate) fn consent_connected_buyer(
        &mut self,
        user: User,
        asked: &ConsentConnectedBuyer,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        let ConsentConnectedBuyer { disposal, entity, .. } = *asked;
        user.may(ACTS)?;
        let case = self.disposals.case(disposal)?;
        let paid = self.payees_of(case.record.loan).contains(&user.entity);
        let knows = paid || self.readers_of_case(case).has(user.entity);
        require(knows, Reject::UnknownDisposal)?;
        let named = case.connected.get(&entity);
        let asks = |named: &ConnectedBuyer| self.who_consents(case, (entity, named.with)).contains(&user.entity);
        require(paid && named.is_none_or(asks), Reject::NotAParty)?;
        let open = |named: &ConnectedBuyer| !named.consented.contains(&user.entity);
        let open = !case.record.state.is_over() && named.is_none_or(open);
        require(open, Reject::StateForbids)?;
        require(named.is_some(), Reject::BuyerNotNamed)?;

        let named = self.disposals.of_mut(disposal).connected.get_mut(&entity);
        named.expect("asked before").consented.push(user.entity);
        self.tell_connected(disposal, entity, tell);
        Ok(Receipt::Done)
    }

    /// Tells the parties of a case and who is paid by its plan how a connected buyer stands; not the buyer itself, whose
    /// loan it is none of.
    fn tell_connected(&self, disposal: DisposalId, entity: EntityId, tell: &mut Tell<'_>) {
        let case = self.disposals.of(disposal);
        let Readers::Only(readers) = self.readers_of_case(case) else {
            unreachable!("a case's readers are named");
        };
        let readers: BTreeSet<_> = readers.into_iter().chain(self.payees_of(case.record.loan)).collect();
        let named = case.connected[&entity].clone();
        let mut needed = self.who_consents(case, (entity, named.with));
        needed.retain(|payee| !named.consented.contains(payee));
        let record = ConnectedBuyer { needed, ..named };
        tell.record(
            Readers::Only(readers.into_iter().collect()),
            Record::ConnectedBuyer(record),
        );
    }
}
