//! How the venue is governed: the rule book's numbers, what two people must do together, who stands behind whom, and
//! who read what.

use crate::{
    describe::{record, words},
    ids::{AssetId, EntityId, KeyId, ProposalId, Seq, UserId},
    party::Network,
    rules::Profile,
    text::{Bounded, Digest, Office},
    time::Timestamp,
};
use alloc::vec::Vec;

/// The most beneficial owners of one participant.
pub const BENEFICIARIES_MAX: usize = 64;
/// The largest command that can be proposed, encoded, in bytes.
pub const PROPOSAL_MAX: usize = 64 << 10;

record! {
    /// The numbers of the rule book (RULES.md F2, 2.3, 2.5). In force from the command that sets them; the first epoch
    /// begins with those of its profile.
    #[derive(Copy)]
    pub struct RuleBook {
        /// How many holders one product may have had in all; none: without limit (国发〔2011〕38号: 200).
        holder_cap: Option<u32>,
        /// Trading days between buying and selling the same product, in both directions; 0: none (38号: 5).
        lock_days: u32,
        /// How old an extract of the register may be, in days.
        extract_days: u32,
        /// The least working days of disclosure of a sale.
        disclosure_days: u32,
        /// The least for what the State owns.
        state_disclosure_days: u32,
        /// Working days for holders of priority.
        priority_days: u32,
        /// Working days for each step of a sale: signing, funding, filing.
        step_days: u32,
        /// Days after which a delayed print is published.
        print_delay_days: u32,
        /// Months to file a licence's recordal (专利法实施细则 15).
        recordal_months: u32,
        /// Months of a preservation order on a patent.
        preservation_months: u32,
        /// Months of a court's hold on a trademark.
        court_hold_months: u32,
        /// Months in which late dues may still be paid.
        grace_months: u32,
        /// Days after which a proposal that nobody decided lapses.
        proposal_days: u32,
        /// Days within which a pledgee opens a case once a pledgor presses for a sale (民法典 437).
        press_days: u32,
        /// By how many per cent at least pledged rights are worth less, where security is asked for it (民法典 433).
        fall_pct: u32,
    }

    /// Sets the rule book's numbers. By an operator.
    #[derive(Copy)]
    pub struct SetRuleBook {
        /// The numbers.
        rules: RuleBook,
    }

    /// Says where a participant is at home and who stands behind it. By an operator.
    pub struct DescribeEntity {
        /// Whom.
        entity as "entity_id": EntityId,
        /// Where it is at home; a participant with an LEI is taken to be foreign until this says otherwise.
        country: Office,
        /// For whom it holds, if it is a nominee or a trust: they are counted in its place. At most 64, none of them a
        /// nominee.
        beneficiaries as "beneficiary_ids": Vec<EntityId> = default,
        /// Digest of the evidence.
        evidence as "evidence_sha256": Digest,
    }

    /// Asks that from here on two users of one's own entity decide together. By one of its users; to end it takes two.
    #[derive(Copy)]
    pub struct SetDualControl {
        /// Whether two are needed.
        required: bool,
    }

    /// Proposes a command: nothing of it is done before another person of the same entity approves.
    pub struct Propose {
        /// The command, as it would stand in the journal.
        encoded: Encoded,
    }

    /// Approves a proposal: its command is done now, in the proposer's name. Never by the proposer.
    #[derive(Copy)]
    pub struct Approve {
        /// Which.
        proposal as "proposal_id": ProposalId,
    }

    /// Refuses a proposal, or takes one's own back.
    #[derive(Copy)]
    pub struct Refuse {
        /// Which.
        proposal as "proposal_id": ProposalId,
    }

    /// Tells that a user read another's record. Given by the gateway in the reader's name before it answers.
    pub struct LogRead {
        /// Whose record.
        entity as "entity_id": EntityId,
        /// Which: its path in the API.
        record: Bounded<128>,
    }
}

record! {
    /// Which key the venue signs with from here on: certificates, heads of lots, bidders' receipts. Its public half
    /// stands in the journal, so whoever holds that knows which key signed since when.
    #[derive(Copy)]
    pub struct VenueKey {
        /// The Ed25519 public key, in hex.
        public_key: Digest,
    }

    /// The way back where no operator can sign any more: the key of the venue's configuration becomes the first
    /// operator's. By the venue itself, on the word of who holds its machine.
    pub struct Recover {
        /// The Ed25519 public key, in hex; it gets every scope.
        public_key: Digest,
        /// Networks it may come from; none: anywhere.
        networks: Vec<Network> = default,
        /// Whether the other keys of operators end: those who hold them are gone, or are not who they should be.
        end_others as "end_other_keys": bool,
    }

    /// What a start went on without: commands that were durable once are gone, and their numbers are given again. By the
    /// venue itself, on the word of who holds its machine; public, for whoever holds a receipt of one of them.
    #[derive(Copy)]
    pub struct AcceptLoss {
        /// The last command that is left.
        left as "last_seq": Seq,
        /// The last one of which there was evidence; nothing where it only shows that there were some.
        known as "known_seq": Option<Seq>,
    }

    /// A recovery, told to every operator.
    pub struct Recovery {
        /// The number of the key that can sign from here on.
        key as "key_id": KeyId,
        /// Its public half.
        public_key: Digest,
        /// The operators' keys that ended.
        ended as "ended_key_ids": Vec<KeyId> = default,
    }
}

words! {
    /// How a proposal stands.
    pub enum ProposalState {
        /// Waits for another person.
        Open = 0, "open";
        /// Approved, and its command was done.
        Done = 1, "done";
        /// Approved, but its command broke a rule by then: nothing was done.
        Failed = 2, "failed";
        /// Refused, or taken back.
        Refused = 3, "refused";
        /// Nobody decided in time.
        Lapsed = 4, "lapsed";
    }
}

record! {
    /// A proposal as it stands.
    pub struct Proposal {
        /// Which.
        proposal as "proposal_id": ProposalId,
        /// Whose entity's.
        entity as "entity_id": EntityId,
        /// Who proposed it.
        by as "by_user_id": UserId,
        /// The command.
        encoded: Encoded,
        /// How it stands.
        state: ProposalState,
        /// Who decided.
        decided_by as "decided_by_user_id": Option<UserId>,
        /// Why it could not be done.
        failed: Option<Bounded<64>>,
        /// When it lapses.
        lapses_at: Timestamp,
    }

    /// A participant's home and those behind it.
    pub struct EntityFacts {
        /// Whom.
        entity as "entity_id": EntityId,
        /// Where it is at home.
        country: Office,
        /// For whom it holds.
        beneficiaries as "beneficiary_ids": Vec<EntityId> = default,
        /// Whether two of its users decide together.
        dual_control: bool,
    }

    /// Somebody read another's record.
    pub struct Read {
        /// Who.
        by as "by_user_id": UserId,
        /// Of which entity.
        reader as "reader_id": EntityId,
        /// Whose record.
        entity as "entity_id": EntityId,
        /// Which.
        record: Bounded<128>,
    }

    /// How many have held a product, ever: issue and resale together, nominees looked through.
    #[derive(Copy)]
    pub struct Holders {
        /// Which right.
        asset as "asset_id": AssetId,
        /// How many.
        count: u32,
    }
}

/// A command in the journal's encoding; to people, hex.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Encoded(pub Vec<u8>);

impl core::fmt::Display for Encoded {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl core::str::FromStr for Encoded {
    type Err = crate::text::Unreadable;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digit = |byte: u8| (byte as char).to_digit(16).ok_or(crate::text::Unreadable::HEX);
        if !text.len().is_multiple_of(2) {
            return Err(crate::text::Unreadable::HEX);
        }
        let bytes = text.as_bytes().chunks(2);
        bytes
            .map(|pair| Ok((digit(pair[0])? << 4 | digit(pair[1])?) as u8))
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

crate::text::text_for_people!(
    Encoded,
    Vec<u8>,
    |encoded| encoded.0.clone(),
    |bytes| Some(Encoded(bytes)),
    crate::text::Unreadable::HEX,
    "a command in the journal's encoding, as hex",
    "0006"
);

impl RuleBook {
    /// The numbers that a profile begins with.
    pub const fn of(profile: Profile) -> Self {
        let (holder_cap, lock_days) = match profile {
            Profile::CnVenue => (Some(200), 5),
            Profile::UnitMarket => (None, 0),
        };
        Self {
            holder_cap,
            lock_days,
            extract_days: 30,
            disclosure_days: 5,
            state_disclosure_days: 20,
            priority_days: 5,
            step_days: 5,
            print_delay_days: 30,
            recordal_months: 3,
            preservation_months: 6,
            court_hold_months: 12,
            grace_months: 6,
            proposal_days: 7,
            press_days: 30,
            fall_pct: 10,
        }
    }

    /// Whether the profile's law lets these numbers stand: a Chinese venue's cap and lock may be stricter, never looser
    /// (RULES.md F2).
    pub fn is_lawful(&self, profile: Profile) -> bool {
        match profile {
            Profile::CnVenue => self.holder_cap.is_some_and(|cap| cap <= 200) && self.lock_days >= 5,
            Profile::UnitMarket => true,
        }
    }

    /// Whether every number is one that can be lived with.
    pub fn is_valid(&self) -> bool {
        let days = [
            self.lock_days,
            self.extract_days,
            self.disclosure_days,
            self.state_disclosure_days,
            self.priority_days,
            self.step_days,
            self.print_delay_days,
            self.proposal_days,
            self.press_days,
        ];
        let months = [
            self.recordal_months,
            self.preservation_months,
            self.court_hold_months,
            self.grace_months,
        ];
        days.iter().all(|&days| days <= 366)
            && months.iter().all(|&months| (1..=60).contains(&months))
            && self.step_days > 0
            && self.proposal_days > 0
            && (1..=100).contains(&self.fall_pct)
            && self.holder_cap != Some(0)
    }
}
