//! What an approval of a proposal would do: read beside its record, as of now.
//!
//! What always holds: who may not read the proposal reads nothing of it here; and whoever reads by office what another's
//! account holds is noted, as at the account's own address.

use super::{
    page::{Fresh, json},
    reading, records,
};
use crate::{
    json::Described,
    server::{
        core::{
            call::{Call, Params, Segment},
            state::State,
        },
        said::{
            effects::{BalanceAfter, Effect, Effects},
            problem::Problem,
            responses::ReadProblems,
        },
    },
};
use axum::{extract::State as Shared, response::Response};
use market_data::records::{Key, Kind, Told};
use protocol::{Record, Reject, control::ProposalState, wire::decode_alone};
use serde::Serialize;
use utoipa::ToSchema;

type StateJson = Described<ProposalState>;

/// What an approval of a proposal would do.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProposalEffects {
    proposal_id: u64,
    state: StateJson,
    /// The name of the command that is proposed.
    op: &'static str,
    /// The last command that this is told behind: what is given after it may change what an approval does.
    applied_seq: u64,
    /// What it does, and whom and what it names; its sums where they stand in the command or in what it names.
    does: Vec<Effect>,
    /// What the accounts come to whose cash or units it moves, where the caller may see them; none once it was decided.
    balances: Vec<BalanceAfter>,
}

/// What an approval of a proposal would do as things stand, in both languages, with its sums and what the accounts hold
/// then. No trial run: what the core would refuse, it refuses when it is approved.
#[utoipa::path(
    get, path = "/v1/proposals/{id}/effects", operation_id = "get_proposal_effects", tag = "proposals",
    extensions(
        ("x-chinese" = json!("按现状批准一项待复核事项将产生的效果：中英文说明、所涉金额，及可查阅账户届时的余额。并非试运行，能否执行以批准时为准。")),
        ("x-codes" = json!(["UNKNOWN_PROPOSAL"]))
    ),
    params(("id" = u64, Path, description = "The proposal"), Fresh),
    responses((status = 200, description = "What it would do", body = ProposalEffects), ReadProblems), security(("signature" = []))
)]
pub(crate) async fn effects(
    Shared(state): Shared<State>,
    call: Call,
    Segment(id): Segment<u64>,
    Params(query): Params<Fresh>,
) -> Result<Response, Problem> {
    let reader = call.caller.reader()?;
    super::page::fresh(&state, &call, query.min_seq).await?;
    // The record first: who may read it, and that it was read by office.
    records::shown(&state, &call, "proposals", id).await?;
    let applied_seq = state.market.applied().0;
    let told = state.market.records().get(Key::new(Kind::Proposal, id)).cloned();
    let told = told.ok_or(Reject::UnknownProposal)?;
    let Told::Record(Record::Proposal(proposal)) = &told.told else {
        return Err(Reject::UnknownProposal.into());
    };
    let command = decode_alone(&proposal.encoded.0).map_err(|_| Reject::UnknownProposal)?;
    let stands = proposal.state == ProposalState::Open;
    let found = Effects::of(&command, proposal.entity, stands, &state.market, reader);
    if !found.others.is_empty() {
        reading::note(&state, &call, found.others, &format!("/v1/proposals/{id}/effects")).await?;
    }
    Ok(json(&ProposalEffects {
        proposal_id: id,
        state: proposal.state.into(),
        op: command.op().name(),
        applied_seq,
        does: found.lines,
        balances: found.balances,
    }))
}
