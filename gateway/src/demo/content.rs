//! What the demo market is made of. Every name, code and number is made up; their check digits hold.

use protocol::{
    BasisPoints,
    party::{EntityKind, Roles, Scopes},
    rules::Fees,
};

/// What a fill costs.
pub(super) const FEES: Fees = Fees {
    maker: BasisPoints(10),
    taker: BasisPoints(20),
};

/// A participant with one user, one account and, but for the desks, one key.
pub(super) struct Participant {
    /// The name of its key file.
    pub(super) name: &'static str,
    /// Its registered name.
    pub(super) registered: &'static str,
    pub(super) kind: EntityKind,
    /// A unified social credit code, or a LEI of 20 characters.
    pub(super) legal_id: &'static str,
    pub(super) roles: Roles,
    /// What its key may do; none: no key.
    pub(super) scopes: Scopes,
    /// Its cash at the start, in yuan.
    pub(super) yuan: i64,
    /// How many units of each right it buys from the owner at the start.
    pub(super) units: i64,
}

const READ_TRADE: Scopes = Scopes::READ.with(Scopes::TRADE);
const FIRM: Roles = Roles::FIRM.with(Roles::TRADER);
const FIRM_SCOPES: Scopes = READ_TRADE.with(Scopes::LIST);

/// The participants, in the order of their admission.
pub(super) const PARTICIPANTS: [Participant; 12] = [
    Participant {
        name: BANK,
        registered: "深圳示范银行股份有限公司",
        kind: EntityKind::Bank,
        legal_id: "91440300MA5DEM0019",
        roles: Roles::BANK,
        scopes: FIRM_SCOPES,
        yuan: 0,
        units: 0,
    },
    Participant {
        name: "firm-a",
        registered: "深圳市云杉示范科技有限公司",
        kind: EntityKind::Company,
        legal_id: "91440300MA5DEM002C",
        roles: FIRM,
        scopes: FIRM_SCOPES,
        yuan: 1_000_000,
        units: 0,
    },
    Participant {
        name: "firm-b",
        registered: "深圳市海岸示范新材料有限公司",
        kind: EntityKind::Company,
        legal_id: "91440300MA5DEM003F",
        roles: FIRM,
        scopes: FIRM_SCOPES,
        yuan: 1_000_000,
        units: 0,
    },
    Participant {
        name: "firm-c",
        registered: "深圳市岭南示范医疗器械有限公司",
        kind: EntityKind::Company,
        legal_id: "91440300MA5DEM004J",
        roles: FIRM,
        scopes: FIRM_SCOPES,
        yuan: 1_000_000,
        units: 0,
    },
    Participant {
        name: "ana",
        registered: "深圳市安娜示范投资有限公司",
        kind: EntityKind::Company,
        legal_id: "91440300MA5DEM005M",
        roles: Roles::TRADER,
        scopes: READ_TRADE,
        yuan: 20_000_000,
        units: 1_000,
    },
    Participant {
        name: "bo",
        registered: "Bo Demonstration Fund Ltd",
        kind: EntityKind::Fund,
        legal_id: "00DEMXZHIHENGBX00190",
        roles: Roles::TRADER,
        scopes: READ_TRADE,
        yuan: 20_000_000,
        units: 1_000,
    },
    Participant {
        name: "desk-1",
        registered: "深圳示范做市一号有限公司",
        kind: EntityKind::Company,
        legal_id: "91440300MA5DEM006Q",
        roles: Roles::TRADER,
        scopes: Scopes::NONE,
        yuan: 500_000_000,
        units: 20_000,
    },
    Participant {
        name: "desk-2",
        registered: "深圳示范做市二号有限公司",
        kind: EntityKind::Company,
        legal_id: "91440300MA5DEM007U",
        roles: Roles::TRADER,
        scopes: Scopes::NONE,
        yuan: 500_000_000,
        units: 20_000,
    },
    Participant {
        name: BIDDERS[0],
        registered: "深圳市海角示范控股有限公司",
        kind: EntityKind::Company,
        legal_id: "91440300MA5DEM008Y",
        roles: FIRM,
        scopes: Scopes::NONE,
        yuan: 50_000_000,
        units: 0,
    },
    Participant {
        name: BIDDERS[1],
        registered: "深圳市天涯示范投资有限公司",
        kind: EntityKind::Company,
        legal_id: "91440300MA5DEM0092",
        roles: FIRM,
        scopes: Scopes::NONE,
        yuan: 50_000_000,
        units: 0,
    },
    Participant {
        name: GUARANTOR,
        registered: "深圳示范融资担保有限公司",
        kind: EntityKind::Company,
        legal_id: "91440300MA5DEM0107",
        roles: Roles::GUARANTOR,
        scopes: READ_TRADE,
        yuan: 5_000_000,
        units: 0,
    },
    Participant {
        name: "fund",
        registered: "深圳示范知识产权收储基金",
        kind: EntityKind::Fund,
        legal_id: "91440300MA5DEM011A",
        roles: Roles::FUND,
        scopes: READ_TRADE,
        yuan: 20_000_000,
        units: 0,
    },
];

/// The supervisor of the demo: reads and audits, and has no part in any deal.
pub(super) const REGULATOR: Participant = Participant {
    name: "regulator",
    registered: "深圳示范金融监督管理局",
    kind: EntityKind::PublicBody,
    legal_id: "11440300MB5DEM012P",
    roles: Roles::REGULATOR,
    scopes: Scopes::READ,
    yuan: 0,
    units: 0,
};

/// The second people of participants, each with a key like that of the first: by its key file's name, and of whom.
pub(super) const SECONDS: [(&str, &str); 1] = [("bank-2", BANK)];

/// Who lends, who stands in for a debtor, and whose patents are pledged for a loan that runs.
pub(super) const BANK: &str = "bank";
pub(super) const GUARANTOR: &str = "guarantor";
pub(super) const PLEDGOR: &str = "firm-c";

/// Who sells in the auction room, and who bids there.
pub(super) const SELLER: &str = "firm-b";
pub(super) const BIDDERS: [&str; 2] = ["bidder-1", "bidder-2"];
/// The titles of what is sold there; no other right has one of them.
pub(super) const AUCTIONED: [&str; 6] = [
    "一种光伏组件的清洁机器人及控制方法",
    "一种工业相机的在线标定方法",
    "一种低功耗语音唤醒芯片",
    "一种可降解包装膜及其制备方法",
    "一种换电站的电池调度方法",
    "一种水下机器人的推进装置",
];

/// The first of what is sold there: pledged for a loan that is in default.
pub(super) const AUCTIONED_FIRST: Right<'_> = Right {
    number: "201910000001.9",
    title: AUCTIONED[1],
    owner: SELLER,
    ipc: "G06Q 50/18",
    filed: (2019, 4, 16),
    granted: (2021, 8, 24),
    fair: 0,
};

/// What the rights of the demo are called in English.
const IN_ENGLISH: [(&str, &str); 23] = [
    (
        "一种光伏组件的清洁机器人及控制方法",
        "Cleaning robot for photovoltaic modules, and control method",
    ),
    (
        "一种工业相机的在线标定方法",
        "Online calibration method for an industrial camera",
    ),
    ("一种低功耗语音唤醒芯片", "Low-power voice wake-up chip"),
    (
        "一种可降解包装膜及其制备方法",
        "Degradable packaging film, and method for preparing it",
    ),
    (
        "一种换电站的电池调度方法",
        "Battery scheduling method for a battery swap station",
    ),
    ("一种水下机器人的推进装置", "Propulsion device for an underwater robot"),
    (
        "一种锂电池组的热失控预警方法及装置",
        "Method and device for early warning of thermal runaway in a lithium battery pack",
    ),
    (
        "一种毫米波雷达的目标跟踪方法及系统",
        "Target tracking method and system for millimetre-wave radar",
    ),
    (
        "一种注塑模具的随形冷却水路结构",
        "Conformal cooling channel structure for an injection mould",
    ),
    (
        "一种可吸收骨钉的制备方法",
        "Method for preparing an absorbable bone screw",
    ),
    (
        "一种内窥镜的图像去雾方法及系统",
        "Image defogging method and system for an endoscope",
    ),
    (
        "一种多旋翼无人机的避障方法及系统",
        "Obstacle avoidance method and system for a multirotor drone",
    ),
    (
        "基于知识图谱的专利检索方法及装置",
        "Method and device for patent search based on a knowledge graph",
    ),
    (
        "一种毫米波天线阵列及其校准方法",
        "Millimetre-wave antenna array, and calibration method for it",
    ),
    (
        "一种低时延视频编码方法及终端",
        "Low-latency video coding method, and terminal",
    ),
    (
        "一种高镍正极材料及其制备方法",
        "High-nickel cathode material, and method for preparing it",
    ),
    (
        "一种固态电解质膜及锂电池",
        "Solid electrolyte membrane, and lithium battery",
    ),
    ("一种柔性显示屏用聚酰亚胺薄膜", "Polyimide film for a flexible display"),
    (
        "一种石墨烯导热膜的卷对卷制备设备",
        "Roll-to-roll equipment for preparing a graphene heat-conducting film",
    ),
    ("一种可穿戴心电监测装置", "Wearable electrocardiogram monitoring device"),
    (
        "一种超声弹性成像的信号处理方法",
        "Signal processing method for ultrasound elastography",
    ),
    (
        "一种手术机器人的末端力反馈控制方法",
        "Control method for end-effector force feedback of a surgical robot",
    ),
    ("一种核酸快速提取试剂盒", "Kit for rapid nucleic acid extraction"),
];

/// What a right of this title is called in English, if it is one of the demo's.
pub(super) fn in_english(title: &str) -> Option<&'static str> {
    let found = IN_ENGLISH.iter().find(|(chinese, _)| *chinese == title);
    found.map(|(_, english)| *english)
}

/// A patent of the demo.
pub(super) struct Right<'a> {
    /// Its application number.
    pub(super) number: &'a str,
    pub(super) title: &'a str,
    /// The name of its owner among the participants.
    pub(super) owner: &'a str,
    pub(super) ipc: &'a str,
    pub(super) filed: (i32, u32, u32),
    pub(super) granted: (i32, u32, u32),
    /// What a unit is thought to be worth at the start, in fen; a multiple of [`TICK`].
    pub(super) fair: i64,
}

/// The rights of the registry: one is licensed, one is sold and waits for the office, one is under an open licence.
pub(super) const REGISTERED: [Right<'_>; 3] = [
    Right {
        number: "202010417731.1",
        title: "一种锂电池组的热失控预警方法及装置",
        owner: "firm-a",
        ipc: "H01M 10/48",
        filed: (2020, 5, 18),
        granted: (2022, 9, 6),
        fair: 0,
    },
    Right {
        number: "202110528842.4",
        title: "一种毫米波雷达的目标跟踪方法及系统",
        owner: "firm-a",
        ipc: "G01S 13/72",
        filed: (2021, 5, 14),
        granted: (2023, 11, 21),
        fair: 0,
    },
    Right {
        number: "202210639953.7",
        title: "一种注塑模具的随形冷却水路结构",
        owner: "firm-a",
        ipc: "B29C 45/73",
        filed: (2022, 6, 8),
        granted: (2024, 4, 2),
        fair: 0,
    },
];

/// The rights that are pledged for a loan that runs.
pub(super) const PLEDGED: [Right<'_>; 2] = [
    Right {
        number: "202010512233.5",
        title: "一种可吸收骨钉的制备方法",
        owner: PLEDGOR,
        ipc: "A61L 31/14",
        filed: (2020, 6, 8),
        granted: (2022, 7, 12),
        fair: 0,
    },
    Right {
        number: "202110644870.2",
        title: "一种内窥镜的图像去雾方法及系统",
        owner: PLEDGOR,
        ipc: "A61B 1/04",
        filed: (2021, 6, 10),
        granted: (2023, 8, 15),
        fair: 0,
    },
];

/// The tick of every book, in fen.
pub(super) const TICK: i64 = 5;
/// The largest order, in units.
pub(super) const ORDER_MAX: i64 = 50_000;
/// How many units of each right there are.
pub(super) const SUPPLY: i64 = 100_000;

/// The rights, in the order of their listing.
pub(super) const RIGHTS: [Right<'_>; 12] = [
    Right {
        number: "201810731204.0",
        title: "一种多旋翼无人机的避障方法及系统",
        owner: "firm-a",
        ipc: "G05D 1/10",
        filed: (2018, 7, 5),
        granted: (2021, 3, 16),
        fair: 12_000,
    },
    Right {
        number: "201910513777.0",
        title: "基于知识图谱的专利检索方法及装置",
        owner: "firm-a",
        ipc: "G06F 16/36",
        filed: (2019, 6, 14),
        granted: (2022, 3, 8),
        fair: 8_650,
    },
    Right {
        number: "201910882471.2",
        title: "一种毫米波天线阵列及其校准方法",
        owner: "firm-a",
        ipc: "H01Q 21/00",
        filed: (2019, 9, 18),
        granted: (2021, 11, 30),
        fair: 23_400,
    },
    Right {
        number: "202010146390.9",
        title: "一种低时延视频编码方法及终端",
        owner: "firm-a",
        ipc: "H04N 19/42",
        filed: (2020, 3, 5),
        granted: (2022, 8, 2),
        fair: 15_800,
    },
    Right {
        number: "202010957721.7",
        title: "一种高镍正极材料及其制备方法",
        owner: "firm-b",
        ipc: "H01M 4/525",
        filed: (2020, 9, 11),
        granted: (2022, 12, 20),
        fair: 31_250,
    },
    Right {
        number: "202110283356.0",
        title: "一种固态电解质膜及锂电池",
        owner: "firm-b",
        ipc: "H01M 10/0562",
        filed: (2021, 3, 16),
        granted: (2023, 5, 9),
        fair: 28_900,
    },
    Right {
        number: "202110764018.9",
        title: "一种柔性显示屏用聚酰亚胺薄膜",
        owner: "firm-b",
        ipc: "C08J 5/18",
        filed: (2021, 7, 6),
        granted: (2023, 9, 26),
        fair: 6_700,
    },
    Right {
        number: "202111402987.6",
        title: "一种石墨烯导热膜的卷对卷制备设备",
        owner: "firm-b",
        ipc: "C01B 32/184",
        filed: (2021, 11, 19),
        granted: (2024, 1, 23),
        fair: 4_450,
    },
    Right {
        number: "202210195542.3",
        title: "一种可穿戴心电监测装置",
        owner: "firm-c",
        ipc: "A61B 5/318",
        filed: (2022, 3, 1),
        granted: (2023, 12, 12),
        fair: 9_900,
    },
    Right {
        number: "202210873160.1",
        title: "一种超声弹性成像的信号处理方法",
        owner: "firm-c",
        ipc: "A61B 8/08",
        filed: (2022, 7, 22),
        granted: (2024, 6, 18),
        fair: 18_300,
    },
    Right {
        number: "202310061473.1",
        title: "一种手术机器人的末端力反馈控制方法",
        owner: "firm-c",
        ipc: "A61B 34/30",
        filed: (2023, 1, 20),
        granted: (2025, 2, 11),
        fair: 42_000,
    },
    Right {
        number: "202310550829.8",
        title: "一种核酸快速提取试剂盒",
        owner: "firm-c",
        ipc: "C12N 15/10",
        filed: (2023, 5, 16),
        granted: (2025, 4, 29),
        fair: 7_350,
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::{Bounded, Date, identifiers};

    #[test]
    fn every_identifier_holds() {
        for participant in PARTICIPANTS.iter().chain([&REGULATOR]) {
            let id = participant.legal_id;
            assert!(identifiers::uscc(id) == Some(true) || identifiers::lei(id), "{id}");
        }
        let rights = || {
            let listed = RIGHTS.iter().chain(&REGISTERED).chain(&PLEDGED);
            listed.chain([&AUCTIONED_FIRST])
        };
        let titles = rights().map(|right| right.title);
        for right in rights() {
            assert!(identifiers::cn_application(right.number), "{}", right.number);
            assert!(identifiers::ipc(right.ipc), "{}", right.ipc);
            let date = |(y, m, d)| Date::from_civil(y, m, d).unwrap();
            assert!(date(right.filed) < date(right.granted));
            assert!(PARTICIPANTS.iter().any(|participant| participant.name == right.owner));
            assert_eq!(right.fair % TICK, 0);
        }
        for title in AUCTIONED.iter().copied().chain(titles) {
            let english = in_english(title).unwrap();
            assert!(
                english.is_ascii() && Bounded::<500, true>::new(english).is_some(),
                "{title}"
            );
        }
        let bought: i64 = PARTICIPANTS.iter().map(|participant| participant.units).sum();
        assert!(bought < SUPPLY);
    }
}
