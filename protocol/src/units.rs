//! Units. The type carries the unit, its doc the scale; arithmetic is named and checked, there are no bare operators.
//!
//! The bounds are chosen so that the product of any valid price and quantity, with a fee of 100 %, fits an `i64`:
//! no amount that passed its check can overflow later.

use crate::{
    describe::{Describe, Field, Object, Shape, words},
    text::{Unreadable, text_for_people},
};
use core::{fmt, str::FromStr};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// The highest price of one unit, in the currency's minor unit: 40 million yuan. Fits a `u32`.
pub const PRICE_MAX: i64 = 4_000_000_000;
/// The largest quantity of an order, a holding or a supply, in units. Fits a `u32`.
pub const QUANTITY_MAX: i64 = 1_000_000_000;
/// The most cash that may exist in one currency, in its minor unit. As no account can hold more than there is, no
/// balance can overflow.
pub const MONEY_MAX: i64 = 9_000_000_000_000_000_000;
/// One hundred per cent, in basis points.
pub const BASIS_POINTS_ONE: u16 = 10_000;

const _: () = assert!(PRICE_MAX <= u32::MAX as i64);
const _: () = assert!(QUANTITY_MAX <= u32::MAX as i64);
const _: () = assert!(PRICE_MAX.checked_mul(QUANTITY_MAX).is_some());
const _: () = assert!(2 * PRICE_MAX as i128 * QUANTITY_MAX as i128 <= MONEY_MAX as i128);

/// Money in its currency's minor unit (fen for CNY). Never negative in a balance. To people a decimal text in the scale
/// of a currency that is told beside it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Money(i64);

impl Money {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// An amount of `minor` minor units.
    pub const fn from_minor(minor: i64) -> Self {
        Self(minor)
    }

    /// The amount in minor units.
    pub const fn minor(self) -> i64 {
        self.0
    }

    /// `self + other`, or `None` on overflow.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    /// `self - other`, or `None` where less than nothing would remain.
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        match self.0.checked_sub(other.0) {
            Some(rest) if rest >= 0 => Some(Self(rest)),
            _ => None,
        }
    }

    /// `self + other`. An overflow is our fault, not a participant's: panics.
    pub fn plus(self, other: Self) -> Self {
        self.checked_add(other).expect("money overflows")
    }

    /// `self - other`. A negative result is our fault, not a participant's: panics.
    pub fn minus(self, other: Self) -> Self {
        self.checked_sub(other).expect("money below zero")
    }
}

impl Describe for Money {
    const SHAPE: Shape = Decimal::SHAPE;
}

/// The price of one unit, in the currency's minor unit: 1 to [`PRICE_MAX`] in a valid order. To people a decimal text
/// in the scale of its instrument's currency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Price(i64);

impl Price {
    /// A price of `minor` minor units a unit.
    pub const fn from_minor(minor: i64) -> Self {
        Self(minor)
    }

    /// The price in minor units.
    pub const fn minor(self) -> i64 {
        self.0
    }

    /// Price × quantity, or `None` where either is outside its range.
    pub fn times(self, quantity: Quantity) -> Option<Money> {
        if (1..=PRICE_MAX).contains(&self.0) && (0..=QUANTITY_MAX).contains(&quantity.0) {
            Some(Money(self.0 * quantity.0))
        } else {
            None
        }
    }
}

impl Describe for Price {
    const SHAPE: Shape = Decimal::SHAPE;
}

/// A number of units (licence units, lots of one for a title): 1 to [`QUANTITY_MAX`] in a valid order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Quantity(i64);

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl FromStr for Quantity {
    type Err = Unreadable;

    fn from_str(text: &str) -> Result<Self, Unreadable> {
        read_minor(text, 0).and_then(|units| match units {
            0..=QUANTITY_MAX => Ok(Self(units)),
            _ => Err(Unreadable::RANGE),
        })
    }
}

text_for_people!(
    Quantity,
    i64,
    |quantity| quantity.0,
    |units| Some(Quantity(units)),
    Unreadable::RANGE,
    "a whole number, as text",
    "^-?[0-9]+$",
    "^[0-9]{1,10}$",
    20,
    "100"
);

impl Quantity {
    /// None.
    pub const ZERO: Self = Self(0);

    /// A quantity of `units`.
    pub const fn from_units(units: i64) -> Self {
        Self(units)
    }

    /// The number of units.
    pub const fn units(self) -> i64 {
        self.0
    }

    /// `self + other`, or `None` on overflow.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    /// `self - other`, or `None` where less than nothing would remain.
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        match self.0.checked_sub(other.0) {
            Some(rest) if rest >= 0 => Some(Self(rest)),
            _ => None,
        }
    }

    /// `self + other`. An overflow is our fault: panics.
    pub fn plus(self, other: Self) -> Self {
        self.checked_add(other).expect("quantity overflows")
    }

    /// `self - other`. A negative result is our fault: panics.
    pub fn minus(self, other: Self) -> Self {
        self.checked_sub(other).expect("quantity below zero")
    }
}

/// Money and what it is money of. To people it is `{"currency":"CNY","amount":"120.00"}`, in the currency's scale.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Amount {
    /// Of which currency.
    pub currency: Currency,
    /// How much.
    pub money: Money,
}

impl Amount {
    /// This much of this currency.
    pub const fn new(currency: Currency, money: Money) -> Self {
        Self { currency, money }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(rename = "Amount", deny_unknown_fields)]
struct Written<T> {
    currency: Currency,
    amount: T,
}

/// A decimal text whose scale hangs on a currency that stands beside it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Decimal(alloc::string::String);

impl Decimal {
    /// A price in its currency's scale.
    pub(crate) fn of_price(price: Price, currency: Currency) -> Self {
        Self(alloc::format!("{}", InScale(price.0, currency.exponent())))
    }

    /// The price that this is in a currency: at most [`PRICE_MAX`].
    pub(crate) fn price(&self, currency: Currency) -> Result<Price, Unreadable> {
        match read_minor(&self.0, currency.exponent())? {
            minor @ 0..=PRICE_MAX => Ok(Price(minor)),
            _ => Err(Unreadable::RANGE),
        }
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Decimal {
    type Err = Unreadable;

    fn from_str(text: &str) -> Result<Self, Unreadable> {
        if text.len() > 40 {
            Err(Unreadable::RANGE)
        } else {
            Ok(Self(text.into()))
        }
    }
}

text_for_people!(
    Decimal,
    alloc::string::String,
    |decimal| decimal.0.clone(),
    |text| Some(Decimal(text)),
    Unreadable::NUMBER,
    "a decimal number in the currency's scale, as in 120.00",
    "^-?[0-9]+([.][0-9]+)?$",
    "^[0-9]{1,17}([.][0-9]{1,3})?$",
    40,
    "120.00"
);

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { currency, money } = *self;
        if serializer.is_human_readable() {
            let amount = alloc::format!("{}", InScale(money.0, currency.exponent()));
            Written { currency, amount }.serialize(serializer)
        } else {
            (currency, money).serialize(serializer)
        }
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            let Written { currency, amount } = Written::<Decimal>::deserialize(deserializer)?;
            let minor = read_minor(&amount.0, currency.exponent()).map_err(de::Error::custom)?;
            Ok(Self::new(currency, Money(minor)))
        } else {
            let (currency, money) = Deserialize::deserialize(deserializer)?;
            Ok(Self { currency, money })
        }
    }
}

impl Describe for Amount {
    const SHAPE: Shape = Shape::Object(&Object {
        name: "Amount",
        meaning: &["Money, in its currency's scale."],
        fields: &[
            Field {
                name: "currency",
                meaning: &["The ISO 4217 code."],
                shape: Currency::SHAPE,
                example: None,
                may_lack: false,
            },
            Field {
                name: "amount",
                meaning: &["How much, as a decimal text."],
                shape: Decimal::SHAPE,
                example: None,
                may_lack: false,
            },
        ],
        full: false,
    });
}

/// Minor units as a decimal text of so many decimals.
struct InScale(i64, u32);

impl fmt::Display for InScale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(minor, decimals) = *self;
        if decimals == 0 {
            return fmt::Display::fmt(&minor, f);
        }
        let unit = 10_u64.pow(decimals);
        let (sign, minor) = (if minor < 0 { "-" } else { "" }, minor.unsigned_abs());
        write!(
            f,
            "{sign}{}.{:0width$}",
            minor / unit,
            minor % unit,
            width = decimals as usize
        )
    }
}

/// The minor units that a decimal text stands for: digits with at most one point and at most so many decimals.
fn read_minor(text: &str, decimals: u32) -> Result<i64, Unreadable> {
    let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if !digits(whole) || !digits(part) {
        return Err(Unreadable::NUMBER);
    }
    let given = text.split_once('.').map_or(0, |(_, part)| part.len());
    if given > decimals as usize {
        return Err(Unreadable::SCALE);
    }
    let padding = core::iter::repeat_n(b'0', decimals as usize - given);
    let part = part.bytes().take(given).chain(padding);
    whole
        .bytes()
        .chain(part)
        .try_fold(0_i64, |minor, digit| {
            let next = minor.checked_mul(10)?.checked_add(i64::from(digit - b'0'));
            next.filter(|&minor| minor <= MONEY_MAX)
        })
        .ok_or(Unreadable::RANGE)
}

/// Hundredths of a per cent. 0 to [`BASIS_POINTS_ONE`] in a valid fee.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct BasisPoints(pub u16);

impl Describe for BasisPoints {
    const SHAPE: Shape = Shape::Integer(BASIS_POINTS_ONE as u64);
}

impl BasisPoints {
    /// This share of `amount`, rounded **down** to the minor unit: the payer keeps the remainder. So the fees of
    /// several fills never add up to more than the fee of the whole, and what was held always suffices.
    pub fn of(self, amount: Money) -> Money {
        // Split so that it never leaves 64 bits: amount = whole × 10000 + rest, so the floor is of the rest's share
        // alone.
        let (whole, rest) = (
            amount.0 / i64::from(BASIS_POINTS_ONE),
            amount.0 % i64::from(BASIS_POINTS_ONE),
        );
        Money(whole * i64::from(self.0) + rest * i64::from(self.0) / i64::from(BASIS_POINTS_ONE))
    }

    /// What is owed so far, in ten-thousandths of the minor unit: this share of `amount`, exactly, and the fraction
    /// that was `carried` before.
    pub fn owed(self, amount: Money, carried: u64) -> i128 {
        i128::from(amount.0) * i128::from(self.0) + i128::from(carried)
    }

    /// What is carried on of what is owed once so much was charged, in ten-thousandths of the minor unit; none where
    /// more was charged than is owed.
    pub fn carried(self, amount: Money, carried: u64, charged: Money) -> Option<u64> {
        let charged = i128::from(charged.0) * i128::from(BASIS_POINTS_ONE);
        u64::try_from(self.owed(amount, carried) - charged).ok()
    }
}

/// One hundred per cent a year, in millionths.
pub const RATE_ONE: u32 = 1_000_000;

/// A rate of interest: millionths a year. 0 to [`RATE_ONE`] in a valid loan. Never a rounded daily rate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Rate(pub u32);

impl Describe for Rate {
    const SHAPE: Shape = Shape::Integer(RATE_ONE as u64);
}

words! {
    /// An ISO 4217 currency that the venue settles in.
    pub enum Currency {
        /// Chinese yuan: 2 decimals (fen).
        Cny = 0, "CNY";
        /// Hong Kong dollar: 2 decimals.
        Hkd = 1, "HKD";
        /// US dollar: 2 decimals.
        Usd = 2, "USD";
        /// Japanese yen: no decimals.
        Jpy = 3, "JPY";
        /// Kuwaiti dinar: 3 decimals.
        Kwd = 4, "KWD";
    }
}

#[allow(clippy::derivable_impls, reason = "the macro declares the variants")]
impl Default for Currency {
    fn default() -> Self {
        Self::Cny
    }
}

impl Currency {
    /// The alphabetic code (ISO 4217).
    pub const fn code(self) -> &'static str {
        self.word()
    }

    /// The number of decimals of the minor unit (ISO 4217).
    pub const fn exponent(self) -> u32 {
        match self {
            Self::Cny | Self::Hkd | Self::Usd => 2,
            Self::Jpy => 0,
            Self::Kwd => 3,
        }
    }

    /// The currency with this alphabetic code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::from_word(code)
    }

    /// The position in [`Self::ALL`].
    pub const fn index(self) -> usize {
        self as usize
    }
}

words! {
    /// The side of an order.
    pub enum Side in full {
        /// Pays cash, receives units.
        Buy = 0, "buy";
        /// Delivers units, receives cash.
        Sell = 1, "sell";
    }
}

impl Side {
    /// The other side.
    pub const fn opposite(self) -> Self {
        match self {
            Self::Buy => Self::Sell,
            Self::Sell => Self::Buy,
        }
    }

    /// 0 for a buy, 1 for a sell.
    pub const fn index(self) -> usize {
        self as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_times_a_quantity_fits_or_is_refused() {
        let top = Price::from_minor(PRICE_MAX).times(Quantity::from_units(QUANTITY_MAX));
        assert_eq!(top, Some(Money::from_minor(4_000_000_000_000_000_000)));
        for (price, quantity) in [
            (0, 1),
            (-1, 1),
            (PRICE_MAX + 1, 1),
            (1, -1),
            (1, QUANTITY_MAX + 1),
            (i64::MAX, i64::MAX),
        ] {
            assert_eq!(
                Price::from_minor(price).times(Quantity::from_units(quantity)),
                None,
                "{price} x {quantity}"
            );
        }
    }

    #[test]
    fn fees_round_down_so_parts_never_exceed_the_whole() {
        assert_eq!(BasisPoints(20).of(Money::from_minor(499)), Money::ZERO);
        assert_eq!(BasisPoints(20).of(Money::from_minor(500)), Money::from_minor(1));
        let parts: i64 = (0..100)
            .map(|_| BasisPoints(20).of(Money::from_minor(499)).minor())
            .sum();
        assert!(parts <= BasisPoints(20).of(Money::from_minor(49_900)).minor());
        for amount in [0, 1, 9_999, 10_000, 10_001, 123_456_789_012_345_678, i64::MAX] {
            for basis_points in [0, 1, 20, 9_999, 10_000] {
                let exact = i128::from(amount) * i128::from(basis_points) / 10_000;
                assert_eq!(
                    i128::from(BasisPoints(basis_points).of(Money::from_minor(amount)).minor()),
                    exact
                );
            }
        }
    }

    #[test]
    fn balances_never_go_below_zero() {
        assert_eq!(Money::from_minor(5).checked_sub(Money::from_minor(6)), None);
        assert_eq!(Quantity::from_units(5).checked_sub(Quantity::from_units(6)), None);
        assert_eq!(Money::from_minor(i64::MAX).checked_add(Money::from_minor(1)), None);
    }
}
