//! Closing a sale: signatures, money in escrow, the filing, the office's answer or a court's ruling, and its end before
//! (RULES.md 2.5).
//!
//! Invariant: from funding to the answer the price is held, all of it. How the title then passes is the business of
//! `title`.

use crate::{
    book::Book,
    kit::checks::require,
    register::{
        party::{MAY_BUY, User},
        taker::Road,
    },
    sales::{life::Input, sale::Sale},
    state::Exchange,
    tell::Tell,
};
use protocol::{
    AssetId, Receipt, Reject, Seq, TransferId,
    auction::{LotState, LotStep},
    party::Roles,
    transfer::{AnswerRecordal, CancelTransfer, FileRecordal, FundEscrow, LegalBasis, SignContract, TransferState},
};

impl<B: Book> Exchange<B> {
    /// Signs the contract. By the seller and by the buyer, until both have signed the same. Where a contract was announced
    /// it is that one; else each may sign what it holds to be agreed, so that nobody is in default by what the other wrote.
    pub(crate) fn sign_contract(
        &mut self,
        user: User,
        asked: &SignContract,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        let SignContract { transfer: id, contract } = *asked;
        let sale = self.known_sale(user, id)?;
        let record = &sale.record;
        user.may(MAY_BUY)?;
        let sells = record.seller == user.entity || self.disposes(user, &record.assets);
        require(sells || record.buyer == Some(user.entity), Reject::NotAParty)?;
        sale.check(Input::Sign, tell.at)?;
        let (own, other) = if sells {
            (record.seller_signed, record.buyer_signed)
        } else {
            (record.buyer_signed, record.seller_signed)
        };
        require(!sale.is_signed(), Reject::StateForbids)?;
        require(
            record.contract.is_none_or(|announced| announced == contract),
            Reject::ContractDiffers,
        )?;

        let by = self.next_step_by(tell.at.venue_date());
        let sale = self.sales.of_mut(id);
        sale.advance(Input::Sign);
        if sells {
            sale.record.seller_signed = Some(contract);
        } else {
            sale.record.buyer_signed = Some(contract);
        }
        // Whoever has to answer has the whole time for it: the buyer to pay, and a side to sign what it is shown only now.
        // Of two that differ neither gains time by signing anew.
        let asks = other.is_none() && own != Some(contract) && sale.record.contract.is_none();
        if sale.is_signed() || asks && (sells || own.is_none()) {
            self.set_step(id, Some(by));
        }
        self.tell_seller(id, tell);
        Ok(Receipt::Done)
    }

    /// Puts the price into escrow. By the buyer, once both signed.
    pub(crate) fn fund_escrow(
        &mut self,
        user: User,
        asked: &FundEscrow,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        let id = asked.transfer;
        let sale = self.known_sale(user, id)?;
        let record = &sale.record;
        user.may(MAY_BUY)?;
        let buyer = record.buyer.filter(|buyer| *buyer == user.entity);
        let (buyer, account, price) = match (buyer, record.buyer_account, record.price) {
            (Some(buyer), Some(account), Some(price)) => (buyer, account, price),
            _ => return Err(Reject::NotAParty),
        };
        let taker = self.taker(Road::Sale, &record.assets, buyer, tell.at.venue_date());
        taker.check_place()?;
        self.check_escrow(account, price)?;
        sale.check(Input::Fund, tell.at)?;
        require(sale.is_signed(), Reject::NothingToFund)?;
        taker.check_export()?;

        let by = self.next_step_by(tell.at.venue_date());
        let sale = self.sales.of_mut(id);
        sale.advance(Input::Fund);
        self.set_step(id, Some(by));
        self.hold_escrow(Seq(id.0), account, price, tell);
        let assets = self.sales.of(id).record.assets.clone();
        self.unsettle_cases(&assets);
        self.tell_sale(id, tell);
        Ok(Receipt::Done)
    }

    /// Tells that the change of owner was filed. By the seller or an operator.
    pub(crate) fn file_recordal(
        &mut self,
        user: User,
        asked: &FileRecordal,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        let FileRecordal { transfer: id, evidence } = *asked;
        let sale = self.known_sale(user, id)?;
        self.check_sells(user, sale.record.seller, &sale.record.assets, true)?;
        sale.check(Input::File, tell.at)?;
        self.check_released(id)?;

        let sale = self.sales.of_mut(id);
        sale.advance(Input::File);
        sale.record.evidence = Some(evidence);
        sale.record.step_by = None;
        self.set_step(id, None);
        self.tell_sale(id, tell);
        Ok(Receipt::Done)
    }

    /// Takes the office's answer. By an operator. What the office recorded is so: cap and lock were asked when the
    /// contract was made and when its money was held, and the buyer's place has been reserved since. Against a standing
    /// order nothing is recorded here: that is lifted first, or the answer is a refusal.
    pub(crate) fn answer_recordal(
        &mut self,
        user: User,
        asked: &AnswerRecordal,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        let AnswerRecordal {
            transfer: id,
            refused,
            evidence,
        } = *asked;
        let sale = self.known_sale(user, id)?;
        user.may(Roles::OPERATOR)?;
        let input = if refused.is_some() {
            Input::RefuseRecordal
        } else {
            Input::Record
        };
        sale.check(input, tell.at)?;
        let frozen = |asset: &AssetId| self.register.right(*asset).freezes > 0;
        require(
            refused.is_some() || !sale.record.assets.iter().any(frozen),
            Reject::RightFrozen,
        )?;
        // Who stands behind the buyer may have been told since it paid.
        let buyer = sale.record.buyer.expect("a filed sale has a buyer");
        require(
            refused.is_some() || !self.is_stopped(&sale.record.assets, buyer),
            Reject::ExportCheckRequired,
        )?;

        if refused.is_none() {
            self.deliver(id, evidence, tell);
            return Ok(Receipt::Done);
        }
        let sale = self.sales.of_mut(id);
        let account = sale.record.buyer_account.expect("a funded sale has a buyer's account");
        sale.record.evidence = Some(evidence);
        sale.advance(input);
        sale.record.refused = refused;
        self.tell_sale(id, tell);
        self.sales.of_mut(id).advance(Input::Refund);
        self.release_escrow(Seq(id.0), account, tell);
        let lot = self.end_sale(id, tell);
        self.end_delivered(lot, tell);
        Ok(Receipt::Done)
    }

    /// Serves a court's ruling: the title passes with it (18号 22; 民法典 229). By an operator or a court's user.
    pub(crate) fn serve_ruling(&mut self, user: User, asked: &LotStep, tell: &mut Tell<'_>) -> Result<Receipt, Reject> {
        let LotStep { lot: id, evidence } = *asked;
        self.lot_now(id, tell)?;
        user.may(Roles::OPERATOR.with(Roles::COURT))?;
        let lot = self.lots.of(id);
        // What the lot sold, or what its creditor takes where it sold nothing.
        let paid = match lot.state {
            LotState::Paid => Some(TransferId(id.0)),
            _ => self.disposals.takings.get(&id).and_then(|taking| taking.transfer),
        };
        let paid = paid.filter(|sale| self.sales.get(*sale).is_some_and(Sale::is_funded));
        let by_court = lot.terms.basis == LegalBasis::Judicial;
        let transfer = paid.filter(|_| by_court).ok_or(Reject::StateForbids)?;

        let sale = self.sales.of_mut(transfer);
        // The ruling is filing and record in one, whatever holds stand.
        if sale.record.state == TransferState::EscrowFunded {
            sale.advance(Input::File);
        }
        self.deliver(transfer, evidence, tell);
        Ok(Receipt::Done)
    }

    /// Ends a sale. By the seller while nobody is bound, by an operator until the title passes.
    pub(crate) fn cancel_transfer(
        &mut self,
        user: User,
        asked: &CancelTransfer,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        let id = asked.transfer;
        let sale = self.known_sale(user, id)?;
        let operator = user.is_operator();
        self.check_sells(user, sale.record.seller, &sale.record.assets, true)?;
        let input = if operator { Input::Fail } else { Input::CallOff };
        sale.check(input, tell.at)?;
        require(operator || sale.record.bids == 0, Reject::StateForbids)?;

        self.sales.of_mut(id).record.evidence = Some(asked.evidence);
        let lot = self.fail_sale(id, input, tell);
        self.end_delivered(lot, tell);
        Ok(Receipt::Done)
    }
}
