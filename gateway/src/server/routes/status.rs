//! How the server stands: for machines that watch it.

use crate::server::{
    core::state::State,
    said::{problem::Problem, responses::ReadProblems},
};
use axum::extract::State as Shared;

/// Whether the process is alive.
#[utoipa::path(
    get, path = "/healthz", operation_id = "get_health", tag = "status",
    extensions(("x-chinese" = json!("进程是否存活。"))),
    responses((status = 200, description = "It is", content_type = "text/plain", body = String), ReadProblems)
)]
pub(crate) async fn healthz() -> &'static str {
    "ok\n"
}

/// Whether an order is taken: not before the journal was replayed and the views show what fell due meanwhile, nor
/// after it failed, nor while the disk is full or the journal has no room yet, nor while the demo market is filled; nor,
/// for whoever waits for a lot, while time stands still.
#[utoipa::path(
    get, path = "/readyz", operation_id = "get_readiness", tag = "status",
    extensions(("x-chinese" = json!("是否受理委托：日志尚未重放完毕或视图尚未反映其间到期事项、日志故障、磁盘已满或日志空间未备妥、演示市场正在填充时，均不受理；时间停滞期间，对等候竞价标的者亦不受理。"))),
    responses(
        (status = 200, description = "They are", content_type = "text/plain", body = String),
        ReadProblems,
    )
)]
pub(crate) async fn readyz(Shared(state): Shared<State>) -> Result<&'static str, Problem> {
    state.ready().map(|()| "ready\n")
}
