//! How the venue is governed: the rule book's numbers, what two people must do together, who stands behind whom, and
//! who read what.

use crate::{
    describe::{record, words},
    ids::{AssetId, EntityId, KeyId, ProposalId, Seq, UserId},
    party::Network,
    rules::Profile,
    text::{Bounded, Digest, Office},
    time::{Date, Timestamp},
};
use alloc::vec::Vec;

/// The most beneficial owners of one participant.
pub const BENEFICIARIES_MAX: usize = 64;
/// The largest command that can be proposed, encoded, in bytes.
pub const PROPOSAL_MAX: usize = 64 << 10;
/// The largest command that a house is told with what one of its people did alone, encoded, in bytes.
pub const DONE_ALONE_MAX: usize = 4 << 10;
/// The fewest people whom a house names to approve: one alone could propose nothing, and nobody decides once it is gone.
pub const APPROVERS_MIN: usize = 2;
/// The most.
pub const APPROVERS_MAX: usize = 16;
/// So many working days before it lapses a proposal alarms, where nobody said otherwise; and the most: they are walked.
const ALARM_DAYS: u32 = 1;
/// Days within which a pledgee opens a case once a pledgor presses for a sale, where the rule book says none.
const PRESS_DAYS: u32 = 30;
/// By how many per cent rights are worth less where security is asked for, where the rule book says none.
const FALL_PCT: u32 = 10;
const ALARM_DAYS_MAX: u32 = 30;
/// The most days for which a deputy is named at once, and ahead.
pub const DEPUTY_DAYS_MAX: i32 = 366;

/// The address of the one list whose records are [`Readers::Apart`](crate::Readers::Apart): a note that it was read is
/// told to no operator either.
pub const READ_APART: &str = "/v1/asked-questions";

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
        /// Working days before it lapses on which a proposal alarms that a legal deadline waits for, 0 to 30; none: one.
        alarm_days: Option<u32>,
        /// Days within which a pledgee opens a case once a pledgor presses for a sale (民法典 437); none: thirty.
        press_days: Option<u32>,
        /// By how many per cent at least pledged rights are worth less, where security is asked for it (民法典 433); none: ten.
        fall_pct: Option<u32>,
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

    /// Names who approves for a house that asked for two: then nobody else does but their deputies. None: whoever decides
    /// for it. By two of its users; by an operator only to let any other person of it approve again.
    pub struct NameApprovers {
        /// Of which house.
        entity as "entity_id": EntityId,
        /// Who: 2 to 16 of its users, or none.
        approvers as "approver_user_ids": Vec<UserId> = default,
    }

    /// For whom a user stands in, and on which days.
    #[derive(Copy)]
    pub struct Deputy {
        /// Who stands in.
        user as "user_id": UserId,
        /// The first day: at most 366 days ahead.
        from as "from_on": Date,
        /// The last: at most 366 days after the first.
        until as "until_on": Date,
    }

    /// Names a deputy for one who was named to approve; the one of before is deputy no more. By two users of the house.
    #[derive(Copy)]
    pub struct NameDeputy {
        /// For whom.
        of as "of_user_id": UserId,
        /// Who, and on which days; none: nobody any more.
        deputy: Option<Deputy>,
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

    /// What ends a time in which a command has to be given.
    pub enum LegalDeadline {
        /// A claim can be enforced no longer (民法典 188, 419).
        Limitation = 0, "limitation";
        /// A guarantor that nobody asked is free (民法典 692, 693).
        Guarantee = 1, "guarantee";
        /// The registrar has to have answered.
        RegistrarWindow = 2, "registrar_window";
        /// The day of the auction: the default is cured no more.
        AuctionDay = 3, "auction_day";
        /// A consent runs out under which it would be done.
        Consent = 4, "consent";
        /// A right's dues are late, or it ends for want of them.
        Dues = 5, "dues";
        /// The next step of a sale.
        SaleStep = 6, "sale_step";
        /// The next step of a lot.
        LotStep = 7, "lot_step";
        /// The next step of a reverse licence: a consent, a fee, the end of its grace.
        ReverseStep = 8, "reverse_step";
        /// Shares that a bank took by enforcing had to be sold.
        SaleOfShares = 9, "sale_of_shares";
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
        /// In whose place its deputy approved, if one did.
        decided_for as "decided_for_user_id": Option<UserId>,
        /// The legal deadline that its command has to keep, as it stood when that was proposed; it lapses with it at the
        /// latest.
        deadline: Option<Served>,
        /// When it alarms, if a legal deadline waits for it.
        alarms_at: Option<Timestamp>,
        /// When it alarmed.
        alarmed_at: Option<Timestamp>,
        /// The legal deadline that passed, if it lapsed by one.
        missed: Option<LegalDeadline>,
    }

    /// A legal deadline that a command has to keep.
    #[derive(Copy)]
    pub struct Served {
        /// Which.
        kind: LegalDeadline,
        /// The first moment that is too late.
        at: Timestamp,
    }

    /// A deputy, and for whom.
    #[derive(Copy)]
    pub struct StandsIn {
        /// For whom.
        of as "of_user_id": UserId,
        /// Who, and on which days.
        deputy: Deputy,
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
        /// Who approves; none: whoever decides for it.
        approvers as "approver_user_ids": Vec<UserId> = default,
        /// Their deputies.
        deputies: Vec<StandsIn> = default,
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
    "^([0-9a-f]{2})*$",
    "",
    0,
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
            alarm_days: Some(ALARM_DAYS),
            press_days: Some(PRESS_DAYS),
            fall_pct: Some(FALL_PCT),
        }
    }

    /// So many working days before it lapses a proposal alarms.
    pub fn alarm_days(&self) -> u32 {
        self.alarm_days.unwrap_or(ALARM_DAYS)
    }

    /// Within so many days a pledgee opens a case once a pledgor presses for a sale.
    pub fn press_days(&self) -> u32 {
        self.press_days.unwrap_or(PRESS_DAYS)
    }

    /// By so many per cent at least pledged rights are worth less, where security is asked for it.
    pub fn fall_pct(&self) -> u32 {
        self.fall_pct.unwrap_or(FALL_PCT)
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
            self.press_days(),
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
            && (1..=100).contains(&self.fall_pct())
            && self.alarm_days() <= ALARM_DAYS_MAX
            && self.holder_cap != Some(0)
    }
}
