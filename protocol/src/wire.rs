//! How a request stands in the journal: little-endian, a fixed envelope, then the command. The two commands of the hot
//! path have fixed layouts; the others, rare and variable, are postcard. [`VERSION`] stands in every batch header of
//! the journal, and golden bytes in the tests keep each version readable.

use crate::{
    command::{ClientKey, Command, OrderKind, PlaceOrder, Request},
    ids::{AccountId, InstrumentId, OrderId, UserId},
    units::{Price, Quantity, Side},
};
use alloc::vec::Vec;
use sha2::{Digest as _, Sha256};
use zerocopy::{
    FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned,
    little_endian::{I64, U32, U64},
};

/// The version of this encoding.
pub const VERSION: u16 = 1;
/// The largest encoded request, in bytes: an import of [`crate::command::IMPORT_MAX`] rights at their longest fits.
pub const REQUEST_MAX: usize = 4 << 20;

const TAG_POSTCARD: u8 = 0;
const TAG_PLACE_ORDER: u8 = 1;
const TAG_CANCEL_ORDER: u8 = 2;
const TAG_TICK: u8 = 3;

/// Why bytes are not a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WireError {
    /// Too few or too many bytes for what they claim to be.
    Length,
    /// A tag, kind, side or padding that this version does not know.
    Unknown,
    /// The variable part does not decode.
    Malformed,
}

impl core::fmt::Display for WireError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::Length => "a request of the wrong length",
            Self::Unknown => "a request of an unknown kind",
            Self::Malformed => "a malformed request",
        })
    }
}

impl core::error::Error for WireError {}

#[derive(FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned)]
#[repr(C)]
struct Envelope {
    tag: u8,
    has_client: u8,
    padding: [u8; 2],
    by: U32,
    client_id: [u8; 16],
    client_body: [u8; 8],
}

#[derive(FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned)]
#[repr(C)]
struct PlaceOrderWire {
    account: U32,
    instrument: U32,
    side: u8,
    kind: u8,
    padding: [u8; 6],
    price: I64,
    quantity: I64,
}

#[derive(FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned)]
#[repr(C)]
struct CancelOrderWire {
    order: U64,
}

const _: () = assert!(size_of::<Envelope>() == 32 && size_of::<PlaceOrderWire>() == 32);

/// Appends the encoding of `request`.
pub fn encode(request: &Request, out: &mut Vec<u8>) {
    let tag = match request.command {
        Command::PlaceOrder(_) => TAG_PLACE_ORDER,
        Command::CancelOrder { .. } => TAG_CANCEL_ORDER,
        Command::Tick => TAG_TICK,
        _ => TAG_POSTCARD,
    };
    let (client_id, client_body) = request
        .client
        .map_or(([0; 16], [0; 8]), |client| (client.id, client.body));
    let envelope = Envelope {
        tag,
        has_client: request.client.is_some().into(),
        padding: [0; 2],
        by: U32::new(request.by.0),
        client_id,
        client_body,
    };
    out.extend_from_slice(envelope.as_bytes());
    encode_command(&request.command, out);
}

/// Appends the encoding of `command` alone.
fn encode_command(command: &Command, out: &mut Vec<u8>) {
    match command {
        Command::PlaceOrder(order) => {
            let (kind, price) = match order.kind {
                OrderKind::Limit(price) => (0, price),
                OrderKind::ImmediateOrCancel(price) => (1, price),
                OrderKind::Market => (2, Price::default()),
            };
            let wire = PlaceOrderWire {
                account: U32::new(order.account.0),
                instrument: U32::new(order.instrument.0),
                side: order.side as u8,
                kind,
                padding: [0; 6],
                price: I64::new(price.minor()),
                quantity: I64::new(order.quantity.units()),
            };
            out.extend_from_slice(wire.as_bytes());
        }
        Command::CancelOrder { order } => {
            out.extend_from_slice(
                CancelOrderWire {
                    order: U64::new(order.0),
                }
                .as_bytes(),
            );
        }
        Command::Tick => {}
        other => {
            let taken = core::mem::take(out);
            *out = postcard::to_extend(other, taken).expect("a command is plain data in memory");
        }
    }
}

/// The request that `bytes` encode; all of them, exactly.
pub fn decode(bytes: &[u8]) -> Result<Request, WireError> {
    let (envelope, body) = Envelope::ref_from_prefix(bytes).map_err(|_| WireError::Length)?;
    let client = match envelope.has_client {
        0 if envelope.client_id == [0; 16] && envelope.client_body == [0; 8] => None,
        1 => Some(ClientKey {
            id: envelope.client_id,
            body: envelope.client_body,
        }),
        _ => return Err(WireError::Unknown),
    };
    if envelope.padding != [0; 2] {
        return Err(WireError::Unknown);
    }
    let command = match envelope.tag {
        TAG_PLACE_ORDER => {
            let wire = PlaceOrderWire::ref_from_bytes(body).map_err(|_| WireError::Length)?;
            let price = Price::from_minor(wire.price.get());
            let kind = match wire.kind {
                0 => OrderKind::Limit(price),
                1 => OrderKind::ImmediateOrCancel(price),
                2 if price == Price::default() => OrderKind::Market,
                _ => return Err(WireError::Unknown),
            };
            let side = match wire.side {
                0 => Side::Buy,
                1 => Side::Sell,
                _ => return Err(WireError::Unknown),
            };
            if wire.padding != [0; 6] {
                return Err(WireError::Unknown);
            }
            Command::PlaceOrder(PlaceOrder {
                account: AccountId(wire.account.get()),
                instrument: InstrumentId(wire.instrument.get()),
                side,
                kind,
                quantity: Quantity::from_units(wire.quantity.get()),
            })
        }
        TAG_CANCEL_ORDER => {
            let wire = CancelOrderWire::ref_from_bytes(body).map_err(|_| WireError::Length)?;
            Command::CancelOrder {
                order: OrderId(wire.order.get()),
            }
        }
        TAG_TICK if body.is_empty() => Command::Tick,
        TAG_TICK => return Err(WireError::Length),
        TAG_POSTCARD => {
            let (command, rest) = postcard::take_from_bytes(body).map_err(|_| WireError::Malformed)?;
            // One encoding per command: the hot ones have no second form.
            match command {
                Command::PlaceOrder(_) | Command::CancelOrder { .. } | Command::Tick => return Err(WireError::Unknown),
                command if rest.is_empty() => command,
                _ => return Err(WireError::Length),
            }
        }
        _ => return Err(WireError::Unknown),
    };
    Ok(Request {
        by: UserId(envelope.by.get()),
        client,
        command,
    })
}

/// What the core keeps of a client's id for this command.
pub fn client_key(client_id: &str, command: &Command) -> ClientKey {
    let mut encoded = Vec::new();
    encode_command(command, &mut encoded);
    let id: [u8; 32] = Sha256::digest(client_id.as_bytes()).into();
    // The tag keeps commands apart whose bodies look alike.
    let body: [u8; 32] = Sha256::new()
        .chain_update([
            matches!(command, Command::PlaceOrder(_)).into(),
            matches!(command, Command::CancelOrder { .. }).into(),
        ])
        .chain_update(&encoded)
        .finalize()
        .into();
    ClientKey {
        id: id[..16].try_into().expect("16 of 32 bytes"),
        body: body[..8].try_into().expect("8 of 32 bytes"),
    }
}
