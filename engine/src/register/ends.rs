//! When a right ends: as its register says, or by law (`protocol::term`), and never later than its law lets it. One
//! question, whether it is registered, verified or renewed.

use crate::{
    kit::checks::require,
    register::{entries::asset_key, right::Asset},
};
use protocol::{
    Date, Reject,
    asset::{AssetClass, RegisterAsset},
    term::{self, Known},
    title::PatentKind,
};

/// What has an end, and none that is known, is not verified.
pub(crate) fn check_ends(class: AssetClass, end: Option<Date>) -> Result<(), Reject> {
    require(end.is_some() || !term::ends(class), Reject::TermUnknown)
}

/// The end of a right that is registered with an extract.
pub(crate) fn end_of_new(asset: &RegisterAsset, kind: Option<PatentKind>) -> Result<Option<Date>, Reject> {
    let (class, office, key) = asset_key(asset)?;
    let known = Known {
        class,
        office,
        key: key.as_str(),
        kind,
        filed: asset.filed,
        granted: asset.granted,
    };
    end_of(&known, asset.expires)
}

fn end_of(known: &Known<'_>, said: Option<Date>) -> Result<Option<Date>, Reject> {
    let within = |end: Date| term::latest(known).is_none_or(|latest| end <= latest);
    require(said.is_none_or(within), Reject::DatesInvalid)?;
    Ok(said.or_else(|| term::by_law(known)))
}

impl Asset {
    /// The end of a right that was granted then, where its register says this.
    pub(crate) fn end_when(&self, granted: Option<Date>, said: Option<Date>) -> Result<Option<Date>, Reject> {
        let known = Known {
            class: self.class,
            office: self.office,
            key: self.number.as_str(),
            kind: self.kind,
            filed: self.filed,
            granted,
        };
        let end = end_of(&known, said)?;
        let within = |latest: Date| end.is_some_and(|end| end <= latest);
        require(self.latest_end().is_none_or(within), Reject::DatesInvalid)?;
        Ok(end)
    }
}
