//! Closing and opening, bit by bit.

use super::*;
use protocol::{
    AccountId, Amount, Client, Currency, Digest, Money, Quantity,
    auction::{BidLot, BuyLot, CommitBid, EnterLot, RevealBid, SetMaximum},
    command::ClientKey,
    control::Propose,
};

const KEY: [u8; 32] = [7; 32];
const LONGEST: LotId = LotId(u64::MAX);

/// Every bidder's command at its longest.
fn bidders(lot: LotId) -> Vec<Command> {
    let amount = Amount::new(Currency::Kwd, Money::from_minor(i64::MIN));
    let digest = Digest([0xFF; 32]);
    let units = Some(Quantity::from_units(i64::MIN));
    vec![
        Command::EnterLot(EnterLot {
            lot,
            account: AccountId(u32::MAX),
            draw: u64::MAX,
        }),
        Command::BidLot(BidLot {
            lot,
            price: amount,
            units,
        }),
        Command::SetMaximum(SetMaximum { lot, maximum: amount }),
        Command::BuyLot(BuyLot { lot }),
        Command::CommitBid(Box::new(CommitBid {
            lot,
            commitment: digest,
        })),
        Command::RevealBid(Box::new(RevealBid {
            lot,
            price: amount,
            nonce: digest,
        })),
    ]
}

fn proposed(command: &Command) -> Command {
    Command::Propose(Box::new(Propose {
        encoded: Encoded(wire::encode_alone(command)),
    }))
}

fn stamped(command: Command) -> Stamped<Request> {
    named(command, None)
}

/// A request under this name; one of before names were kept has none.
fn named(command: Command, id: Option<ClientId>) -> Stamped<Request> {
    let key = ClientKey {
        id: [1; 16],
        body: [2; 8],
    };
    Stamped {
        seq: Seq(9),
        at: Timestamp(11),
        body: Request {
            by: UserId(3),
            client: Some(Client { key, id }),
            command,
        },
    }
}

/// No name, and names from the shortest to the longest.
fn names() -> Vec<Option<ClientId>> {
    let characters = ["x", "专", "\u{20000}"];
    let names = characters.map(|character| [1, 13, 64].map(|length| ClientId::new(&character.repeat(length))));
    [None].into_iter().chain(names.into_iter().flatten()).collect()
}

fn sealing() -> Sealing {
    Sealing::new(Some(SealKey::new(KEY)))
}

/// A request as it stands in the journal when its turn has come.
fn seal(sealing: &mut Sealing, request: &Stamped<Request>) -> Stamped<Request> {
    let secret = sealing.lot_of(Secrecy::of(&request.body.command));
    sealing.seal(request, secret).clone()
}

#[test]
fn what_a_bidder_asks_has_one_length_and_comes_back_as_it_was() {
    let mut sealing = sealing();
    let asked = [bidders(LotId(1)), bidders(LONGEST)].concat();
    let asked: Vec<_> = asked.iter().cloned().chain(asked.iter().map(proposed)).collect();
    let requests = names()
        .into_iter()
        .flat_map(|name| asked.iter().map(move |command| named(command.clone(), name.clone())));
    for request in requests {
        let closed = seal(&mut sealing, &request);
        let Command::Sealed(sealed) = &closed.body.command else {
            panic!("{closed:?}")
        };
        assert_eq!(sealed.sealed.0.len(), NONCE + STEP + NAME + TAG, "{request:?}");
        assert_eq!((closed.body.by, &closed.body.client), (UserId(0), &None));
        let mut encoded = Vec::new();
        wire::encode(&closed.body, &mut encoded);
        assert_eq!(
            encoded.len(),
            journaled_bytes(&request.body, Secrecy::of(&request.body.command)),
            "{request:?}"
        );
        assert_eq!(*sealing.open(&closed).unwrap(), request);
        // The same again looks different.
        assert_ne!(seal(&mut sealing, &request), closed);
    }
    let plain = stamped(Command::Tick);
    assert_eq!(seal(&mut sealing, &plain), plain);
    assert_eq!(*sealing.open(&plain).unwrap(), plain);
}

/// What was closed before names were kept is narrower, and opens as ever.
#[test]
fn a_record_of_before_names_were_kept_opens() {
    let request = stamped(bidders(LotId(4))[1].clone());
    let mut plain = vec![0; LENGTH];
    wire::encode(&request.body, &mut plain);
    let length = u16::try_from(plain.len() - LENGTH).unwrap().to_le_bytes();
    plain[..LENGTH].copy_from_slice(&length);
    plain.resize(STEP, 0);
    let cipher = Aes256GcmSiv::new(&(*SealKey::new(KEY).of_lot(LotId(4))).into());
    let bound = bound(LotId(4), Seq(9), Timestamp(11));
    let tag = cipher
        .encrypt_inout_detached(&Nonce::from([3; NONCE]), &bound, plain.as_mut_slice().into())
        .unwrap();
    let closed = Stamped {
        body: Request {
            by: UserId(0),
            client: None,
            command: Command::Sealed(Box::new(SealedRequest {
                lot: LotId(4),
                sealed: Encoded([&[3; NONCE][..], &plain, &tag].concat()),
            })),
        },
        ..request
    };
    assert_eq!(*sealing().open(&closed).unwrap(), request);
}

#[test]
fn who_decides_of_a_bidders_proposal_is_secret_too_and_takes_the_same_room() {
    let mut sealing = sealing();
    let proposal = stamped(proposed(&bidders(LotId(4))[1]));
    let decides = [
        Command::Approve(Approve {
            proposal: ProposalId(9),
        }),
        Command::Refuse(Refuse {
            proposal: ProposalId(9),
        }),
    ];
    let decisions = || {
        let names = names().into_iter();
        names.flat_map(|name| decides.iter().map(move |command| named(command.clone(), name.clone())))
    };
    for request in decisions() {
        assert_eq!(seal(&mut sealing, &request), request);
        assert!(
            encoded_bytes(&request.body) <= SEALED,
            "what was set aside holds either"
        );
    }
    let answer = Answer {
        seq: Seq(9),
        at: Timestamp(11),
        outcome: Outcome::Done(protocol::Receipt::Deal(Seq(9))),
    };
    sealing.note(&proposal, Some(LotId(4)), &answer);
    for request in decisions() {
        let closed = seal(&mut sealing, &request);
        let Command::Sealed(sealed) = &closed.body.command else {
            panic!("{closed:?}")
        };
        assert_eq!(
            (sealed.lot, sealed.sealed.0.len()),
            (LotId(4), NONCE + STEP + NAME + TAG)
        );
        assert_eq!(*Sealing::new(Some(SealKey::new(KEY))).open(&closed).unwrap(), request);
    }
}

#[test]
fn one_bit_another_key_another_place_and_no_key_are_refused_by_name() {
    let (seq, lot) = (Seq(9), LotId(4));
    let closed = seal(&mut sealing(), &stamped(bidders(lot)[2].clone()));
    let Command::Sealed(sealed) = &closed.body.command else {
        panic!()
    };
    let changed = |change: &dyn Fn(&mut Stamped<Request>, &mut SealedRequest)| {
        let (mut closed, mut sealed) = (closed.clone(), sealed.clone());
        change(&mut closed, &mut sealed);
        closed.body.command = Command::Sealed(sealed);
        sealing().open(&closed).map(Cow::into_owned)
    };
    for bit in 0..sealed.sealed.0.len() * 8 {
        let found = changed(&|_, sealed| sealed.sealed.0[bit / 8] ^= 1 << (bit % 8));
        assert_eq!(found, Err(SealError::WrongKey { seq, lot }), "bit {bit}");
    }
    for length in 0..sealed.sealed.0.len() {
        assert!(
            changed(&|_, sealed| sealed.sealed.0.truncate(length)).is_err(),
            "{length} bytes"
        );
    }
    assert!(changed(&|closed, _| closed.seq = Seq(10)).is_err(), "another place");
    assert!(changed(&|closed, _| closed.at = Timestamp(12)).is_err(), "another time");
    assert!(changed(&|_, sealed| sealed.lot = LotId(5)).is_err(), "another lot");
    assert!(changed(&|_, _| ()).is_ok());
    let another = Sealing::new(Some(SealKey::new([8; 32])))
        .open(&closed)
        .map(Cow::into_owned);
    assert_eq!(another, Err(SealError::WrongKey { seq, lot }));
    let none = Sealing::new(None).open(&closed).map(Cow::into_owned);
    assert_eq!(none, Err(SealError::NoKey { seq, lot }));
    for error in [SealError::WrongKey { seq, lot }, SealError::NoKey { seq, lot }] {
        let words = error.to_string();
        assert!(words.contains("command 9") && words.contains("lot 4"), "{words}");
    }
}

/// What opens and is no bidder's request of its lot is not handed to the core: it would be a way around the door.
#[test]
fn a_key_in_wrong_hands_opens_no_way_around_the_door() {
    let mut sealing = sealing();
    let lot = LotId(4);
    let forged = |body: &[u8]| {
        let mut plain = u16::try_from(body.len()).unwrap().to_le_bytes().to_vec();
        plain.extend_from_slice(body);
        plain.resize(STEP, 0);
        let cipher = Aes256GcmSiv::new(&(*SealKey::new(KEY).of_lot(lot)).into());
        let bound = bound(lot, Seq(9), Timestamp(11));
        let tag = cipher
            .encrypt_inout_detached(&Nonce::from([3; NONCE]), &bound, plain.as_mut_slice().into())
            .unwrap();
        let sealed = [&[3; NONCE][..], &plain, &tag].concat();
        stamped(Command::Sealed(Box::new(SealedRequest {
            lot,
            sealed: Encoded(sealed),
        })))
    };
    let mut tick = Vec::new();
    wire::encode(&stamped(Command::Tick).body, &mut tick);
    let mut other_lot = Vec::new();
    wire::encode(&stamped(bidders(LotId(5))[3].clone()).body, &mut other_lot);
    for body in [&tick, &other_lot, &tick[..5].to_vec()] {
        let found = sealing.open(&forged(body)).map(Cow::into_owned);
        assert_eq!(found, Err(SealError::Strange { seq: Seq(9), lot }));
    }
}

#[test]
fn a_draw_is_the_same_again_and_another_for_anybody_else() {
    let key = SealKey::new(KEY);
    let drawn = key.draw(LotId(4), UserId(3), "enter");
    assert_eq!(key.draw(LotId(4), UserId(3), "enter"), drawn);
    let others = [
        key.draw(LotId(5), UserId(3), "enter"),
        key.draw(LotId(4), UserId(2), "enter"),
        key.draw(LotId(4), UserId(3), "again"),
        SealKey::new([8; 32]).draw(LotId(4), UserId(3), "enter"),
    ];
    assert!(!others.contains(&drawn));
    assert_eq!(format!("{key:?}"), "SealKey(..)");
}
