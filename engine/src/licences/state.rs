//! The licences that there are, and the standing offers to anyone.

use alloc::collections::BTreeMap;
use protocol::{
    AccountId, LicenceId, OpenLicenceId,
    licence::{Licence, OpenLicence},
};
use serde::{Deserialize, Serialize};

/// The licences and the open licences that there ever were.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Licensing {
    pub(crate) licences: BTreeMap<LicenceId, Licence>,
    pub(crate) open: BTreeMap<OpenLicenceId, OpenOffer>,
}

/// An offer to everyone, and the licensor's account that is paid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct OpenOffer {
    pub licence: OpenLicence,
    pub account: AccountId,
}
