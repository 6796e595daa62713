//! What a handler gets of its request: who asks, since when, from where, and the body; and the parts of its address,
//! each with a problem where it is malformed.

use super::{arrival::Arrival, caller::Caller};
use crate::server::{
    door::limits::{Cost, Origin, Rates, Refusal, Standing},
    said::problem::{Fault, Problem},
};
use axum::{
    body::Bytes,
    extract::{FromRequestParts, Path, Query},
    http::request::Parts,
};
use serde::de::DeserializeOwned;
use std::{net::IpAddr, time::Instant};

/// The address a request came from; set by the listener. Without a listener (tests) it is the local machine.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub IpAddr);

/// What a handler gets of its request.
#[derive(Clone)]
pub(crate) struct Call {
    pub(crate) caller: Caller,
    pub(crate) arrival: Arrival,
    pub(crate) peer: IpAddr,
    pub(crate) body: Bytes,
}

impl Call {
    /// Charges the caller's key or user, or the address of a caller without one.
    pub(crate) fn charge(&self, rates: &Rates, cost: Cost) -> Result<Standing, Refusal> {
        match &self.caller {
            Caller::User(caller) | Caller::Limited(caller) => caller.charge(rates, cost),
            Caller::Anonymous => rates.charge_origin(Origin::from(self.peer), cost),
        }
    }
}

impl<S: Sync> FromRequestParts<S> for Call {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parts
            .extensions
            .get::<Self>()
            .cloned()
            .ok_or_else(|| Fault::Internal.into())
    }
}

/// The query, with a problem where it has unknown or malformed parameters.
pub(crate) struct Params<T>(pub(crate) T);

impl<S: Sync, T: DeserializeOwned> FromRequestParts<S> for Params<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        match Query::<T>::try_from_uri(&parts.uri) {
            Ok(Query(params)) => Ok(Self(params)),
            Err(rejection) => {
                let why = std::error::Error::source(&rejection).map(ToString::to_string);
                Err(Problem::from(Fault::QueryInvalid).hint(why.unwrap_or_default()))
            }
        }
    }
}

/// The one variable segment of a path.
pub(crate) struct Segment<T>(pub(crate) T);

impl<S: Send + Sync, T: std::str::FromStr> FromRequestParts<S> for Segment<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        // What cannot be a number or a symbol names nothing.
        let Path(text) = Path::<String>::from_request_parts(parts, state)
            .await
            .map_err(|_| Fault::NotFound)?;
        text.parse().map(Self).map_err(|_| Fault::NotFound.into())
    }
}

/// The moment a command's durable answer was there, beside its response: for the metrics.
#[derive(Clone, Copy)]
pub(crate) struct DurableAt(pub(crate) Instant);
