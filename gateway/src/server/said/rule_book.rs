//! The rule book in words: what the profile, the fees and the numbers in force mean, article by article, in both
//! languages and with the law behind each. Made of the data alone, so it cannot say another thing than the core does.

use crate::json::Detail;
use protocol::{
    asset::AssetClass,
    control::RuleBook,
    rules::{Approval, Calendar, Epoch, Profile},
};
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use utoipa::ToSchema;

/// An article of the rule book.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Article {
    /// Its number.
    pub(crate) number: u32,
    /// What it says.
    pub(crate) text: Detail,
    /// The law or rule behind it; empty where it is the venue's own.
    pub(crate) source: String,
}

/// Which days count as working days, and how far that is known.
fn working_days(calendar: &Calendar) -> (String, String) {
    let count = (
        "自次日起计；休息日之后的第一个工作日为第一日。",
        "The first working day after counts as the first, after a day off too.",
    );
    if calendar.is_absent() {
        return (
            format!("本场所未启用日历：周一至周五均计为工作日。{}", count.0),
            format!("There is no calendar: Monday to Friday are working days. {}", count.1),
        );
    }
    let years: Vec<_> = calendar.years.iter().map(u16::to_string).collect();
    let sources: Vec<_> = calendar.sources.iter().map(|source| source.as_str()).collect();
    let from = if sources.is_empty() {
        String::new()
    } else {
        format!(" ({})", sources.join("; "))
    };
    (
        format!(
            "工作日以日历为准，涵盖{}年{from}；超出日历的工作日期限不予受理，在途期限按周一至周五暂计，待新日历启用后重计。{}",
            years.join("、"),
            count.0
        ),
        format!(
            "Working days are those of the calendar, which covers {}{from}. A term that runs past it is refused; what has begun is counted as Monday to Friday and counted anew once a calendar covers it. {}",
            years.join(", "),
            count.1
        ),
    )
}

/// The articles in force.
pub(crate) fn articles(epoch: &Epoch, numbers: &RuleBook) -> Vec<Article> {
    let mut articles = Vec::new();
    let mut say = |zh: String, en: String, source: &str| {
        articles.push(Article {
            number: articles.len() as u32 + 1,
            text: Detail { zh, en },
            source: source.into(),
        });
    };
    match epoch.profile {
        Profile::CnVenue => say(
            "本场所采用协议转让、单项竞价、拍卖、招标及开放许可方式；权利不得拆分为均等份额，不设连续交易或集合竞价。".into(),
            "Rights pass by agreement, bidding for single lots, auction, tender and open licence. No right is split into equal shares, and there is no order book or call auction.".into(),
            "国发〔2011〕38号; 国办发〔2012〕37号",
        ),
        Profile::UnitMarket => say(
            "本场所另设许可份额订单簿，按价格优先、时间优先连续交易。".into(),
            "Beside agreements and single lots, units of licences trade on order books, by price and then time.".into(),
            "",
        ),
    }
    match &epoch.approval {
        Approval::None => {}
        Approval::Sandbox => say(
            "本板块为沙盒，所有成交均有标记，不构成真实交易。".into(),
            "This board is a sandbox: every print is marked, and none is a real trade.".into(),
            "",
        ),
        Approval::Demo => say(
            "本场所为演示市场：主体、资金与权利均属虚构，所有成交均有标记。".into(),
            "This is the demo market: participants, money and rights are made up, and every print is marked.".into(),
            "",
        ),
        Approval::Reference(reference) => say(
            format!("订单簿依据批准文件：{}。", reference.as_str()),
            format!("Order books run on this approval: {}.", reference.as_str()),
            reference.as_str(),
        ),
    }
    match &epoch.judicial_listing {
        Some(listing) => say(
            format!("本场所已列入司法处置平台名单，文号：{}。", listing.as_str()),
            format!("The venue is listed for courts' sales: {}.", listing.as_str()),
            "法释〔2016〕18号 2, 4, 5",
        ),
        None if epoch.approval.is_sandbox() => say(
            "本场所未列入司法处置平台名单：沙盒内的司法处置仅为演练。".into(),
            "The venue is not listed for courts' sales: those of the sandbox are play.".into(),
            "法释〔2016〕18号 2, 4, 5",
        ),
        None => say(
            "本场所未列入司法处置平台名单，不办理司法处置。".into(),
            "The venue is not listed for courts' sales, and holds none.".into(),
            "法释〔2016〕18号 2, 4, 5",
        ),
    }
    let (zh, en) = working_days(&epoch.calendar);
    say(zh, en, "");
    if let Some(cap) = numbers.holder_cap {
        say(
            format!(
                "同一产品的累计持有人不得超过{cap}人：发行与转让合并计算，退出者仍计入，代持与信托穿透计算；开放许可的被许可人不计入。"
            ),
            format!(
                "A product has at most {cap} holders over its whole life: issue and resale together, those who left included, nominees and trusts looked through. Takers of an open licence do not count."
            ),
            "国发〔2011〕38号; 国办发〔2012〕37号; 专利法 51",
        );
    }
    say(
        "作品须列明所持著作权种类，人身权不得挂牌；布图设计自申请或首次使用起保护十年，自创作起不逾十五年；许可收益须经债务人确认。".into(),
        "Of a work the rights held are named, personal rights never; a layout is protected for ten years from its filing or first use and never beyond fifteen from its creation; the debtor of a licence's income has acknowledged.".into(),
        "著作权法 10, 26-29; 集成电路布图设计保护条例 12; 民法典 546",
    );
    if numbers.lock_days > 0 {
        let days = numbers.lock_days;
        say(
            format!("同一投资者买入后卖出或卖出后买入同一产品，须间隔至少{days}个交易日。"),
            format!("Between buying and selling the same product, in either order, at least {days} trading days lie."),
            "国发〔2011〕38号",
        );
    }
    let days = numbers.extract_days;
    say(
        format!("权利挂牌前须核验：编号校验、{days}日内的登记簿副本及共有人名单。"),
        format!(
            "A right is offered once it is verified: its number, an extract of the register of at most {days} days, and its owners."
        ),
        "",
    );
    let (least, state) = (numbers.disclosure_days, numbers.state_disclosure_days);
    say(
        format!(
            "权利转让的信息披露期不少于{least}个工作日，国有权利不少于{state}个工作日。一方合格即协议成交，价格不低于挂牌价；多方合格即竞价，随时报价，价格优先、时间优先。"
        ),
        format!(
            "A sale of title is disclosed for at least {least} working days, {state} for what the State owns. One qualified party agrees at or above the ask; several bid, at any time, the best price first and then the earliest."
        ),
        "",
    );
    let days = numbers.priority_days;
    say(
        format!("优先权人在价格确定后{days}个工作日内可按同等条件受让；收到通知而未答复者视为放弃。"),
        format!(
            "Holders of priority may enter at the price within {days} working days; whoever was notified and stays silent has waived."
        ),
        "民法典 847, 860; 法释〔2016〕18号 16",
    );
    let days = numbers.step_days;
    say(
        format!("签约、付款、申请登记各限{days}个工作日。价款存管至登记机关核准：核准即付款过户，驳回即全额退款。"),
        format!(
            "Signing, paying in and filing take at most {days} working days each. The price is held until the office answers: recorded, title and money pass together; refused, the buyer has all of it back."
        ),
        "专利法 10; 商标法 42",
    );
    let months = numbers.recordal_months;
    say(
        format!("许可合同应在生效后{months}个月内备案。未约定许可方式的视为普通许可；在先许可不因转让受影响。"),
        format!(
            "A licence is filed for recordal within {months} months of taking effect. A licence of unstated kind is non-exclusive; earlier licences survive a transfer."
        ),
        "专利法实施细则 15; 法释〔2020〕19号 24, 25",
    );
    let (preservation, court) = (numbers.preservation_months, numbers.court_hold_months);
    say(
        format!(
            "专利财产保全每次不超过{preservation}个月，商标查封每次不超过{court}个月，期满自动失效；查封、保全期间不得转让、许可、出质。"
        ),
        format!(
            "A preservation order on a patent lasts at most {preservation} months, a court's hold on a trademark {court}; each lapses by itself. Meanwhile the right is neither sold, licensed nor pledged."
        ),
        "专利法实施细则 105; 商标权保全解释",
    );
    let months = numbers.grace_months;
    say(
        format!("年费、续展费逾期可在{months}个月内补缴，其间不得许可；届期未缴，权利终止。"),
        format!("Late dues may be paid within {months} months, without licences meanwhile; then the right ends."),
        "专利法实施细则; 商标法 40",
    );
    let (maker, taker) = (epoch.fees.maker.0, epoch.fees.taker.0);
    say(
        format!("订单簿成交手续费：挂单方{maker}个基点，吃单方{taker}个基点，向下取整至最小货币单位。"),
        format!(
            "A fill on an order book costs the resting side {maker} basis points and the arriving one {taker}, rounded down to the minor unit."
        ),
        "",
    );
    let (days, fall) = (numbers.press_days(), numbers.fall_pct());
    say(
        format!(
            "质押权利估值较设定时减少百分之{fall}以上的，质权人可要求补充担保，逾期未提供可提前处置；出质人请求行使质权后{days}日内未开立案件的，出质人可请求法院处置。"
        ),
        format!(
            "A pledgee asks for other security where pledged rights are worth {fall} per cent less than when they were pledged, and may sell early where none is given; where it opens no case within {days} days after a pledgor presses for a sale, the pledgor may ask a court."
        ),
        "民法典 433, 437",
    );
    let (days, alarm) = (numbers.proposal_days, numbers.alarm_days());
    say(
        format!(
            "涉及资金、权属、角色与规则的场内操作须两人办理；{days}日内无人复核的事项失效。受法定期限约束的事项至迟于期限届满时失效，失效前{alarm}个工作日提示。"
        ),
        format!(
            "What moves money, title, roles or rules takes two people of the venue; what nobody decides within {days} days lapses. What a legal deadline waits for lapses with it at the latest, and alarms {alarm} working days before it lapses."
        ),
        "",
    );
    articles
}

/// Where rights of a class are registered, and what registration does (RULES.md 2.1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Register {
    /// The class.
    pub(crate) class: String,
    /// Who registers titles.
    pub(crate) registrar: Detail,
    /// From when on a transfer is effective.
    pub(crate) transfer: Detail,
    /// What a licence needs.
    pub(crate) licence: Detail,
    /// Who registers pledges; nobody, where the right cannot be pledged.
    pub(crate) pledge_registrar: Option<Detail>,
    /// The law behind it.
    pub(crate) source: String,
}

/// A text in both languages.
fn both(zh: &str, en: &str) -> Detail {
    Detail {
        zh: zh.into(),
        en: en.into(),
    }
}

/// The registers, class by class.
pub(crate) fn registers() -> Vec<Register> {
    let cnipa = || both("国家知识产权局", "CNIPA");
    let registration = || both("登记之日", "when it is registered");
    let contract = || both("书面合同", "a written contract");
    let register = |class: &AssetClass| {
        let (registrar, transfer, licence, pledge, source) = match class {
            AssetClass::Patent => (
                cnipa(),
                both(
                    "登记之日；司法处置为裁定送达之日",
                    "when it is registered; by a court, when the ruling is served",
                ),
                both("生效后备案", "recordal after it takes effect"),
                Some(cnipa()),
                "专利法 10; 专利法实施细则 15; 法释〔2016〕18号 22",
            ),
            AssetClass::Trademark => (
                cnipa(),
                both("核准公告之日", "when its approval is published"),
                both(
                    "备案，未备案不得对抗善意第三人",
                    "recordal, without which it does not bind third parties in good faith",
                ),
                Some(cnipa()),
                "商标法 42, 43",
            ),
            AssetClass::Copyright => (
                both("著作权登记机构", "the copyright authority"),
                both("书面合同成立", "by written contract"),
                both(
                    "按权利种类、地域、期限约定；未明示的权利视为保留",
                    "by right, territory and term; what is unstated is withheld",
                ),
                Some(both("著作权登记机构", "the copyright authority")),
                "著作权法 26-29",
            ),
            AssetClass::GeographicalIndication => (
                cnipa(),
                both("不得转让", "barred by law"),
                both("限成员使用", "use by members alone"),
                None,
                "民法典 426",
            ),
            AssetClass::CircuitLayout => (
                cnipa(),
                registration(),
                contract(),
                Some(cnipa()),
                "集成电路布图设计保护条例 8, 22",
            ),
            AssetClass::LicenceIncome => (
                both("无", "none"),
                both(
                    "债权转让，通知债务人后对其生效",
                    "as an assigned claim, against the debtor once it was told",
                ),
                both("不适用", "not applicable"),
                Some(both(
                    "中国人民银行征信中心统一登记系统",
                    "the unified register of the PBoC's credit reference centre",
                )),
                "民法典 546; 担保制度解释 61",
            ),
            AssetClass::KnowHow => (both("无", "none"), both("依合同", "by contract"), contract(), None, ""),
        };
        Register {
            class: class.word().into(),
            registrar,
            transfer,
            licence,
            pledge_registrar: pledge,
            source: source.into(),
        }
    };
    AssetClass::ALL.iter().map(register).collect()
}

/// The SHA-256 of the articles as JSON, in hex: what a contract can refer to.
pub(crate) fn digest(articles: &[Article]) -> String {
    let text = serde_json::to_vec(articles).expect("articles are plain data");
    crate::proof::signing::hex(&Sha256::digest(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::rules::{Calendar, Fees};

    fn epoch(profile: Profile) -> Epoch {
        Epoch {
            rules_version: 2,
            profile,
            approval: Approval::None,
            fees: Fees::default(),
            calendar: Calendar::default(),
            judicial_listing: None,
        }
    }

    #[test]
    fn every_class_has_its_register() {
        let registers = registers();
        let of = |class: &str| registers.iter().find(|register| register.class == class).unwrap();
        assert_eq!(registers.len(), AssetClass::ALL.len());
        // RULES.md F7: claims are pledged at the central bank's register, which takes no title of intellectual
        // property.
        let banks: Vec<_> = registers
            .iter()
            .filter(|register| {
                register
                    .pledge_registrar
                    .as_ref()
                    .is_some_and(|registrar| registrar.en.contains("PBoC"))
            })
            .map(|register| register.class.as_str())
            .collect();
        assert_eq!(banks, ["licence_income"]);
        assert_eq!(of("geographical_indication").pledge_registrar, None);
        assert_eq!(of("patent").registrar.en, "CNIPA");
    }

    #[test]
    fn the_articles_say_what_the_numbers_say() {
        let epoch = epoch(Profile::CnVenue);
        let numbers = RuleBook::of(Profile::CnVenue);
        let before = articles(&epoch, &numbers);
        assert!(
            before
                .iter()
                .all(|article| !article.text.zh.is_empty() && !article.text.en.is_empty())
        );
        assert!(before.iter().map(|article| article.number).eq(1..=before.len() as u32));
        let named = |articles: &[Article], word: &str| articles.iter().any(|article| article.text.en.contains(word));
        assert!(named(&before, "at most 200 holders") && named(&before, "at least 5 trading days"));

        let stricter = RuleBook {
            lock_days: 6,
            holder_cap: None,
            ..numbers
        };
        let after = articles(&epoch, &stricter);
        assert!(named(&after, "at least 6 trading days") && !named(&after, "holders over its whole life"));
        assert_ne!(digest(&before), digest(&after));
        assert_eq!(digest(&before), digest(&articles(&epoch, &numbers)));
    }

    #[test]
    fn the_calendar_says_what_it_covers() {
        let said = |years: &[u16]| {
            let mut epoch = epoch(Profile::CnVenue);
            epoch.calendar.years = years.to_vec();
            let articles = articles(&epoch, &RuleBook::of(Profile::CnVenue));
            articles.into_iter().map(|article| article.text.en).collect::<String>()
        };
        assert!(said(&[]).contains("There is no calendar: Monday to Friday"));
        assert!(said(&[2026, 2027]).contains("covers 2026, 2027. A term that runs past it is refused"));
    }

    #[test]
    fn each_profile_says_its_own() {
        let of = |profile| articles(&epoch(profile), &RuleBook::of(profile));
        assert!(of(Profile::CnVenue)[0].text.zh.contains("不设连续交易"));
        assert!(of(Profile::UnitMarket)[0].text.zh.contains("订单簿"));
    }
}
