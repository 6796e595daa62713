//! The closed list of what can wait: for each its word, the commands of the roll that answer it, and what a page calls it.

use protocol::command::Op;

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $word:literal, [$($op:ident),*], $chinese:literal, $english:literal;)*) => {
        /// What is to be done.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum Does {
            $($(#[$doc])* $name),*
        }

        impl Does {
            /// All that there are.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// Its word.
            pub const fn word(self) -> &'static str {
                match self { $(Self::$name => $word),* }
            }

            /// The commands that answer it; none where it is done outside, and recorded by the venue.
            pub const fn operations(self) -> &'static [Op] {
                match self { $(Self::$name => &[$(Op::$op),*]),* }
            }

            /// What a page calls it: in Chinese, and in English.
            pub const fn titles(self) -> (&'static str, &'static str) {
                match self { $(Self::$name => ($chinese, $english)),* }
            }
        }
    };
}

kinds! {
    /// A proposal waits for its second person.
    ApproveProposal = "approve_proposal", [Approve, Refuse], "复核待批事项", "Decide on a proposal";
    /// An owner asked cash out.
    ApproveWithdrawal = "approve_withdrawal", [ApproveWithdrawal, RefuseWithdrawal], "审批出金", "Approve a withdrawal";
    /// The bank is told to pay, and its word waits to be booked.
    BookWithdrawal = "book_withdrawal", [CashOut, RefuseWithdrawal], "登记出金付款结果", "Book what the bank paid out";

    /// A right was registered, or passed to new owners, and nothing of it can be offered yet.
    VerifyRight = "verify_right", [VerifyAsset], "核验权利", "Verify a right";
    /// An annuity or a renewal is due at the office.
    PayDues = "pay_dues", [], "向官方缴纳年费或续展费", "Pay an annuity or a renewal at the office";
    /// A hold that stands is about to lapse by itself.
    HoldEnds = "hold_ends", [PlaceHold, LiftHold], "保全或查封即将届满", "A hold is about to lapse";
    /// A licence was offered to one.
    AnswerLicence = "answer_licence", [AcceptLicence, WithdrawLicence], "答复许可要约", "Answer a licence that is offered";
    /// A licence was agreed and is not paid.
    PayLicence = "pay_licence", [PayLicence], "支付许可费", "Pay for a licence";
    /// A licence runs, and the office's answer to its recordal is to come.
    RecordLicence = "record_licence", [RecordLicence], "登记许可备案结果", "Record the office's answer on a licence";
    /// The next report of products made under licence units is due.
    ReportConsumption = "report_consumption", [ReportConsumption], "申报许可份额消耗", "Report what licence units consumed";

    /// Somebody is interested in a sale, and nobody has judged it.
    QualifyInterest = "qualify_interest", [QualifyInterest], "审查受让资格", "Qualify a party, or turn it down";
    /// A party from abroad may not negotiate before its export-control check.
    CheckExport = "check_export", [RecordExportCheck], "登记出口管制审查结果", "Record an export-control check";
    /// One may agree to a sale, or bid.
    BidForTitle = "bid_for_title", [BidTransfer, WithdrawInterest], "报价或同意受让", "Agree to a sale, or bid";
    /// One has priority and was notified of the price.
    AnswerPriority = "answer_priority", [AnswerPriority], "行使或放弃优先购买权", "Use one's priority, or waive it";
    /// Who came by priority did not pay: the best bidder may take it.
    AnswerSecondOffer = "answer_second_offer", [AnswerPriority], "答复再次要约", "Answer the offer made again";
    /// The contract waits for one's signature.
    SignContract = "sign_contract", [SignContract], "签署转让合同", "Sign the contract of a sale";
    /// Both have signed, and the price is to be held.
    FundEscrow = "fund_escrow", [FundEscrow], "将价款存入资金监管", "Put the price into escrow";
    /// The price is held, and a pledgee's release is to be filed against it.
    ReleaseForSale = "release_for_sale", [ReleaseForSale], "提交质权解除文件", "File the release against the price that is held";
    /// The price is held, and the change of owner is to be filed.
    FileRecordal = "file_recordal", [FileRecordal], "提交权属变更登记", "File the change of owner";
    /// The filing is late while the price is held.
    DecideLateFiling = "decide_late_filing", [FileRecordal, CancelTransfer], "处理逾期未提交的变更登记", "Decide on a filing that is late";
    /// The change of owner was filed, and the office's answer is to come.
    AnswerRecordal = "answer_recordal", [AnswerRecordal], "登记变更结果", "Record the office's answer on a change of owner";
    /// A court sold, and its ruling passes the title.
    ServeRuling = "serve_ruling", [ServeRuling], "送达裁定", "Serve the ruling";

    /// A question about a lot has no answer.
    AnswerQuestion = "answer_question", [AnswerQuestion], "答复竞价标的的提问", "Answer a question about a lot";
    /// A lot stands still.
    ResumeLot = "resume_lot", [ResumeLot, WithdrawLot], "恢复或撤回竞价标的", "Resume a lot, or take it back";
    /// The bidding is over, and the hammer makes the sale.
    ConfirmLot = "confirm_lot", [ConfirmLot], "落槌确认成交", "Confirm a sale by the hammer";
    /// What a buyer asked for by a reverse lot is to be confirmed as delivered.
    ConfirmDelivery = "confirm_delivery", [ConfirmLot], "确认反向竞价交付", "Confirm that what was asked for is delivered";
    /// A sealed bid is to be revealed.
    RevealBid = "reveal_bid", [RevealBid], "揭示密封报价", "Reveal a sealed bid";
    /// A close below the reserve: seller and best bidder may agree.
    NegotiateLot = "negotiate_lot", [NegotiateLot], "协商成交价", "Agree on a price below the reserve";
    /// A lot was won and is not paid.
    PayLot = "pay_lot", [PayLot], "支付竞价成交价款", "Pay for a lot";
    /// A forfeited deposit waits for a resale.
    SettleDefault = "settle_default", [SettleDefault], "结算悔拍保证金", "Settle a forfeited deposit";

    /// The other side filed a pledge.
    SignPledge = "sign_pledge", [SignPledge, WithdrawPledge], "签署质押登记申请", "Sign the application for a pledge";
    /// A pledge is before its registrar.
    AnswerPledge = "answer_pledge", [AnswerPledge], "登记质押审查结果", "Record the registrar's answer on a pledge";
    /// The registrar found defects of an application.
    MendPledge = "mend_pledge", [MendPledge, WithdrawPledge], "补正质押登记申请", "Mend the application for a pledge";
    /// The debt is paid, and its pledge still stands.
    ReleasePledge = "release_pledge", [ReleasePledge], "解除质押", "Release a pledge whose debt is paid";
    /// An insurance was offered by the other side.
    AgreeInsurance = "agree_insurance", [InsureLoan], "答复保证保险", "Agree to an insurance of a loan";
    /// A plan waits for one's signature.
    SignPlan = "sign_plan", [SignPlan], "签署收益分配方案", "Sign a plan of distribution";
    /// A debt is due and not paid.
    CollectLoan = "collect_loan", [RecordRepayment, RecordDemand, DeclareDefault], "处理到期未还贷款", "Collect a loan that is due, or declare its default";
    /// A guarantor becomes free unless it is asked in time.
    CallGuarantor = "call_guarantor", [RecordDemand], "在保证期间内主张保证责任", "Call on a guarantor before it is free";
    /// A loan is in default, and no case is open.
    EnforceDefault = "enforce_default", [OpenDisposal, CureDefault, RecordRepayment], "处理违约贷款", "Open the case of a default, or record its cure";
    /// A guarantor was asked.
    PayGuarantee = "pay_guarantee", [PayGuarantee], "履行保证代偿", "Pay what one guarantees";
    /// An insured loan is in default.
    PayInsurance = "pay_insurance", [PayInsurance], "赔付保证保险", "Pay what one insured";
    /// Security was asked for, because the value of pledged rights falls.
    GiveSecurity = "give_security", [FilePledge], "补充担保", "Give other security";
    /// Security was asked for in vain.
    SellEarly = "sell_early", [OpenDisposal, SettleSecurity], "未补充担保，可提前处置", "Sell early, as no security was given";
    /// A pledgor pressed for a sale.
    AnswerPress = "answer_press", [OpenDisposal], "答复行使质权的请求", "Open a case, as the pledgor asks";
    /// A pledgor pressed in vain and may ask a court.
    AskCourt = "ask_court", [OpenDisposal], "凭裁定启动处置", "Open a case by a court's ruling, having pressed in vain";

    /// A case is open, and nothing of it is on offer.
    GoOnWithCase = "go_on_with_case", [AnnounceLot, ListTransfer, ProposeReverseLicence, ProposeConversion, EndDisposal], "推进处置案件", "Go on with a case of disposal";
    /// The price of a case's sale is held.
    Distribute = "distribute", [DistributeProceeds], "分配处置价款", "Pay out what a sale brought";
    /// A correction waits for one that has to give back.
    AgreeCorrection = "agree_correction", [AgreeCorrection], "答复分配更正", "Agree to give back by a correction, or refuse";
    /// A connected buyer waits for one's consent.
    ConsentConnectedBuyer = "consent_connected_buyer", [ConsentConnectedBuyer], "同意关联买受人", "Consent to a connected buyer";
    /// A reverse licence was proposed to one.
    ConsentReverseLicence = "consent_reverse_licence", [ConsentReverseLicence, TerminateReverseLicence], "答复反向许可", "Answer a reverse licence";
    /// A fee of a reverse licence is to be paid.
    PayReverseFee = "pay_reverse_fee", [PayReverseFee, SettleReverseLicence], "支付反向许可费", "Pay a fee of a reverse licence";
    /// A deal that turns a claim into shares waits for its next step.
    GoOnWithConversion = "go_on_with_conversion", [RecordConversionStep, EndConversion], "推进债转股", "Record the next step of a conversion";
    /// Shares that a bank took have to be sold.
    SellShares = "sell_shares", [RecordConversionStep], "处置所持股权", "Sell the shares that were taken";
    /// A put waits for one's signature.
    SignPut = "sign_put", [SignPut, EndPut], "签署收储承诺", "Sign a put";
    /// A lot failed, and what it left may be put to a fund.
    ExercisePut = "exercise_put", [ExercisePut], "行使收储承诺", "Exercise a put";
    /// The pledgor agreed that the creditor takes what a lot left.
    TakeAtReserve = "take_at_reserve", [TakeAtReserve], "以保留价接收流拍权利", "Take at its reserve what a lot left";
    /// A bank has to sell on what it took for its debt.
    SellTaken = "sell_taken", [AnnounceLot, ListTransfer], "处置抵债权利", "Sell on what was taken for the debt";

    /// A loan in a pool is non-performing.
    ClaimOnPool = "claim_on_pool", [ClaimOnPool], "申请风险补偿", "Claim on a risk pool";
    /// A claim on a pool waits for its decision.
    DecidePoolClaim = "decide_pool_claim", [DecidePoolClaim], "审核风险补偿申请", "Decide on a claim on a pool";
    /// A pool paid, and what is recovered is shared with it.
    Recover = "recover", [RecordRecovery, EndPoolLoan], "追偿并返还风险补偿", "Recover, and share it with the pool";
    /// A firm applied for a subsidy.
    DecideSubsidy = "decide_subsidy", [DecideSubsidy], "审核补贴申请", "Decide on a subsidy";
    /// Steps of one's file for a loan are not shown.
    CompleteFile = "complete_file", [RecordDutyStep], "补充尽职免责材料", "Show what is missing in one's file for a loan";
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_word_is_one_of_its_own_and_is_titled_in_both_languages() {
        let words: BTreeSet<_> = Does::ALL.iter().map(|does| does.word()).collect();
        assert_eq!(words.len(), Does::ALL.len());
        for (place, does) in Does::ALL.iter().enumerate() {
            assert_eq!(*does as usize, place);
            let (chinese, english) = does.titles();
            assert!(
                !chinese.is_ascii() && english.is_ascii() && !english.ends_with('.'),
                "{does:?}"
            );
            let distinct: BTreeSet<_> = does.operations().iter().map(|op| op.name()).collect();
            assert_eq!(distinct.len(), does.operations().len(), "{does:?}");
        }
    }

    #[test]
    fn the_page_lists_each_as_it_is() {
        let page = include_str!("../../../../docs/WAITS.md");
        for does in Does::ALL {
            let (chinese, english) = does.titles();
            let operations: Vec<_> = does.operations().iter().map(|op| format!("`{}`", op.name())).collect();
            let operations = if operations.is_empty() {
                "–".to_owned()
            } else {
                operations.join(" ")
            };
            let row = format!("| `{}` | {chinese} | {english} | {operations} |", does.word());
            assert!(page.lines().any(|line| line == row), "{row}");
        }
        let rows = page.lines().filter(|line| line.starts_with("| `")).count();
        // The members of an entry have a table of their own, and this one has a head.
        assert_eq!(rows, Does::ALL.len() + 10);
    }
}
