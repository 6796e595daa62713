//! The records of a batch, read back.

use crate::{
    findings::{Damage, OpenError},
    format::{BatchHeader, Record, RecordError},
};
use protocol::{Request, Seq, Stamped, Timestamp, wire};

/// Reads the records of a batch whose hash is right. What is wrong with them now was written so.
pub(crate) fn read_records(
    header: &BatchHeader,
    mut body: &[u8],
    mut last_at: Timestamp,
    requests: &mut Vec<Stamped<Request>>,
) -> Result<(), OpenError> {
    let malformed = |what| OpenError::Malformed {
        place: header.place,
        what,
    };
    requests.clear();
    for seq in header.first_seq..header.first_seq + u64::from(header.count) {
        let (record, rest) = Record::parse(body).map_err(|error| {
            malformed(match error {
                RecordError::Length => "a record is longer than its batch",
                RecordError::Checksum => "a record's checksum is wrong, its batch's hash is right",
            })
        })?;
        if record.seq != seq {
            return Err(malformed("a record carries another sequence than its place has"));
        }
        if record.at < last_at.0 {
            return Err(malformed("time falls"));
        }
        last_at = Timestamp::read(record.at).ok_or(malformed("a record of no time"))?;
        let request = wire::decode(record.request).map_err(|error| OpenError::Undecodable {
            place: header.place,
            seq: Seq(seq),
            error,
        })?;
        requests.push(Stamped {
            seq: Seq(seq),
            at: last_at,
            body: request,
        });
        body = rest;
    }
    if body.is_empty() {
        Ok(())
    } else {
        Err(malformed("bytes behind the last record"))
    }
}

/// The first record that is damaged, in a batch whose hash is wrong.
pub(crate) fn what_is_wrong(header: &BatchHeader, mut body: &[u8]) -> Damage {
    for seq in header.first_seq..header.first_seq + u64::from(header.count) {
        let seq = Seq(seq);
        match Record::parse(body) {
            Err(RecordError::Length) => return Damage::RecordLength { seq },
            Err(RecordError::Checksum) => return Damage::RecordChecksum { seq },
            Ok((record, _)) if record.seq != seq.0 => {
                return Damage::RecordSequence {
                    expected: seq,
                    found: Seq(record.seq),
                };
            }
            Ok((_, rest)) => body = rest,
        }
    }
    Damage::BatchHash
}
