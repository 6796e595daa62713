//! How a request stands in the journal: little-endian, a fixed envelope, then the command, then the client's name for it.
//! The two commands of the hot path and what only the sequencer writes have fixed layouts; the others, rare and variable,
//! are postcard. [`VERSION`] stands in every batch header of the journal, and golden bytes in the tests keep each version
//! readable. In version 1 no name stood behind the command, and the two bytes of its length were zero: so what it wrote
//! reads as requests whose clients' names are not known, also where it was closed and nothing outside tells its version.

use crate::{
    client::{Client, ClientId, ClientKey},
    command::{Command, Op, Request},
    control::Encoded,
    ids::{AccountId, InstrumentId, LotId, OrderId, UserId},
    order::{OrderKind, PlaceOrder},
    party::Scopes,
    roll::Gone,
    sealed::SealedRequest,
    time::Timestamp,
    units::{Price, Quantity, Side},
};
use alloc::{boxed::Box, vec::Vec};
use postcard::ser_flavors::Flavor;
use sha2::{Digest as _, Sha256};
use zerocopy::{
    FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned,
    little_endian::{I64, U16, U32, U64},
};

/// The version of this encoding within the journal's format.
pub const VERSION: u16 = 2;
/// The largest encoded request, in bytes: [`RIGHTS_MAX`](crate::title::RIGHTS_MAX) rights at their longest fit.
pub const REQUEST_MAX: usize = 5 << 20;

const TAG_POSTCARD: u8 = 0;
const TAG_PLACE_ORDER: u8 = 1;
const TAG_CANCEL_ORDER: u8 = 2;
const TAG_TICK: u8 = 3;
const TAG_RESUMED: u8 = 4;
const TAG_SEALED: u8 = 5;
/// The bytes that a sealed request takes beside its sealed ones.
pub const SEALED_HEAD: usize = size_of::<Envelope>() + size_of::<SealedWire>();

/// The reason why bytes are not a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WireError {
    /// Too few or too many bytes for what they claim to be.
    Length,
    /// A tag, kind, side or padding that this version does not know.
    Unknown,
    /// The variable part does not decode.
    Malformed,
    /// A command that is gone.
    Gone(Gone),
}

impl core::fmt::Display for WireError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Length => f.write_str("a request of the wrong length"),
            Self::Unknown => f.write_str("a request of an unknown kind"),
            Self::Malformed => f.write_str("a malformed request"),
            Self::Gone(gone) => gone.fmt(f),
        }
    }
}

impl core::error::Error for WireError {}

#[derive(FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned)]
#[repr(C)]
struct Envelope {
    tag: u8,
    has_client: u8,
    /// How many bytes of a client's name stand behind the command.
    named: U16,
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

#[derive(FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned)]
#[repr(C)]
struct ResumedWire {
    down_from: U64,
}

#[derive(FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned)]
#[repr(C)]
struct SealedWire {
    lot: U64,
}

const _: () = assert!(size_of::<Envelope>() == 32 && size_of::<PlaceOrderWire>() == 32);

/// Appends the encoding of `request`.
pub fn encode(request: &Request, out: &mut Vec<u8>) {
    let key = request.client.as_ref().map(|client| client.key);
    let (client_id, client_body) = key.map_or(([0; 16], [0; 8]), |key| (key.id, key.body));
    let name = request.client.as_ref().and_then(|client| client.id.as_ref());
    let envelope = Envelope {
        tag: tag(&request.command),
        has_client: key.is_some().into(),
        named: U16::new(name.map_or(0, ClientId::bytes) as u16),
        by: U32::new(request.by.0),
        client_id,
        client_body,
    };
    out.extend_from_slice(envelope.as_bytes());
    encode_command(&request.command, out);
    if let Some(name) = name {
        out.extend_from_slice(name.as_bytes());
    }
}

/// Which layout a command has.
fn tag(command: &Command) -> u8 {
    match command {
        Command::PlaceOrder(_) => TAG_PLACE_ORDER,
        Command::CancelOrder { .. } => TAG_CANCEL_ORDER,
        Command::Tick => TAG_TICK,
        Command::Resumed { .. } => TAG_RESUMED,
        Command::Sealed(_) => TAG_SEALED,
        _ => TAG_POSTCARD,
    }
}

/// A command without its envelope, as a proposal carries it: its tag, then the command.
pub fn encode_alone(command: &Command) -> Vec<u8> {
    let mut out = Vec::from([tag(command)]);
    encode_command(command, &mut out);
    out
}

/// The command that `bytes` encode without an envelope; all of them, exactly.
pub fn decode_alone(bytes: &[u8]) -> Result<Command, WireError> {
    let (&tag, body) = bytes.split_first().ok_or(WireError::Length)?;
    decode_command(tag, body)
}

impl Command {
    /// The lot whose bidders' secret the command is: a bidder's command, one that a user of the bidder proposes to
    /// another, or a question about the lot.
    pub fn secret_of(&self) -> Option<LotId> {
        let secret = |command: &Self| command.bids_for().or(command.asks_about());
        match self {
            // A question waits for nobody, and who proposes one all the same is as secret as who asks.
            Self::Propose(propose) => secret(&decode_alone(&propose.encoded.0).ok()?),
            command => secret(command),
        }
    }

    /// The scopes of which a key needs one to give the command: for a proposal, as much as for what is proposed.
    pub fn scopes(&self) -> Scopes {
        match self {
            Self::Propose(propose) => {
                decode_alone(&propose.encoded.0).map_or(self.op().scopes(), |command| command.scopes())
            }
            command => command.op().scopes(),
        }
    }
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
        Command::Resumed { down_from } => {
            let down_from = U64::new(down_from.0);
            out.extend_from_slice(ResumedWire { down_from }.as_bytes());
        }
        Command::Sealed(request) => {
            let lot = U64::new(request.lot.0);
            out.extend_from_slice(SealedWire { lot }.as_bytes());
            out.extend_from_slice(&request.sealed.0);
        }
        other => {
            let taken = core::mem::take(out);
            *out = postcard::to_extend(other, taken).expect("a command is plain data in memory");
        }
    }
}

/// The request that `bytes` encode; all of them, exactly.
pub fn decode(bytes: &[u8]) -> Result<Request, WireError> {
    let (envelope, body) = Envelope::ref_from_prefix(bytes).map_err(|_| WireError::Length)?;
    let named = usize::from(envelope.named.get());
    let (body, name) = body
        .len()
        .checked_sub(named)
        .map(|end| body.split_at(end))
        .ok_or(WireError::Length)?;
    let client = match envelope.has_client {
        0 if envelope.client_id == [0; 16] && envelope.client_body == [0; 8] && named == 0 => None,
        1 => Some(Client {
            key: ClientKey {
                id: envelope.client_id,
                body: envelope.client_body,
            },
            id: (named > 0).then(|| read_name(name)).transpose()?,
        }),
        _ => return Err(WireError::Unknown),
    };
    Ok(Request {
        by: UserId(envelope.by.get()),
        client,
        command: decode_command(envelope.tag, body)?,
    })
}

/// The client's name that these bytes are.
fn read_name(bytes: &[u8]) -> Result<ClientId, WireError> {
    let text = core::str::from_utf8(bytes).map_err(|_| WireError::Malformed)?;
    ClientId::new(text).ok_or(WireError::Malformed)
}

/// The command of this tag that `body` encodes.
fn decode_command(kind: u8, body: &[u8]) -> Result<Command, WireError> {
    Ok(match kind {
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
        TAG_RESUMED => {
            let wire = ResumedWire::ref_from_bytes(body).map_err(|_| WireError::Length)?;
            Command::Resumed {
                down_from: Timestamp::read(wire.down_from.get()).ok_or(WireError::Malformed)?,
            }
        }
        TAG_SEALED => {
            let (wire, sealed) = SealedWire::ref_from_prefix(body).map_err(|_| WireError::Length)?;
            Command::Sealed(Box::new(SealedRequest {
                lot: LotId(wire.lot.get()),
                sealed: Encoded(sealed.to_vec()),
            }))
        }
        TAG_POSTCARD => {
            let number = postcard::take_from_bytes(body).map(|(number, _)| number);
            if let Some(gone) = number.ok().and_then(Op::gone_at) {
                return Err(WireError::Gone(gone));
            }
            let (command, rest) = postcard::take_from_bytes(body).map_err(|_| WireError::Malformed)?;
            // One encoding per command: those of a fixed layout have no second form, and what is read would be written
            // so again. A number could be written longer than it is.
            match command {
                command if tag(&command) != TAG_POSTCARD => return Err(WireError::Unknown),
                _ if !rest.is_empty() => return Err(WireError::Length),
                command if postcard::serialize_with_flavor(&command, Same(body)).is_err() => {
                    return Err(WireError::Malformed);
                }
                command => command,
            }
        }
        _ => return Err(WireError::Unknown),
    })
}

/// What bytes must still say to be those that would be written: to write another byte into it fails.
#[derive(Debug)]
pub struct Same<'a>(pub &'a [u8]);

impl Flavor for Same<'_> {
    type Output = ();

    fn try_push(&mut self, byte: u8) -> postcard::Result<()> {
        self.try_extend(&[byte])
    }

    fn try_extend(&mut self, bytes: &[u8]) -> postcard::Result<()> {
        self.0 = self.0.strip_prefix(bytes).ok_or(postcard::Error::SerializeBufferFull)?;
        Ok(())
    }

    fn finalize(self) -> postcard::Result<()> {
        Ok(())
    }
}

/// The trace that the core keeps of a client's id, whatever the command: [`ClientKey::id`].
pub fn client_trace(client_id: &str) -> [u8; 16] {
    let id: [u8; 32] = Sha256::digest(client_id.as_bytes()).into();
    id[..16].try_into().expect("16 of 32 bytes")
}

/// What the request carries of a client that gives this command under this name.
pub fn client(id: ClientId, command: &Command) -> Client {
    Client {
        key: client_key(id.as_str(), command),
        id: Some(id),
    }
}

/// The trace that the core keeps of a client's id for this command.
pub fn client_key(client_id: &str, command: &Command) -> ClientKey {
    let mut encoded = Vec::new();
    encode_command(command, &mut encoded);
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
        id: client_trace(client_id),
        body: body[..8].try_into().expect("8 of 32 bytes"),
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use crate::{
        account::CashMove,
        rules::{Approval, Calendar, Epoch, Fees, Profile},
        units::{BasisPoints, Currency, Money},
    };
    use alloc::{string::String, vec};
    use proptest::prelude::*;

    fn hex(request: &Request) -> String {
        let mut bytes = Vec::new();
        encode(request, &mut bytes);
        assert_eq!(decode(&bytes).as_ref(), Ok(request), "what was written is read");
        bytes.iter().map(|byte| std::format!("{byte:02x}")).collect()
    }

    fn request(command: Command) -> Request {
        Request {
            by: UserId(7),
            client: None,
            command,
        }
    }

    fn order(kind: OrderKind) -> Command {
        Command::PlaceOrder(PlaceOrder {
            account: AccountId(5),
            instrument: InstrumentId(3),
            side: Side::Sell,
            kind,
            quantity: Quantity::from_units(20),
        })
    }

    /// These bytes stand in journals, of version 1 as of version 2: they never change.
    #[test]
    fn golden_bytes_of_requests_without_a_name() {
        assert_eq!(VERSION, 2);
        let nobody = "0000000000000000".repeat(3);
        assert_eq!(hex(&request(Command::Tick)), std::format!("0300000007000000{nobody}"));
        assert_eq!(
            hex(&request(Command::CancelOrder {
                order: OrderId::new(9, 2)
            })),
            std::format!("0200000007000000{nobody}0900000002000000")
        );
        assert_eq!(
            hex(&request(order(OrderKind::Limit(Price::from_minor(12_000))))),
            std::format!("0100000007000000{nobody}05000000030000000100000000000000e02e0000000000001400000000000000")
        );
        assert_eq!(
            hex(&request(order(OrderKind::Market))),
            std::format!("0100000007000000{nobody}0500000003000000010200000000000000000000000000001400000000000000")
        );
        let resumed = Command::Resumed {
            down_from: Timestamp(0x0102_0304_0506_0708),
        };
        assert_eq!(
            hex(&request(resumed)),
            std::format!("0400000007000000{nobody}0807060504030201")
        );
        let client = ClientKey {
            id: [0xAA; 16],
            body: [0xBB; 8],
        };
        let keyed = Request {
            client: Some(client.into()),
            ..request(Command::Tick)
        };
        assert_eq!(
            hex(&keyed),
            std::format!("0301000007000000{}{}", "aa".repeat(16), "bb".repeat(8))
        );
        let epoch = Epoch {
            rules_version: 2,
            profile: Profile::UnitMarket,
            approval: Approval::Sandbox,
            fees: Fees {
                maker: BasisPoints(10),
                taker: BasisPoints(20),
            },
            calendar: Calendar::default(),
            judicial_listing: None,
        };
        assert_eq!(
            hex(&request(Command::Epoch(Box::new(epoch)))),
            std::format!("0000000007000000{nobody}000201010a140000000000")
        );
        let cash = CashMove {
            account: AccountId(5),
            currency: Currency::Cny,
            amount: Money::from_minor(100),
            reference: crate::Bounded::new("bank-1").unwrap(),
        };
        assert_eq!(
            hex(&request(Command::CashIn(Box::new(cash)))),
            std::format!("0000000007000000{nobody}070500c8010662616e6b2d31")
        );
    }

    /// The name stands behind the command, whatever that is, and its length in the envelope.
    #[test]
    fn golden_bytes_of_a_clients_name() {
        let key = ClientKey {
            id: [0xAA; 16],
            body: [0xBB; 8],
        };
        let named = |name: &str, command| {
            let id = ClientId::new(name);
            assert!(id.is_some());
            Request {
                client: Some(Client { key, id }),
                ..request(command)
            }
        };
        let trace = "aa".repeat(16) + &"bb".repeat(8);
        assert_eq!(
            hex(&named("a-1", Command::Tick)),
            std::format!("0301030007000000{trace}612d31")
        );
        let cancel = Command::CancelOrder {
            order: OrderId::new(9, 2),
        };
        assert_eq!(
            hex(&named("单1", cancel)),
            std::format!("0201040007000000{trace}0900000002000000e58d9531")
        );
        let longest = "\u{20000}".repeat(ClientId::MAX);
        let revoke = Command::RevokeKey { key: crate::KeyId(1) };
        let bytes = hex(&named(&longest, revoke));
        assert!(bytes.starts_with("0001000107000000") && bytes.ends_with(&"f0a08080".repeat(ClientId::MAX)));

        let mut bytes = Vec::new();
        encode(&named("a-1", Command::Tick), &mut bytes);
        let changed = |place: usize, byte| {
            let mut bytes = bytes.clone();
            bytes[place] = byte;
            decode(&bytes)
        };
        assert_eq!(changed(2, 4), Err(WireError::Length), "longer than there is");
        assert_eq!(changed(2, 2), Err(WireError::Length), "a byte of it is the command's");
        assert_eq!(changed(32, 0xFF), Err(WireError::Malformed), "no text");
        assert_eq!(changed(32, 7), Err(WireError::Malformed), "a control character");
        let mut nameless = bytes.clone();
        nameless[1] = 0;
        nameless[8..32].fill(0);
        assert_eq!(decode(&nameless), Err(WireError::Unknown), "a name without a trace");
    }

    /// Appended to version 1: older journals have none, and older programs refuse one by its tag.
    #[test]
    fn golden_bytes_of_a_sealed_request() {
        let sealed = |bytes: &[u8]| {
            request(Command::Sealed(Box::new(SealedRequest {
                lot: LotId(0x0102),
                sealed: Encoded(bytes.to_vec()),
            })))
        };
        let nobody = "0000000000000000".repeat(3);
        assert_eq!(
            hex(&sealed(&[0xAB, 0xCD])),
            std::format!("0500000007000000{nobody}0201000000000000abcd")
        );
        let mut bytes = Vec::new();
        encode(&sealed(&[]), &mut bytes);
        assert_eq!(bytes.len(), SEALED_HEAD);
        assert_eq!(decode(&bytes[..SEALED_HEAD - 1]), Err(WireError::Length));
        let second = postcard::to_extend(&sealed(&[7]).command, vec![0; 32]).unwrap();
        assert_eq!(decode(&second), Err(WireError::Unknown), "it has no second form");
    }

    /// What a proposal carries: a request's bytes but for the envelope, after the tag.
    #[test]
    fn golden_bytes_of_a_command_alone() {
        let hex = |command: Command| -> String {
            let bytes = encode_alone(&command);
            assert_eq!(decode_alone(&bytes).as_ref(), Ok(&command));
            let mut whole = Vec::new();
            encode(&request(command), &mut whole);
            assert!(
                bytes[0] == whole[0] && bytes[1..] == whole[32..],
                "the same bytes as in a request"
            );
            let longer: Vec<u8> = bytes.iter().copied().chain([0]).collect();
            assert_eq!(decode_alone(&longer), Err(WireError::Length));
            bytes.iter().map(|byte| std::format!("{byte:02x}")).collect()
        };
        let cash = CashMove {
            account: AccountId(5),
            currency: Currency::Cny,
            amount: Money::from_minor(100),
            reference: crate::Bounded::new("bank-1").unwrap(),
        };
        assert_eq!(hex(Command::CashIn(Box::new(cash))), "00070500c8010662616e6b2d31");
        assert_eq!(hex(Command::Tick), "03");
        assert_eq!(
            hex(Command::CancelOrder {
                order: OrderId::new(9, 2)
            }),
            "020900000002000000"
        );
        assert_eq!(decode_alone(&[]), Err(WireError::Length));
        assert_eq!(decode_alone(&[9]), Err(WireError::Unknown));
        assert_eq!(
            decode_alone(&[0, 1]),
            Err(WireError::Unknown),
            "a hot command has no second form"
        );
    }

    #[test]
    fn one_encoding_for_each_command() {
        let mut bytes = Vec::new();
        encode(&request(order(OrderKind::Market)), &mut bytes);
        let mut postcard_order = vec![0; 32];
        postcard_order[4] = 7;
        let postcard_order = postcard::to_extend(&order(OrderKind::Market), postcard_order).unwrap();
        assert_eq!(
            decode(&postcard_order),
            Err(WireError::Unknown),
            "a hot command has no second form"
        );
        // Every byte that means nothing must be zero; every length is exact.
        for (place, wrong) in [
            (0, 9),
            (1, 2),
            (2, 1),
            (8, 1),
            (24, 1),
            (40, 2),
            (41, 3),
            (42, 1),
            (48, 1),
        ] {
            let mut changed = bytes.clone();
            changed[place] = wrong;
            assert_eq!(decode(&changed), Err(WireError::Unknown), "byte {place}");
        }
        bytes.push(0);
        assert_eq!(decode(&bytes), Err(WireError::Length));
        assert_eq!(decode(&bytes[..31]), Err(WireError::Length));
    }

    /// Two encodings of one command would be two chains of one history, and two digests of one proposal.
    #[test]
    fn a_number_that_is_written_longer_than_it_is_does_not_decode() {
        let cash = CashMove {
            account: AccountId(5),
            currency: Currency::Cny,
            amount: Money::from_minor(100),
            reference: crate::Bounded::new("bank-1").unwrap(),
        };
        let bytes = encode_alone(&Command::CashIn(Box::new(cash)));
        assert_eq!(bytes[..4], [0, 7, 5, 0]);
        // The number of the command, an id, the length of a text: each with a zero more.
        for place in [1, 2, bytes.len() - 7] {
            let mut longer = bytes.clone();
            longer[place] |= 0x80;
            longer.insert(place + 1, 0);
            assert_eq!(decode_alone(&longer), Err(WireError::Malformed), "byte {place}");
            let mut whole = Vec::from([0; 32]);
            whole.extend_from_slice(&longer[1..]);
            assert_eq!(decode(&whole), Err(WireError::Malformed), "byte {place}");
        }
    }

    /// The core would wait for such a time's deadlines for ever.
    #[test]
    fn a_time_that_is_none_does_not_decode() {
        let mut bytes = Vec::new();
        let down_from = Timestamp::NEVER;
        encode(&request(Command::Resumed { down_from }), &mut bytes);
        assert_eq!(decode(&bytes), Err(WireError::Malformed));
        assert_eq!(
            decode_alone(&encode_alone(&Command::Stalled { down_from })),
            Err(WireError::Malformed)
        );
    }

    /// `import_assets` is gone. Its number stays unused, and whoever meets its bytes is told by name.
    #[test]
    fn a_command_that_is_gone_is_refused_by_its_name() {
        // As it stood in a journal: no imports, no account.
        let body = [11, 0, 0];
        let mut whole = Vec::from([0; 32]);
        whole.extend_from_slice(&body);
        for error in [decode(&whole).unwrap_err(), decode_alone(&[0, 11, 0, 0]).unwrap_err()] {
            let said = std::format!("{error}");
            assert!(
                said.starts_with("import_assets is gone: use register_rights") && said.contains("list_units"),
                "{said}"
            );
        }
        assert_eq!((Op::from_name("import_assets"), Op::gone("list_units")), (None, None));
        let encoded = encode_alone(&Command::IssueUnits(crate::listing::IssueUnits {
            instrument: InstrumentId(1),
            account: AccountId(1),
            quantity: Quantity::from_units(1),
        }));
        assert_eq!(encoded[1], 12, "what came after keeps its number");
    }

    #[test]
    fn the_longest_rights_fit() {
        use crate::title::{Extract, NewRight, OWNERS_MAX, PatentKind, RIGHTS_MAX, RegisterRights, Share};
        let text = |length| "x".repeat(length);
        let asset = crate::asset::RegisterAsset {
            owner: crate::EntityId(u32::MAX),
            class: crate::asset::AssetClass::LicenceIncome,
            office: crate::Office(*b"CN"),
            number: crate::Bounded::new(&text(32)).unwrap(),
            title: crate::Bounded::new(&"\u{20000}".repeat(500)).unwrap(),
            filed: Some(crate::Date(i32::MIN)),
            granted: Some(crate::Date(i32::MIN)),
            expires: Some(crate::Date(i32::MIN)),
            classifications: vec![
                crate::asset::Classification::Ipc(crate::Bounded::new(&text(16)).unwrap());
                crate::asset::CLASSIFICATIONS_MAX
            ],
            texts: crate::Digest([0xFF; 32]),
        };
        let (price, units) = (Price::from_minor(i64::MIN), Quantity::from_units(i64::MIN));
        let terms = crate::listing::BookTerms {
            symbol: crate::Symbol::new(&"X".repeat(24)).unwrap(),
            currency: Currency::Kwd,
            tick: price,
            price_low: price,
            price_high: price,
            lot: units,
            order_max: units,
            supply: units,
        };
        let share = Share {
            entity: crate::EntityId(u32::MAX),
            parts: u32::MAX,
        };
        let right = NewRight {
            owners: vec![share; OWNERS_MAX],
            kind: Some(PatentKind::Design),
            extract: Some(Extract {
                drawn: crate::Date(i32::MIN),
                evidence: crate::Digest([0xFF; 32]),
            }),
            due: Some(crate::Date(i32::MIN)),
            units: Some(terms),
            ..NewRight::from(asset)
        };
        let register = RegisterRights {
            rights: vec![right; RIGHTS_MAX],
            issue_to: Some(AccountId(u32::MAX)),
        };
        let mut bytes = Vec::new();
        encode(&request(Command::RegisterRights(Box::new(register))), &mut bytes);
        assert!(bytes.len() <= REQUEST_MAX, "{} bytes", bytes.len());
        assert!(decode(&bytes).is_ok());
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200), tag in 0..5_u8) {
            let mut bytes = bytes;
            if let Some(first) = bytes.first_mut() {
                *first = tag;
            }
            if let Ok(request) = decode(&bytes) {
                let mut again = Vec::new();
                encode(&request, &mut again);
                prop_assert!(decode(&again) == Ok(request));
            }
        }
    }
}
