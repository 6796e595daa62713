//! Closing a sale: signatures, money in escrow, the office's answer; then title against payment, both or neither (RULES.md 2.5).
//!
//! Invariant: from funding to the answer the price is held, all of it; a title passes in the command that pays for it.

use crate::{
    book::Book,
    kit::{checks::require, deadlines::Deadline, ids::FEE_ACCOUNT},
    register::{party::User, taker::MAY_BUY},
    sales::life::Input,
    state::Exchange,
    tell::Tell,
};
use protocol::{
    AccountId, AssetId, Date, EntityId, Notice, Readers, Receipt, Reject, Seq, Side, TransferId,
    auction::{LotState, LotStep},
    event::CancelReason,
    party::Roles,
    title::AssetState,
    transfer::{
        AnswerRecordal, CancelTransfer, Disclosure, FileRecordal, FundEscrow, LegalBasis, SignContract, TitlePrint,
        TransferState,
    },
};

impl<B: Book> Exchange<B> {
    /// Signs the contract. By the seller and by the buyer; a side may sign anew until the other has signed.
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
        let sells = record.seller == user.entity;
        require(sells || record.buyer == Some(user.entity), Reject::NotAParty)?;
        sale.check(Input::Sign, self.at)?;
        let (own, other) = if sells {
            (record.seller_signed, record.buyer_signed)
        } else {
            (record.buyer_signed, record.seller_signed)
        };
        require(own.is_none() || other.is_none(), Reject::StateForbids)?;
        require(other.is_none_or(|other| other == contract), Reject::ContractDiffers)?;

        let by = self.next_step_by(tell);
        let sale = self.sales.of_mut(id);
        sale.advance(Input::Sign);
        if sells {
            sale.record.seller_signed = Some(contract);
        } else {
            sale.record.buyer_signed = Some(contract);
        }
        if other.is_some() {
            sale.record.step_by = Some(by);
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
        self.check_taker(&record.assets, buyer, self.at.venue_date())?;
        self.check_escrow(account, price)?;
        sale.check(Input::Fund, self.at)?;
        require(
            record.seller_signed.is_some() && record.buyer_signed.is_some(),
            Reject::NothingToFund,
        )?;
        require(
            !self.is_stopped(&sale.record.assets, buyer),
            Reject::ExportCheckRequired,
        )?;

        let by = self.next_step_by(tell);
        let sale = self.sales.of_mut(id);
        sale.advance(Input::Fund);
        sale.record.step_by = Some(by);
        self.set_step(id, Some(by));
        self.hold_escrow(Seq(id.0), account, price, tell);
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
        let operator = user.is_operator();
        require(operator || user.roles.has_any(Roles::FIRM), Reject::NotPermitted)?;
        require(operator || sale.record.seller == user.entity, Reject::NotAParty)?;
        sale.check(Input::File, self.at)?;

        let sale = self.sales.of_mut(id);
        sale.advance(Input::File);
        sale.record.evidence = Some(evidence);
        sale.record.step_by = None;
        self.set_step(id, None);
        self.tell_sale(id, tell);
        Ok(Receipt::Done)
    }

    /// The office's answer. By an operator. What the office recorded is so: cap and lock were asked when the contract was made and when
    /// its money was held, and the buyer's place has been reserved since. Against a standing order nothing is recorded here: that is lifted
    /// first, or the answer is a refusal.
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
        sale.check(input, self.at)?;
        let frozen = |asset: &AssetId| self.register.assets[asset.index()].freezes > 0;
        require(
            refused.is_some() || !sale.record.assets.iter().any(frozen),
            Reject::RightFrozen,
        )?;
        let buyer = sale.record.buyer.expect("a filed sale has a buyer");
        let account = sale.record.buyer_account.expect("a buyer has an account");

        let sale = self.sales.of_mut(id);
        sale.record.evidence = Some(evidence);
        if refused.is_some() {
            sale.advance(input);
            sale.record.refused = refused;
            self.tell_sale(id, tell);
            self.sales.of_mut(id).advance(Input::Refund);
            self.release_escrow(Seq(id.0), account, tell);
            self.end_sale(id, tell);
        } else {
            self.record_title(id, buyer, account, tell);
        }
        Ok(Receipt::Done)
    }

    /// A court's ruling is served: it is filing and record in one, whatever holds stand.
    pub(crate) fn deliver_by_ruling(
        &mut self,
        id: TransferId,
        evidence: protocol::Digest,
        award: &crate::auction::Award,
        tell: &mut Tell<'_>,
    ) {
        let sale = self.sales.of_mut(id);
        if sale.record.state == TransferState::EscrowFunded {
            sale.advance(Input::File);
        }
        sale.record.evidence = Some(evidence);
        self.record_title(id, award.entity, award.account, tell);
    }

    /// The title passes, the seller is paid, and the market learns of it as the seller chose.
    fn record_title(&mut self, id: TransferId, buyer: EntityId, account: AccountId, tell: &mut Tell<'_>) {
        let sale = self.sales.of_mut(id);
        sale.advance(Input::Record);
        let owners = sale.owners.clone();
        let today = tell.at.venue_date();
        // What one right brought can be held against what it was valued at; what a lot brought tells of none of its rights.
        if let ([asset], Some(price)) = (&sale.record.assets[..], sale.record.price) {
            let asset = *asset;
            let denied = sale.denied.clone();
            let realised = self.realise(asset, price, &denied, tell);
            self.sales.of_mut(id).record.realised = realised;
        }
        for asset in self.sales.of(id).record.assets.clone() {
            for share in &owners {
                // Who leaves still counts.
                self.add_holder(asset, share.entity, tell);
                self.note_trade(asset, share.entity, Side::Sell, today);
            }
            self.note_trade(asset, buyer, Side::Buy, today);
            self.pass_title(asset, buyer, tell);
            self.add_holder(asset, buyer, tell);
        }
        // What was agreed before and paid since survives too; the buyer's own licence ended with its purchase.
        let surviving = self.survivors(&self.sales.of(id).record.assets);
        self.sales.of_mut(id).record.surviving = surviving;
        self.tell_sale(id, tell);

        self.sales.of_mut(id).advance(Input::Pay);
        let sale = self.sales.of(id);
        let price = sale.record.price.expect("a paid sale has a price").money;
        let mut shares = self.by_parts(&sale.owners, sale.record.account, price.minus(sale.costs));
        // What the sale costs, and the buyer's premium.
        shares.push((FEE_ACCOUNT, sale.costs.plus(sale.premium)));
        self.pay_escrow(Seq(id.0), account, &shares, tell);
        self.end_sale(id, tell);
        self.print(id, tell);
    }

    /// The title passes: one owner from here on, whose right has to be verified anew. Licences that were granted stand
    /// (法释〔2020〕19号 24), offers end. The sale that it passes by has to be ended by the caller.
    pub(crate) fn pass_title(&mut self, asset: AssetId, to: EntityId, tell: &mut Tell<'_>) {
        self.end_consents_with_title(asset, tell);
        let right = &mut self.register.assets[asset.index()];
        let before = right.owners();
        right.owner = to;
        right.state = AssetState::Transferred;
        right.extra_mut().shares.clear();
        self.facts_after_title(asset);
        self.settle_books(asset, CancelReason::Delisted, tell);
        self.end_licence_offers(asset, tell);
        self.pass_licences(asset, to, tell);
        let readers = before.iter().map(|share| share.entity).chain([to]).collect();
        self.tell_title_to(asset, Readers::Only(readers), tell);
    }

    /// What the market learns of a sale. Of one that only some could see it learns nothing: its readers saw it end.
    fn print(&mut self, id: TransferId, tell: &mut Tell<'_>) {
        let sale = self.sales.of(id);
        let delay = self.rule_book().print_delay_days;
        match sale.record.disclosure {
            Disclosure::Aggregated => {}
            Disclosure::Full | Disclosure::Delayed if sale.is_restricted() => {}
            Disclosure::Delayed if delay > 0 => {
                let day = Date(tell.at.venue_date().0.saturating_add(delay as i32));
                self.deadlines.add(day.start(), Deadline::PrintDue(id));
            }
            Disclosure::Full | Disclosure::Delayed => self.print_due(id, tell),
        }
    }

    /// A sale is printed.
    pub(crate) fn print_due(&mut self, id: TransferId, tell: &mut Tell<'_>) {
        let sale = self.sales.of(id);
        let record = &sale.record;
        assert!(record.state == TransferState::Released, "what is printed is done");
        tell.notice(Notice::TitleSold(TitlePrint {
            transfer: id,
            assets: record.assets.clone(),
            price: record.price.expect("a paid sale has a price"),
            basis: record.basis,
            bidders: record.qualified,
            bids: record.bids,
            agreed_at: sale.agreed_at,
            surviving: record.surviving.clone(),
        }));
    }

    /// A court's ruling is served: the title passes with it (18号 22; 民法典 229). By an operator or a court's user.
    pub(crate) fn serve_ruling(&mut self, user: User, asked: &LotStep, tell: &mut Tell<'_>) -> Result<Receipt, Reject> {
        let LotStep { lot: id, evidence } = *asked;
        self.lot_now(id, tell)?;
        user.may(Roles::OPERATOR.with(Roles::COURT))?;
        let lot = self.lots.of(id);
        let by_court = lot.terms.basis == LegalBasis::Judicial && lot.state == LotState::Paid;
        require(by_court, Reject::StateForbids)?;
        let award = lot.award.expect("a paid lot has a buyer");

        self.deliver_by_ruling(TransferId(id.0), evidence, &award, tell);
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
        require(operator || user.roles.has_any(Roles::FIRM), Reject::NotPermitted)?;
        require(operator || sale.record.seller == user.entity, Reject::NotAParty)?;
        let input = if operator { Input::Fail } else { Input::CallOff };
        sale.check(input, self.at)?;
        require(operator || sale.record.bids == 0, Reject::StateForbids)?;

        self.sales.of_mut(id).record.evidence = Some(asked.evidence);
        self.fail_sale(id, input, tell);
        Ok(Receipt::Done)
    }
}
