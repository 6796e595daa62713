//! What the words of a statement are called where people read it: in Chinese and in English.

use protocol::plan::{ClaimKind, Split, TierKind};

/// The same in both languages.
pub(super) struct Both(pub(super) &'static str, pub(super) &'static str);

/// What a tier is for.
pub(super) const fn tier(kind: TierKind) -> Both {
    match kind {
        TierKind::SaleCosts => Both("处置费用", "Costs of the sale"),
        TierKind::EarlierTax => Both("先于质权的欠税", "Tax older than the pledge"),
        TierKind::Secured => Both("质权担保的债权", "Pledgees"),
        TierKind::LaterTax => Both("其他欠税", "Other tax in arrears"),
        TierKind::Attaching => Both("查封债权人", "Attaching creditors"),
        TierKind::Surplus => Both("剩余价款", "Surplus to the owners"),
        TierKind::Agreed => Both("约定分配", "As agreed"),
        TierKind::Deposit => Both("悔拍保证金抵债", "A defaulter's deposit, to the debt"),
        TierKind::Payers => Both("代偿人", "Who paid a pledgee, in its place"),
        TierKind::Inventors => Both("发明人奖励和报酬", "The inventors' reward"),
        TierKind::Wages => Both("先于质权的职工债权", "Wages ahead of the pledges"),
    }
}

/// What a line is about.
pub(super) const fn line(kind: ClaimKind) -> Both {
    match kind {
        ClaimKind::Venue => Both("本场所服务费", "The venue's fee"),
        ClaimKind::Appraiser => Both("评估费", "Appraiser"),
        ClaimKind::Operator => Both("处置运营费", "Operator of the sale"),
        ClaimKind::Auctioneer => Both("拍卖佣金", "Auction house"),
        ClaimKind::SellersTax => Both("转让方税费", "Seller's taxes on the sale"),
        ClaimKind::CourtFee => Both("执行费", "Court's fee"),
        ClaimKind::Administrator => Both("管理人报酬", "Administrator"),
        ClaimKind::OtherCost => Both("其他费用", "Other cost"),
        ClaimKind::AgreedRate => Both("约定比例", "Agreed share of the price"),
        ClaimKind::Tax => Both("税款", "Tax"),
        ClaimKind::Surcharge => Both("滞纳金", "Surcharge"),
        ClaimKind::Costs => Both("实现债权的费用", "Costs of the claim"),
        ClaimKind::Interest => Both("利息", "Interest"),
        ClaimKind::Principal => Both("本金", "Principal"),
        ClaimKind::DoubledInterest => Both("加倍部分债务利息", "Doubled interest"),
        ClaimKind::TakenOver => Both("代偿后受让的债权", "Taken over by payment"),
        ClaimKind::Attachment => Both("查封债权", "Attachment"),
        ClaimKind::AttachedExcess => Both("超出质权且已查封的债权", "Beyond the pledge, attached"),
        ClaimKind::Agreed => Both("约定债权", "As agreed"),
        ClaimKind::OwnersPart => Both("权利人份额", "Owner's part"),
        ClaimKind::AcceptanceFee => Both("案件受理费", "Court's fee for accepting the case"),
        ClaimKind::PreservationFee => Both("保全申请费", "Court's fee for preserving the right"),
        ClaimKind::Wages => Both("职工债权", "Wages"),
        ClaimKind::InventorsReward => Both("发明人奖励和报酬", "Inventors' reward"),
    }
}

/// How equals share what does not suffice.
pub(super) const fn split(split: Split) -> Both {
    match split {
        Split::ProRata => Both("按债权比例", "by what each asks"),
        Split::InOrder => Both("按先后次序", "one after another"),
        Split::ByWeight => Both("按约定权重", "by weights"),
    }
}
