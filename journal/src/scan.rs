//! Walks through the batches of a journal, checks all there is to check, and judges damage.
//!
//! Always true: what is handed out is a prefix of what was written. Behind it there is nothing but zeros, or a torn
//! tail that nothing proves to have been durable, or the walk ends with an error. What proves it: a later batch or end
//! mark whose `durable_number` covers the damaged one, or a later segment that has been written to. Nothing is changed
//! here: cutting is the journal's business.

use crate::{
    body::{read_records, what_is_wrong},
    disk::{Disk, DiskFile},
    findings::{Cut, Damage, Evidence, OpenError, Recovery, ReplayedBatch},
    format::{BATCH_HEADER, BatchHeader, Parsed, Place, SECTOR, SegmentHeader, is_zero, link, segment_index},
    window::Window,
};
use protocol::{Digest, Request, Seq, Stamped, Timestamp};
use std::sync::Arc;

#[derive(Clone, Copy, Debug)]
struct SegmentFile {
    index: u64,
    length: u64,
}

enum Step {
    /// A batch of this header; its requests are the scanner's.
    Batch(BatchHeader),
    /// Something else; go on.
    On,
    /// There is no more.
    End,
}

/// Where the journal ends.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct End {
    /// Where the next batch goes: `None` if no segment is in use.
    pub(crate) next: Option<Place>,
    /// What must be cut.
    pub(crate) cut: Option<Cut>,
}

/// What a look at a place that seemed damaged found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Look {
    place: Place,
    /// Whether anything behind it proves that it was durable once.
    evidence: bool,
}

/// The walk.
#[derive(Debug)]
pub(crate) struct Scanner<D: Disk> {
    disk: Arc<D>,
    segments: Vec<SegmentFile>,
    /// The position in `segments`, and the byte there; 0 is before the segment's header.
    at: usize,
    offset: u64,
    /// Where the last batch of the segment before ended.
    previous_end: Option<Place>,
    window: Window<D::File>,
    /// A server may be appending: bytes that look damaged are read again before they are judged.
    live: bool,
    read_again: Option<Look>,
    end: Option<End>,
    /// The last batch or end mark: its place and length.
    tail: Option<(Place, u64)>,
    next_number: u64,
    epoch: u64,
    requests: Vec<Stamped<Request>>,
    recovery: Recovery,
}

impl<D: Disk> Scanner<D> {
    /// A walk from the first batch on.
    pub(crate) fn new(disk: Arc<D>, live: bool) -> Result<Self, OpenError> {
        let mut segments = Vec::new();
        for name in disk.list()? {
            if let Some(index) = segment_index(&name) {
                segments.push(SegmentFile {
                    index,
                    length: disk.open(&name)?.length()?,
                });
            }
        }
        segments.sort_unstable_by_key(|segment| segment.index);
        for (segment, expected) in segments.iter().zip(1..) {
            if segment.index != expected {
                return Err(OpenError::SegmentMissing { segment: expected });
            }
        }
        Ok(Self {
            disk,
            segments,
            at: 0,
            offset: 0,
            previous_end: None,
            window: Window::default(),
            live,
            read_again: None,
            end: None,
            tail: None,
            next_number: 1,
            epoch: 0,
            requests: Vec::new(),
            recovery: Recovery {
                last: Seq(0),
                last_at: Timestamp(0),
                batches: 0,
                requests: 0,
                event_hash: None,
                chain_head: Digest([0; 32]),
                created: true,
                clean: true,
                next_is_missing: false,
                cut: None,
            },
        })
    }

    /// The next batch, or `None` at the end.
    pub(crate) fn next_batch(&mut self) -> Result<Option<ReplayedBatch<'_>>, OpenError> {
        while self.end.is_none() {
            match self.step()? {
                Step::Batch(header) => {
                    return Ok(Some(ReplayedBatch {
                        requests: &self.requests,
                        event_hash: header.event_hash,
                        number: header.number,
                        epoch: header.epoch,
                        link: header.link,
                        place: header.place,
                    }));
                }
                Step::On => {}
                Step::End => break,
            }
        }
        Ok(None)
    }

    /// Where the journal ends, once [`Self::next_batch`] has returned `None`.
    pub(crate) fn end(&self) -> &End {
        self.end.as_ref().expect("the walk is over")
    }

    /// What was found so far.
    pub(crate) fn recovery(&self) -> &Recovery {
        &self.recovery
    }

    /// The last batch or end mark: its place and length.
    pub(crate) fn tail(&self) -> Option<(Place, u64)> {
        self.tail
    }

    /// The number of the next batch, and the last epoch.
    pub(crate) fn counters(&self) -> (u64, u64) {
        (self.next_number, self.epoch)
    }

    /// How many segment files there are, prepared ones among them.
    pub(crate) fn segment_count(&self) -> usize {
        self.segments.len()
    }

    /// How long this segment is.
    pub(crate) fn segment_length(&self, segment: u64) -> u64 {
        self.segments[segment as usize - 1].length
    }

    fn expected_seq(&self) -> u64 {
        self.recovery.last.0 + 1
    }

    fn place(&self) -> Place {
        Place {
            segment: self.at as u64 + 1,
            offset: self.offset,
        }
    }

    fn step(&mut self) -> Result<Step, OpenError> {
        let Some(segment) = self.segments.get_mut(self.at) else {
            return Ok(self.finish(None));
        };
        if let Some(length) = self.window.open(&*self.disk, segment.index)? {
            // A server may have been preparing it when the files were listed.
            segment.length = length;
        }
        let segment = *segment;
        if self.offset == 0 {
            return self.segment_header(segment);
        }
        if self.offset + SECTOR as u64 > segment.length {
            return self.zeros_to_the_end(segment);
        }
        let sector = self.window.get(self.offset, SECTOR, segment.length)?;
        if is_zero(sector) {
            return self.zeros_to_the_end(segment);
        }
        match BatchHeader::parse(sector) {
            Parsed::Valid(header) => self.batch(segment, header),
            Parsed::Damaged => self.damage(segment, Damage::BatchHeader, None),
            Parsed::Version(format, wire) => Err(OpenError::of_version(self.place(), format, wire)),
            Parsed::Malformed(what) => Err(OpenError::Malformed {
                place: self.place(),
                what,
            }),
        }
    }

    fn segment_header(&mut self, segment: SegmentFile) -> Result<Step, OpenError> {
        let place = self.place();
        if segment.length < SECTOR as u64 {
            let rest = self.window.get(0, segment.length as usize, segment.length)?;
            if is_zero(rest) {
                return self.zeros_to_the_end(segment);
            }
            // A segment is used only after its whole length is durable.
            let (segment, found) = (segment.index, segment.length);
            return Err(OpenError::SegmentLength {
                segment,
                expected: SECTOR as u64,
                found,
            });
        }
        let sector = self.window.get(0, SECTOR, segment.length)?;
        if is_zero(sector) {
            return self.zeros_to_the_end(segment);
        }
        let header = match SegmentHeader::parse(sector) {
            Parsed::Valid(header) => header,
            Parsed::Damaged => return self.damage(segment, Damage::SegmentHeader, None),
            Parsed::Version(format, wire) => return Err(OpenError::of_version(place, format, wire)),
            Parsed::Malformed(what) => return Err(OpenError::Malformed { place, what }),
        };
        if header.index != segment.index {
            return Err(OpenError::Misdirected {
                place,
                meant: Place {
                    segment: header.index,
                    offset: 0,
                },
            });
        }
        if header.length != segment.length {
            let (segment, found) = (segment.index, segment.length);
            return Err(OpenError::SegmentLength {
                segment,
                expected: header.length,
                found,
            });
        }
        if header.first_number > self.next_number
            && let Some(end) = self.previous_end
        {
            // The segment before ended too early. While a server writes, it may have gone on since we looked.
            let look = Look {
                place: end,
                evidence: true,
            };
            if self.live && self.read_again != Some(look) {
                self.read_again = Some(look);
                self.at -= 1;
                self.offset = end.offset;
                self.window.forget();
                return Ok(Step::On);
            }
            return Err(OpenError::Damaged {
                place: end,
                damage: Damage::BatchMissing,
                from_seq: Seq(self.expected_seq()),
                evidence: Evidence::Segment { segment: segment.index },
            });
        }
        self.must_continue(place, header.first_number, header.first_seq, header.previous)?;
        self.offset = SECTOR as u64;
        Ok(Step::On)
    }

    /// What begins at `place` must follow what was read before.
    fn must_continue(&self, place: Place, number: u64, first_seq: u64, previous: Digest) -> Result<(), OpenError> {
        let after = self.recovery.last;
        if number < self.next_number {
            return Err(OpenError::Stale {
                place,
                expected: self.next_number,
                found: number,
            });
        }
        if first_seq != self.expected_seq() {
            return Err(OpenError::SequenceGap {
                place,
                expected: after.next(),
                found: Seq(first_seq),
            });
        }
        if number > self.next_number {
            return Err(OpenError::Malformed {
                place,
                what: "a batch is missing, but no sequence",
            });
        }
        if previous != self.recovery.chain_head {
            return Err(OpenError::ChainBroken { place, after });
        }
        Ok(())
    }

    /// A batch whose header is sound.
    fn batch(&mut self, segment: SegmentFile, header: BatchHeader) -> Result<Step, OpenError> {
        let place = self.place();
        if header.place != place {
            return Err(OpenError::Misdirected {
                place,
                meant: header.place,
            });
        }
        self.must_continue(place, header.number, header.first_seq, header.previous)?;
        if header.epoch < self.epoch {
            return Err(OpenError::EpochBackwards {
                place,
                last: self.epoch,
                found: header.epoch,
            });
        }
        let bytes = header.bytes();
        if bytes > segment.length - self.offset {
            return Err(OpenError::Malformed {
                place,
                what: "the batch is longer than its segment",
            });
        }
        let batch = self.window.get(self.offset, bytes as usize, segment.length)?;
        let (body, padding) = batch[BATCH_HEADER..].split_at(header.body_len as usize);
        if link(batch, body) != header.link {
            let damage = what_is_wrong(&header, body);
            return self.damage(segment, damage, Some(Seq(header.last_seq())));
        }
        if !is_zero(padding) {
            return self.damage(segment, Damage::Padding, Some(Seq(header.last_seq())));
        }
        read_records(&header, body, self.recovery.last_at, &mut self.requests)?;

        self.recovery.last = Seq(header.last_seq());
        self.recovery.chain_head = header.link;
        self.recovery.created = false;
        self.recovery.clean = header.count == 0;
        self.tail = Some((place, bytes));
        self.next_number = header.number + 1;
        self.epoch = header.epoch;
        self.offset += bytes;
        if header.count == 0 {
            return Ok(Step::On);
        }
        self.recovery.last_at = self.requests.last().expect("not empty").at;
        self.recovery.batches += 1;
        self.recovery.requests += u64::from(header.count);
        self.recovery.event_hash = Some(header.event_hash);
        Ok(Step::Batch(header))
    }

    /// The next sector is zero, or the segment ends: so must be all others, and the journal goes on in the next
    /// segment, or not at all.
    fn zeros_to_the_end(&mut self, segment: SegmentFile) -> Result<Step, OpenError> {
        let used = self.offset > 0;
        let damage = if used {
            Damage::BatchMissing
        } else {
            Damage::SegmentHeader
        };
        if self.window.nonzero(self.offset, segment.length)?.is_some() {
            return self.damage(segment, damage, None);
        }
        match self.written_to_after(self.at)? {
            None => Ok(self.finish(None)),
            Some(later) if used && later == self.at + 1 => {
                self.previous_end = Some(self.place());
                self.at = later;
                self.offset = 0;
                Ok(Step::On)
            }
            Some(_) if used => {
                self.previous_end = Some(self.place());
                self.at += 1;
                self.offset = 0;
                let segment = self.segments[self.at];
                self.window.open(&*self.disk, segment.index)?;
                self.damage(segment, Damage::SegmentHeader, None)
            }
            Some(_) => self.damage(segment, damage, None),
        }
    }

    /// Judges the damage at the present place.
    fn damage(&mut self, segment: SegmentFile, damage: Damage, up_to_seq: Option<Seq>) -> Result<Step, OpenError> {
        let place = self.place();
        let evidence = self.evidence(segment)?;
        let look = Look {
            place,
            evidence: evidence.is_some(),
        };
        if self.live && self.read_again != Some(look) {
            // The evidence was read after the damage. A writer that has gone on meanwhile had finished this batch
            // before, so that it can be read now. Evidence that is new since the last look says nothing of that look.
            self.read_again = Some(look);
            self.window.forget();
            return Ok(Step::On);
        }
        let from_seq = Seq(self.expected_seq());
        if let Some(evidence) = evidence {
            return Err(OpenError::Damaged {
                place,
                damage,
                from_seq,
                evidence,
            });
        }
        let last = self.window.last_nonzero(self.offset, segment.length)?;
        let bytes = last.map_or(0, |last| last + 1 - self.offset);
        Ok(self.finish(Some(Cut {
            place,
            bytes,
            from_seq,
            up_to_seq,
            damage,
        })))
    }

    /// What proves that the batch at the present place was durable once. A sound header that was meant for another
    /// place is an error of its own: no power cut puts it there.
    fn evidence(&mut self, segment: SegmentFile) -> Result<Option<Evidence>, OpenError> {
        let mut offset = self.offset;
        while offset + SECTOR as u64 <= segment.length {
            let place = Place {
                segment: segment.index,
                offset,
            };
            let sector = self.window.get(offset, SECTOR, segment.length)?;
            let header = match (SegmentHeader::parse(sector), BatchHeader::parse(sector)) {
                (Parsed::Damaged, Parsed::Damaged) => None,
                (Parsed::Valid(header), _) => {
                    return Err(OpenError::Misdirected {
                        place,
                        meant: Place {
                            segment: header.index,
                            offset: 0,
                        },
                    });
                }
                (_, Parsed::Valid(header)) if header.place != place => {
                    return Err(OpenError::Misdirected {
                        place,
                        meant: header.place,
                    });
                }
                (_, Parsed::Valid(header)) => Some(header),
                (Parsed::Malformed(what), _) | (_, Parsed::Malformed(what)) => {
                    return Err(OpenError::Malformed { place, what });
                }
                (Parsed::Version(format, wire), _) | (_, Parsed::Version(format, wire)) => {
                    return Err(OpenError::of_version(place, format, wire));
                }
            };
            if let Some(header) = header.filter(|header| self.proves(place, header)) {
                let first = Seq(header.first_seq);
                let is_end_mark = header.count == 0;
                return Ok(Some(if is_end_mark {
                    Evidence::EndMark { place }
                } else {
                    Evidence::Batch { place, first }
                }));
            }
            offset += SECTOR as u64;
        }
        let later = self.written_to_after(self.at)?;
        Ok(later.map(|later| Evidence::Segment {
            segment: self.segments[later].index,
        }))
    }

    /// Whether a sound batch header, in its place, proves that the damaged batch at the present place was durable.
    fn proves(&self, place: Place, header: &BatchHeader) -> bool {
        // The damaged batch's own header, or the one that was written together with its damaged segment header.
        let at_own_place = place.offset == self.offset || (self.offset == 0 && place.offset == SECTOR as u64);
        let own = at_own_place && header.number == self.next_number;
        // A batch that was written while the damaged one was in flight.
        let beside = header.number > self.next_number && header.durable_number < self.next_number;
        !own && !beside
    }

    /// The first segment after the one at position `at` that is not all zeros.
    fn written_to_after(&mut self, at: usize) -> Result<Option<usize>, OpenError> {
        for later in at + 1..self.segments.len() {
            let segment = self.segments[later];
            let mut window = Window::default();
            window.open(&*self.disk, segment.index)?;
            if window.nonzero(0, segment.length)?.is_some() {
                return Ok(Some(later));
            }
        }
        Ok(None)
    }

    fn finish(&mut self, cut: Option<Cut>) -> Step {
        let next = if self.offset > 0 {
            Some(self.place())
        } else {
            self.previous_end
        };
        self.recovery.clean &= cut.is_none();
        self.recovery.cut.clone_from(&cut);
        self.end = Some(End { next, cut });
        Step::End
    }
}
