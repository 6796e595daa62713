//! The one table of the rules: which roles a command's rule lets in, and what reads ask. Scopes stand in the roll of
//! commands, signatures in the documents; they are not repeated here.

use serde_json::{Value, json};

/// What is said to who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Says {
    /// It is refused with this code.
    No(&'static str),
    /// Its role and its key let it in: what becomes of it is not for them to say.
    Yes,
    /// Its key lets it in; whether it may is said by what it is about.
    ByIt,
    /// What it is about is looked for first; there is no such thing, so nothing is done.
    NotDone,
}

/// Whom a command's rule lets in.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Who {
    /// Users of these roles; anyone else is told so before anything is looked at.
    Roles(&'static [&'static str]),
    /// Who it is depends on what it is about, which is looked for first.
    OfIt,
}

/// Those who deal in rights: they may have titles, loans and claims.
const PARTIES: &[&str] = &["trader", "bank", "firm", "guarantor", "investor", "insurer", "fund"];
/// The same, and the operators, who stand in for them on paper.
const PARTIES_OR_OPERATOR: &[&str] = &[
    "trader",
    "bank",
    "firm",
    "guarantor",
    "investor",
    "insurer",
    "fund",
    "operator",
];
/// Those who may have a title.
const OWNERS: &[&str] = &["trader", "bank", "firm", "investor", "fund"];

impl Who {
    /// The roles that are named.
    pub(crate) fn roles(&self) -> &'static [&'static str] {
        match self {
            Self::Roles(roles) => roles,
            Self::OfIt => &[],
        }
    }

    /// What a user of this role is told.
    pub(crate) fn say(&self, role: &str) -> Says {
        match self {
            Self::Roles(roles) if roles.contains(&role) => Says::Yes,
            Self::Roles(_) => Says::No("NOT_PERMITTED"),
            // What is there for all, operators may act on.
            Self::OfIt if role == "operator" => Says::ByIt,
            Self::OfIt => Says::NotDone,
        }
    }
}

/// Who gives which command.
pub(crate) const GIVEN_BY: &[(Who, &[&str])] = &[
    (
        Who::Roles(&["operator"]),
        &[
            "answer_pledge",
            "approve_withdrawal",
            "audit_consumption",
            "cash_in",
            "cash_out",
            "change_pledge",
            "decide_pool_claim",
            "describe_entity",
            "describe_right",
            "epoch",
            "link_marks",
            "open_account",
            "open_measure",
            "open_pool",
            "qualify_interest",
            "record_dues",
            "record_export_check",
            "record_valuation",
            "refuse_withdrawal",
            "register_entity",
            "register_key",
            "register_user",
            "set_appraiser",
            "set_buyer_rules",
            "set_pool_figures",
            "set_rule_book",
            "settle_default",
            "verify_asset",
            "withhold_text",
        ],
    ),
    (
        Who::Roles(PARTIES_OR_OPERATOR),
        &[
            "agree_correction",
            "apply_for_subsidy",
            "apply_proceeds",
            "ask_security",
            "assign_claim",
            "cancel_withdrawal",
            "claim_on_pool",
            "correct_distribution",
            "cure_default",
            "declare_default",
            "distribute_proceeds",
            "end_conversion",
            "end_disposal",
            "end_pool_loan",
            "end_put",
            "enrol_loan",
            "file_pledge",
            "fix_claim",
            "mend_pledge",
            "name_approvers",
            "name_connected_buyer",
            "open_disposal",
            "press_for_sale",
            "propose",
            "propose_conversion",
            "propose_plan",
            "propose_reverse_licence",
            "record_bankruptcy",
            "record_claim_fact",
            "record_conversion_step",
            "record_demand",
            "record_guarantor",
            "record_npl",
            "record_recovery",
            "record_repayment",
            "record_upkeep",
            "release_for_sale",
            "release_pledge",
            "request_withdrawal",
            "settle_security",
            "sign_plan",
            "sign_pledge",
            "substitute_pledge",
            "terminate_reverse_licence",
            "withdraw_pledge",
            "withdraw_subsidy",
            "withdraw_suit",
        ],
    ),
    (
        Who::Roles(PARTIES),
        &[
            "agree_below",
            "agree_in_disposal",
            "agree_put",
            "agree_taking",
            "consent_connected_buyer",
            "consent_reverse_licence",
            "insure_loan",
            "name_deputy",
            "pay_guarantee",
            "pay_insurance",
            "pay_reverse_fee",
            "re_guarantee",
            "settle_reverse_licence",
            "set_dual_control",
            "sign_put",
        ],
    ),
    (
        Who::Roles(&["trader", "bank", "firm", "investor", "fund", "operator"]),
        &["answer_question"],
    ),
    (
        Who::Roles(OWNERS),
        &[
            "ask_lot",
            "exercise_put",
            "give_consent",
            "give_pledge_consent",
            "revoke_pledge_consent",
            "withdraw_consent",
        ],
    ),
    (
        Who::Roles(&["bank"]),
        &[
            "correct_branch_books",
            "draw_officer_file",
            "record_duty_step",
            "tell_branch_books",
        ],
    ),
    (Who::Roles(&["bank", "operator"]), &["register_loan"]),
    (
        Who::Roles(&["firm", "operator"]),
        &["register_asset", "register_rights"],
    ),
    (Who::Roles(&["court", "operator"]), &["place_hold"]),
    (Who::Roles(&["fund", "operator"]), &["decide_subsidy"]),
    (
        Who::OfIt,
        &[
            "accept_licence",
            "admit_parties",
            "announce_lot",
            "annul_lot",
            "answer_priority",
            "answer_recordal",
            "approve",
            "ask_open_licence",
            "bid_lot",
            "bid_transfer",
            "buy_lot",
            "cancel_order",
            "cancel_transfer",
            "change_asset",
            "close_tranche",
            "commit_bid",
            "confirm_lot",
            "end_disclosure",
            "enter_lot",
            "express_interest",
            "file_recordal",
            "fund_escrow",
            "indicate_interest",
            "issue_units",
            "lift_hold",
            "list_transfer",
            "list_units",
            "negotiate_lot",
            "offer_licence",
            "open_tranche",
            "pause_lot",
            "pay_licence",
            "pay_lot",
            "place_order",
            "record_licence",
            "refuse",
            "report_consumption",
            "resume_lot",
            "reveal_bid",
            "revoke_key",
            "serve_ruling",
            "set_audience",
            "set_maximum",
            "set_trading",
            "set_unit_contract",
            "sign_contract",
            "subscribe_tranche",
            "take_at_reserve",
            "take_open_licence",
            "terminate_licence",
            "translate_title",
            "withdraw_interest",
            "withdraw_licence",
            "withdraw_lot",
            "withdraw_open_licence",
        ],
    ),
];

/// Whom the rule of this command lets in.
///
/// # Panics
/// Where the table does not name it.
pub(crate) fn who_gives(op: &str) -> Who {
    let row = GIVEN_BY.iter().find(|(_, ops)| ops.contains(&op));
    row.unwrap_or_else(|| panic!("nobody is named who gives {op}")).0
}

/// What a read says to a key of this scope. What is somebody's needs the scope; what is everybody's does not ask for it,
/// and shows who lacks it what it shows to anybody.
pub(crate) fn said_to_reader(operation: &str, is_signed: bool, scope: &str) -> Says {
    // Its numbers are the caller's own: another's numbers would take their place.
    let is_own = is_signed || operation == "list_changes";
    match scope {
        "read" => Says::ByIt,
        _ if is_own => Says::No("SCOPE_MISSING"),
        _ => Says::ByIt,
    }
}

/// What is said to a key of a role and a scope.
pub(crate) type OfKey = fn(&str, &str) -> Says;

/// Of how people sign in: the body with which it is asked, and what it says to a key. None where it is something else.
pub(crate) fn of_sign_in(operation: &str) -> Option<(Value, OfKey)> {
    // A session does what its user's roles allow; a key that has less of that sets no password.
    let as_much: OfKey = |role, scope| {
        let reads_alone = role.starts_with("agency_") || ["regulator", "data_consumer"].contains(&role);
        match scope {
            "read" if reads_alone => Says::ByIt,
            _ => Says::No("SCOPE_MISSING"),
        }
    };
    let by_operators: OfKey = |role, scope| match (role, scope) {
        ("operator", "admin") => Says::Yes,
        (_, "admin") => Says::No("NOT_PERMITTED"),
        _ => Says::No("SCOPE_MISSING"),
    };
    let in_a_session: OfKey = |_, _| Says::No("SESSION_NEEDED");
    let by_it: OfKey = |_, _| Says::ByIt;
    let credentials = json!({ "login": "somebody", "password": "correct horse battery" });
    Some(match operation {
        "sign_in" => (credentials, by_it),
        "enrol" => {
            let mut body = credentials;
            body["code"] = "ABCD-EFGH-IJKL-MNOP".into();
            (body, by_it)
        }
        "sign_in_to_demo" => (json!({ "name": "ana" }), by_it),
        "get_session" | "list_sessions" | "sign_out_everywhere" => (json!({}), by_it),
        "set_credentials" => (credentials, as_much),
        "remove_second_factor" => (json!({}), as_much),
        "give_enrolment" => (json!({}), by_operators),
        "begin_second_factor" => (json!({ "password": "correct horse battery" }), in_a_session),
        "confirm_second_factor" => (json!({ "code": "123456" }), in_a_session),
        "sign_out" => (json!({}), in_a_session),
        _ => return None,
    })
}

/// Whether users of this role read what belongs to others.
pub(crate) fn reads_all(role: &str) -> bool {
    ["operator", "regulator"].contains(&role)
}
