//! Disposal: who is paid is agreed before, a default has one case, and what its sales bring is held until it is paid out
//! by the plan (RULES.md 2.8; PLEDGES.md 4; 民法典 436 to 438).

pub(crate) mod cases;
pub(crate) mod claimed;
pub(crate) mod connected;
pub(crate) mod correct;
pub(crate) mod early;
pub(crate) mod enough;
pub(crate) mod equity;
pub(crate) mod life;
pub(crate) mod payout;
pub(crate) mod plans;
pub(crate) mod pressing;
pub(crate) mod puts;
pub(crate) mod reverse;
pub(crate) mod reverse_life;
pub(crate) mod reverse_steps;
pub(crate) mod settling;
pub(crate) mod sound;
pub(crate) mod takings;
