//! What each command does, in Chinese, in the words of docs/GLOSSARY.md. A command without a text does not build.

use crate::command::Op;

impl Op {
    /// What the command does, in Chinese: as [`Op::meaning`] in English.
    pub const fn chinese(self) -> &'static str {
        match self {
            Self::Epoch => "启用自此生效的规则，为每份日志的首条命令，其后由运营方发出。",
            Self::Tick => "时间推移，触发到期事项，仅由定序器发出。",
            Self::RegisterEntity => "准入一个法律主体。",
            Self::RegisterUser => "准入法律主体的用户并赋予角色。",
            Self::RegisterKey => "准入用户的签名密钥并设定其权限范围。",
            Self::RevokeKey => "撤销一把密钥，由运营方或密钥所属主体发出。",
            Self::OpenAccount => "为法律主体开立账户，由运营方发出。",
            Self::CashIn => "登记已到达场所银行账户的入金，由运营方发出。",
            Self::CashOut => "登记银行已付出的获批出金，由运营方发出。",
            Self::RegisterAsset => "登记一项权利，由运营方发出，或由企业就自有权利发出。",
            Self::ListUnits => "将权利的许可份额挂牌于订单簿，由运营方或权利人发出。",
            Self::IssueUnits => "在发行总量内向权利人的账户发行许可份额，由运营方或权利人发出。",
            Self::SetTrading => "停牌或复牌，停牌期间仍可撤单，由运营方发出。",
            Self::PlaceOrder => "提交买入或卖出委托。",
            Self::CancelOrder => "撤回在簿委托。",

            Self::SetRuleBook => "设定规则手册的数值。",
            Self::DescribeEntity => "说明法律主体的所在国及其背后的实际受益人。",
            Self::SetDualControl => "要求本主体的事项由两名用户双人复核，或取消该要求。",
            Self::Propose => "提交一条命令待复核。",
            Self::Approve => "批准待复核事项，其命令随即以提交人名义执行。",
            Self::Refuse => "驳回待复核事项，或撤回自己提交的事项。",
            Self::LogRead => "告知法律主体其记录被其他主体的用户查阅。",

            Self::RegisterRights => "批量登记权利，全部成功或全部不生效。",
            Self::VerifyAsset => "凭登记簿副本核验权利。",
            Self::ChangeAsset => "人工变更权利状态：停牌、恢复、摘牌或宣告无效。",
            Self::RecordDues => "记录权利的年费或续展费已缴纳。",
            Self::LinkMarks => "认定商标近似，自此须一并转让。",
            Self::PlaceHold => "登记权利上的查封、保全或异议。",
            Self::LiftHold => "解除权利上的查封、保全或异议。",
            Self::GiveConsent => "共有人同意一项处分。",
            Self::WithdrawConsent => "共有人撤回其同意。",
            Self::RecordValuation => "记录权利的估值。",
            Self::SetAppraiser => "将评估机构纳入或移出评估机构库。",

            Self::OfferLicence => "向特定主体发出许可要约。",
            Self::AcceptLicence => "接受许可要约，由被许可人发出。",
            Self::WithdrawLicence => "撤回或拒绝许可要约。",
            Self::PayLicence => "支付已约定许可的许可费。",
            Self::RecordLicence => "录入登记机关对许可备案的答复。",
            Self::TerminateLicence => "在期限届满前终止许可。",
            Self::AskOpenLicence => "向任何人发布开放许可。",
            Self::WithdrawOpenLicence => "撤回开放许可，已取得者不受影响。",
            Self::TakeOpenLicence => "付费取得开放许可。",
            Self::SetUnitContract => "约定每一许可份额对应的产品数量。",
            Self::ReportConsumption => "报告依许可份额制造的产品，并消耗相应份额。",
            Self::AuditConsumption => "录入审计发现的未报告产品，只增不减。",
            Self::OpenTranche => "开放发行批次，以同一价格供认购挂牌的下一批许可份额。",
            Self::IndicateInterest => "登记对发行批次的认购意向，不具约束力。",
            Self::SubscribeTranche => "认购发行批次的份额并付款。",
            Self::CloseTranche => "关闭未满的发行批次。",

            Self::ListTransfer => "将权利挂牌转让。",
            Self::SetAudience => "变更转让项目的可见范围。",
            Self::ExpressInterest => "表达对转让项目的受让意向。",
            Self::WithdrawInterest => "撤回受让意向。",
            Self::QualifyInterest => "确认或否定意向方的受让资格。",
            Self::RecordExportCheck => "记录对境外主体的技术出口管制审查结果。",
            Self::BidTransfer => "就转让项目报价，报价具有约束力。",
            Self::AnswerPriority => "优先权人按同价参与受让，或放弃优先权。",
            Self::SignContract => "签署转让合同。",
            Self::FundEscrow => "将转让价款存入资金监管。",
            Self::FileRecordal => "告知已向登记机关申请权属变更登记。",
            Self::AnswerRecordal => "录入登记机关对权属变更登记申请的答复。",
            Self::CancelTransfer => "在权利移转前终止转让项目，资金监管中的价款予以退还。",
            Self::EndDisclosure => "提前结束转让项目的披露。",

            Self::DescribeRight => "载明权利依其类别的登记事项。",

            Self::AnnounceLot => "公告竞价标的。",
            Self::EnterLot => "报名参加竞价，并冻结保证金。",
            Self::BidLot => "就竞价标的报价，报价具有约束力。",
            Self::SetMaximum => "设定委托最高价，由系统代为逐级出价。",
            Self::BuyLot => "以一口价成交，结束升价竞价。",
            Self::CommitBid => "提交密封报价的承诺值。",
            Self::RevealBid => "在开标期内揭示密封报价。",
            Self::PauseLot => "中止竞价标的。",
            Self::ResumeLot => "恢复已中止的竞价标的。",
            Self::WithdrawLot => "在成交前撤回竞价标的。",
            Self::ConfirmLot => "以落槌确认成交。",
            Self::AnnulLot => "在交付前撤销成交。",
            Self::ServeRuling => "送达法院裁定，司法处置的权利随之移转。",
            Self::PayLot => "支付竞价标的的应付款项。",
            Self::NegotiateLot => "最高报价未达保留价的，在截止后协商成交价格。",
            Self::SettleDefault => "在权利重新处置后结算悔拍保证金。",

            Self::Resumed => "告知系统中断后恢复受理报价，仅由定序器发出。",
            Self::Sealed => "竞买人的请求以密封形式存入日志，到达内核前开启。",

            Self::SetVenueKey => "指定场所自此签名所用的场所密钥。",
            Self::Recover => "将场所的管理权恢复给首位运营人员。",

            Self::RequestWithdrawal => "申请出金，所涉资金即时冻结，由账户所有人发出。",
            Self::CancelWithdrawal => "撤销尚未获批的出金，由账户所有人发出。",
            Self::ApproveWithdrawal => "批准出金并通知银行付款，由运营方发出。",
            Self::RefuseWithdrawal => "拒绝出金，或告知银行已退回，由运营方发出。",

            Self::AcceptLoss => "日志末尾缺失时，以已知部分为限继续运行。",
            Self::Stalled => "告知系统曾短暂停滞，仅由定序器发出。",

            Self::RegisterLoan => "登记贷款，由债权人或运营方发出。",
            Self::FilePledge => "提交质押登记申请，由债权人、出质人或运营方发出。",
            Self::SignPledge => "签署对方提交的质押登记申请。",
            Self::AnswerPledge => "录入登记机关对质押登记申请的答复，由运营方发出。",
            Self::MendPledge => "补正质押登记申请的缺陷。",
            Self::WithdrawPledge => "在登记前撤回质押登记申请。",
            Self::ChangePledge => "录入质押的变更登记，由运营方发出。",
            Self::ReleasePledge => "解除质押，或仅解除其中部分权利的质押，由债权人或运营方发出。",
            Self::SubstitutePledge => "以先行登记出质的权利置换原质押的权利，由债权人或运营方发出。",
            Self::AssignClaim => "转让主债权的份额，质权随之转移，由债权人发出。",
            Self::FixClaim => "确定最高额质押的被担保债权，由债权人或运营方发出。",
            Self::RecordDemand => "记录催收，由债权人或运营方发出。",
            Self::DeclareDefault => "宣布贷款违约，由债权人或运营方发出。",
            Self::CureDefault => "告知违约已补救，由债权人或运营方发出。",
            Self::RecordRepayment => "记录贷款的还款，由债权人或运营方发出。",
            Self::GivePledgeConsent => "质权人同意出质人对质押权利的处分，由债权行权者发出。",
            Self::RevokePledgeConsent => "质权人撤回其同意，由债权行权者发出。",
            Self::ApplyProceeds => "以代替质押权利而提存的价款提前清偿债务。",

            Self::ProposePlan => "拟定贷款的收益分配方案，载明质押权利的处置价款由何人受偿。",
            Self::SignPlan => "签署拟定的收益分配方案。",
            Self::OpenDisposal => "就违约或质押权利价值减少开立处置案件，由债权行权者、运营方或请求未果的出质人发出。",
            Self::AgreeBelow => "同意低于底价的价格，由出质人发出。",
            Self::ReleaseForSale => "就资金监管中的价款提交质权人的解除质押文件。",
            Self::DistributeProceeds => "依生效的收益分配方案分配案件的处置价款。",
            Self::EndDisposal => "终止未有结果的处置案件。",
            Self::RecordUpkeep => "记录债权人为质押权利垫付或为实现质权支出的费用。",
            Self::RecordBankruptcy => "登记法院受理债务人破产，或质权人可恢复行使担保权，由债权人或运营方发出。",
            Self::OpenPool => "设立风险补偿资金池，由运营方发出。",
            Self::SetPoolFigures => "在首笔贷款入池前变更风险补偿资金池的补偿条件，由运营方发出。",
            Self::EnrolLoan => "将贷款纳入风险补偿资金池，由债权行权者或运营方发出。",
            Self::RecordNpl => "告知贷款形成不良，由债权行权者或运营方发出。",
            Self::ClaimOnPool => "就不良贷款申请风险补偿，由债权行权者或已代偿的保证人发出。",
            Self::DecidePoolClaim => "审定风险补偿申请，予以支付或拒绝，由运营方发出；再担保项下的申请由基金发出。",
            Self::RecordRecovery => "告知追偿所得并向资金池支付其应得部分，由补偿申请人发出。",
            Self::EndPoolLoan => "告知入池贷款恢复正常、结清或核销，由债权行权者、获补偿方或运营方发出。",

            Self::ProposeReverseLicence => "提出将处置案件中的权利反向许可给权利人，由债权行权者或运营方发出。",
            Self::ConsentReverseLicence => "同意反向许可，由被许可人发出。",
            Self::PayReverseFee => "支付反向许可的许可费，由被许可人发出。",
            Self::SettleReverseLicence => "一次付清所欠的全部债务，由反向许可的被许可人发出。",
            Self::TerminateReverseLicence => "终止反向许可。",
            Self::ProposeConversion => "拟定债转股，将处置案件的债权转为股权，由债权行权者或运营方发出。",
            Self::RecordConversionStep => "记录债转股的下一步骤。",
            Self::EndConversion => "终止债转股，案件恢复处置。",
            Self::OpenMeasure => "设立补贴措施，由运营方发出。",
            Self::ApplyForSubsidy => "就贷款的成本申请补贴，由贷款的债务人发出。",
            Self::WithdrawSubsidy => "撤回补贴申请，由申请企业发出。",
            Self::DecideSubsidy => "核准并支付补贴，或不予核准，由运营方或支付方具有基金角色的用户发出。",
            Self::TellBranchBooks => "报送基层机构某日的贷款数据，由其所属银行发出。",
            Self::CorrectBranchBooks => "更正基层机构最近一次报送之日的数据，由其所属银行发出。",
            Self::RecordDutyStep => "留存经办人员就贷款的履职步骤，由该经办人员发出。",
            Self::DrawOfficerFile => "出具经办人员就贷款截至当日的尽职免责档案，由其所属银行发出。",

            Self::PayGuarantee => "代偿保证人所承担的款项，由保证人发出。",
            Self::WithdrawSuit => "告知诉讼或仲裁已撤回，由债权人或运营方发出。",
            Self::RecordGuarantor => "报送保证人数据，由保证人或运营方发出。",
            Self::InsureLoan => "提出或接受贷款的保证保险，由债权行权者或保险人发出。",
            Self::PayInsurance => "支付保证保险的赔款，由保险人发出。",
            Self::ReGuarantee => "为贷款的保证人办理再担保，由该保证人发出。",
            Self::NameApprovers => "为已要求双人复核的主体指定复核人。",
            Self::NameDeputy => "为已指定的复核人指定代理人。",

            Self::SetBuyerRules => "设定他人承接所处置权利的规则数值，由运营方发出。",
            Self::AgreePut => "提出基金对流拍的质押权利的收储承诺，由债权行权者或该基金发出。",
            Self::SignPut => "签署收储承诺，由债权行权者、基金及出质人分别发出。",
            Self::ExercisePut => "就流拍的标的向基金行使收储承诺，由债权行权者发出。",
            Self::EndPut => "终止收储承诺。",
            Self::AgreeTaking => "同意就流拍的标的以保留价向债权人折价，由出质人发出。",
            Self::TakeAtReserve => "以保留价接受流拍的标的，由债权行权者发出。",
            Self::NameConnectedBuyer => "披露关联买受人，由债权行权者或运营方发出。",
            Self::ConsentConnectedBuyer => "同意关联买受人，由收益分配方案中的受偿人发出。",
            Self::AdmitParties => "公告允许出质人与质权人竞买标的，由处置人或运营方发出。",
            Self::AskSecurity => "因质押权利的价值明显减少要求补充担保，由债权行权者或运营方发出。",
            Self::SettleSecurity => "了结补充担保的要求，由债权行权者或运营方发出。",
            Self::PressForSale => "请求质权人及时行使质权，由出质人发出。",
            Self::AgreeInDisposal => "在案件中同意全部出售或提前清偿，由出质人发出。",
            Self::RecordClaimFact => "登记债权事实，由债权人或运营方发出，利率上限抗辩由债务人发出。",
            Self::CorrectDistribution => "更正已付价款的分配，重新列明各项债权，由债权行权者或运营方发出。",
            Self::AgreeCorrection => "同意依分配更正返还款项，或终止该更正，由应返还者发出。",

            Self::AskLot => "就竞价标的提问，提问人的身份仅本人与监管机构可知。",
            Self::AnswerQuestion => "答复就竞价标的提出的问题，由转让方、处置人或运营方发出。",
            Self::WithholdText => "停止展示就竞价标的的提问或答复的文字，由运营方发出。",
            Self::TranslateTitle => "提供权利名称的外文译名供展示，由代表权利人或运营方发出。",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The abbreviations that a text may hold in Latin letters. None does so far.
    const KNOWN: &[&str] = &["API", "IPC", "LEI"];

    #[test]
    fn each_text_is_one_short_chinese_sentence_of_its_own() {
        for (i, op) in Op::ALL.iter().enumerate() {
            let text = op.chinese();
            let sentence = text.strip_suffix('。');
            assert!(
                sentence.is_some_and(|rest| !rest.is_empty() && !rest.contains('。')),
                "{op:?}"
            );
            assert!(text.chars().count() <= 60, "{op:?}");
            let mut latin = text.split(|c: char| !c.is_ascii_alphabetic());
            assert!(latin.all(|word| word.is_empty() || KNOWN.contains(&word)), "{op:?}");
            assert!(Op::ALL[..i].iter().all(|other| other.chinese() != text), "{op:?}");
        }
    }
}
