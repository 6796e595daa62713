//! The configuration file of `zhiheng serve`: TOML, every key known, every mistake named.
//!
//! It says where the exchange listens and lives, which rules its journal begins with, who its first operator is, and
//! what one client may take. Rules and operator's key are for an empty journal; where one has begun and the file says
//! something else, the start is refused (`server::unchanged`). Paths are relative to the file's folder.

use crate::{
    holidays::{self, Holidays},
    json::scalar::{read_date, read_hex, read_network},
    proof::{
        request::{VENUE_ID_MAX, is_venue_id},
        seal::{self, SEAL_ENV, Seal},
    },
    server::{Entitlements, ForwardedHeader, Genesis, Level, Limits, PayIn, Rate, ServerConfig, SignIn, TlsFiles},
};
use protocol::{
    BasisPoints, Bounded, EntityId,
    rules::{Approval, Calendar, Epoch, Fees, Profile, RULES_VERSION},
};
use serde::Deserialize;
use std::{
    collections::BTreeMap,
    net::SocketAddr,
    ops::RangeInclusive,
    path::{Path, PathBuf},
    time::Duration,
};

/// The shortest and the longest segment of the journal that can be configured, in bytes.
const SEGMENT_MIN: u64 = 1 << 20;
const SEGMENT_MAX: u64 = 1 << 32;
/// What the length of a segment is a multiple of.
const SECTOR: u64 = 4_096;

/// Why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("{0}: {1}")]
    Io(PathBuf, std::io::Error),
    /// The file is not TOML, or names a key that is not known.
    #[error("{0}: {1}")]
    Malformed(PathBuf, String),
    /// A value of the file cannot be used.
    #[error("{path}: {field}: {why}")]
    Value {
        /// The file.
        path: PathBuf,
        /// The key of the value.
        field: &'static str,
        /// What is wrong with the value.
        why: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    listen: SocketAddr,
    #[serde(default)]
    metrics_listen: Option<SocketAddr>,
    data_dir: PathBuf,
    operator_public_key: String,
    #[serde(default)]
    venue_id: Option<String>,
    #[serde(default)]
    tls: Option<TlsFile>,
    #[serde(default)]
    trusted_proxies: Vec<String>,
    #[serde(default)]
    forwarded_header: Option<ForwardedHeaderName>,
    #[serde(default)]
    seal_key_file: Option<PathBuf>,
    #[serde(default)]
    operator_networks: Vec<String>,
    #[serde(default)]
    profile: ProfileName,
    #[serde(default)]
    approval: Option<String>,
    #[serde(default)]
    judicial_listing: Option<String>,
    #[serde(default)]
    fees: FeesFile,
    #[serde(default)]
    calendar: CalendarFile,
    #[serde(default)]
    receive_window_ms: Option<u64>,
    #[serde(default)]
    journal: JournalFile,
    #[serde(default)]
    closing: ClosingFile,
    #[serde(default)]
    clock: ClockFile,
    #[serde(default)]
    sign_in: SignInFile,
    #[serde(default)]
    limits: LimitsFile,
    #[serde(default)]
    entitlements: EntitlementsFile,
    #[serde(default)]
    pay_in: Option<PayIn>,
}

/// The listener's TLS.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TlsFile {
    certificate: PathBuf,
    key: PathBuf,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum ForwardedHeaderName {
    Forwarded,
    XForwardedFor,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum ProfileName {
    #[default]
    CnVenue,
    UnitMarket,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct FeesFile {
    maker_bps: u16,
    taker_bps: u16,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct CalendarFile {
    /// Lists of days off, a file a year, as public data sets give them.
    files: Vec<PathBuf>,
    years: Vec<u16>,
    sources: Vec<String>,
    holidays: Vec<String>,
    working_weekends: Vec<String>,
}

/// How the journal's files are laid out.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct JournalFile {
    /// The length of a new segment, in bytes.
    segment_bytes: Option<u64>,
}

/// What keeps the end of a lot fair, where it differs from the defaults of [`sequencer::Config`]. Times are in
/// milliseconds.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct ClosingFile {
    arrival_wait_ms: Option<u64>,
    heartbeat_ms: Option<u64>,
    standstill_ms: Option<u64>,
    standstill_near_end_ms: Option<u64>,
}

/// When a start asks which time it is.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct ClockFile {
    /// After so many days without a command.
    gap_days: Option<u64>,
    /// Where the kernel says that nobody sets the clock right.
    unsynchronised: Option<Unsynchronised>,
}

#[derive(Clone, Copy, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
enum Unsynchronised {
    Ask,
    Accept,
}

/// How people sign in, where it differs from the defaults of [`SignIn`].
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct SignInFile {
    idle_minutes: Option<u64>,
    longest_hours: Option<u64>,
    secure_cookie: Option<bool>,
    origins: Vec<String>,
}

/// What differs from the defaults of [`Limits`]. Times are in milliseconds.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct LimitsFile {
    message_bytes: Option<usize>,
    import_bytes: Option<usize>,
    attachment_bytes: Option<usize>,
    connections: Option<usize>,
    connections_per_ip: Option<usize>,
    key_points_per_second: Option<u32>,
    key_points_burst: Option<u32>,
    ip_points_per_second: Option<u32>,
    ip_points_burst: Option<u32>,
    request_timeout_ms: Option<u64>,
    ping_every_ms: Option<u64>,
    idle_timeout_ms: Option<u64>,
    min_seq_wait_ms: Option<u64>,
    in_flight: Option<usize>,
    drain_ms: Option<u64>,
}

/// Who has the market's data at which level; where nothing is said, everybody has it live.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct EntitlementsFile {
    anonymous: Option<Level>,
    participants: Option<Level>,
    data_consumers: Option<Level>,
    /// How old prints are when `delayed` shows them, in seconds.
    delay_s: Option<u64>,
    of: Vec<EntitledFile>,
}

/// A participant that has its own level.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EntitledFile {
    entity_id: u32,
    level: Level,
}

/// Reads a configuration file.
///
/// # Errors
/// Where the file cannot be read or used; the words name the key.
pub fn load(path: &Path) -> Result<ServerConfig, ConfigError> {
    let text = std::fs::read_to_string(path).map_err(|error| ConfigError::Io(path.into(), error))?;
    parse(path, &text, seal::from_environment().as_ref().map(|key| key.as_str()))
}

/// Reads the text of a configuration file at `path`; `seal` is what the environment says.
///
/// # Errors
/// Where the text cannot be used; the words name the key.
pub fn parse(path: &Path, text: &str, seal: Option<&str>) -> Result<ServerConfig, ConfigError> {
    let file: File = toml::from_str(text).map_err(|error| ConfigError::Malformed(path.into(), error.to_string()))?;
    let wrong = |field, why: String| ConfigError::Value {
        path: path.into(),
        field,
        why,
    };
    let base = path.parent().unwrap_or(Path::new(""));
    let epoch = epoch(&file, base, &wrong)?;
    let key = read_hex(&file.operator_public_key);
    let genesis = Genesis {
        epoch,
        operator_key: key.map_err(|_| {
            wrong(
                "operator_public_key",
                "64 hex digits, as `zhiheng keygen --out operator.key` prints them".into(),
            )
        })?,
        operator_networks: list(&file.operator_networks, read_network)
            .map_err(|why| wrong("operator_networks", why))?,
    };
    let mut config = ServerConfig::new(file.listen, base.join(&file.data_dir), genesis);
    if file
        .metrics_listen
        .is_some_and(|at| at == file.listen && at.port() != 0)
    {
        return Err(wrong(
            "metrics_listen",
            "another address than `listen`: the metrics are the house's alone".into(),
        ));
    }
    config.metrics_listen = file.metrics_listen;
    config.tls = file.tls.as_ref().map(|tls| TlsFiles {
        certificate: base.join(&tls.certificate),
        key: base.join(&tls.key),
    });
    config.trusted_proxies = list(&file.trusted_proxies, read_network).map_err(|why| wrong("trusted_proxies", why))?;
    config.forwarded_header = match file.forwarded_header {
        None => ForwardedHeader::Either,
        Some(ForwardedHeaderName::Forwarded) => ForwardedHeader::Forwarded,
        Some(ForwardedHeaderName::XForwardedFor) => ForwardedHeader::XForwardedFor,
    };
    if file.venue_id.as_deref().is_some_and(|id| !is_venue_id(id)) {
        let why = format!("1 to {VENUE_ID_MAX} of A-Z a-z 0-9 - . _ :");
        return Err(wrong("venue_id", why));
    }
    config.venue_id = file.venue_id;
    if let Some(path) = &file.seal_key_file {
        config.seal = Seal::File(base.join(path));
    }
    if let Some(seal) = seal {
        let key = read_hex(seal).map_err(|_| wrong(SEAL_ENV, "64 hex digits".into()))?;
        config.seal = Seal::Key(key.into());
    }
    let set_ms = |to: &mut Duration, from: Option<u64>, range: RangeInclusive<u64>, field| match from {
        Some(ms) if !range.contains(&ms) => {
            let (least, most) = range.into_inner();
            Err(wrong(field, format!("{least} to {most}; found {ms}")))
        }
        Some(ms) => {
            *to = Duration::from_millis(ms);
            Ok(())
        }
        None => Ok(()),
    };
    let window = file.receive_window_ms;
    set_ms(&mut config.receive_window, window, 100..=60_000, "receive_window_ms")?;
    let (closing, core) = (&file.closing, &mut config.sequencer);
    let (wait, beat, still) = (closing.arrival_wait_ms, closing.heartbeat_ms, closing.standstill_ms);
    set_ms(&mut core.arrival_wait, wait, 1..=60_000, "closing.arrival_wait_ms")?;
    set_ms(&mut core.heartbeat, beat, 1_000..=600_000, "closing.heartbeat_ms")?;
    // A machine under load lets a thread sleep for some hundred milliseconds too long: that is no standstill.
    set_ms(&mut core.standstill, still, 1_000..=60_000, "closing.standstill_ms")?;
    let near = closing.standstill_near_end_ms;
    let near_field = "closing.standstill_near_end_ms";
    set_ms(&mut core.standstill_near_end, near, 250..=60_000, near_field)?;
    if let Some(days) = file.clock.gap_days {
        if !(1..=3_650).contains(&days) {
            return Err(wrong("clock.gap_days", format!("1 to 3650; found {days}")));
        }
        core.known.gap_max = Duration::from_secs(days * 86_400);
    }
    // Nothing of a sandbox is anybody's.
    let asks = file.clock.unsynchronised.map(|said| said == Unsynchronised::Ask);
    config.asks_for_synchronised = asks.unwrap_or(config.genesis.epoch.approval != Approval::Sandbox);
    if let Some(bytes) = file.journal.segment_bytes {
        if !(SEGMENT_MIN..=SEGMENT_MAX).contains(&bytes) || bytes % SECTOR != 0 {
            let why = format!("{SEGMENT_MIN} to {SEGMENT_MAX}, a multiple of {SECTOR}; found {bytes}");
            return Err(wrong("journal.segment_bytes", why));
        }
        let journal = &mut config.sequencer.journal;
        journal.segment_bytes = bytes;
        // A batch fits a segment several times, so that little is wasted at its end.
        journal.batch_bytes_max = journal.batch_bytes_max.min(bytes / 4 / SECTOR * SECTOR);
    }
    config.sign_in = sign_in(&file.sign_in, &wrong)?;
    file.limits
        .apply(&mut config.limits)
        .map_err(|field| wrong(field, "above zero".into()))?;
    config.entitlements = file.entitlements.read().map_err(|(field, why)| wrong(field, why))?;
    config.pay_in = file.pay_in.as_ref().map(|told| pay_in(told, &wrong)).transpose()?;
    Ok(config)
}

/// The account that is paid into, each of its texts as a line that can be shown.
fn pay_in(told: &PayIn, wrong: &dyn Fn(&'static str, String) -> ConfigError) -> Result<PayIn, ConfigError> {
    let texts = [
        ("pay_in.holder", &told.holder),
        ("pay_in.bank", &told.bank),
        ("pay_in.number", &told.number),
    ];
    for (field, text) in texts {
        let length = text.chars().count();
        let shows = !text.trim().is_empty() && !text.chars().any(char::is_control);
        if !shows || length > PayIn::TEXT_MAX {
            let most = PayIn::TEXT_MAX;
            return Err(wrong(
                field,
                format!("a line of 1 to {most} characters; found {length}"),
            ));
        }
    }
    Ok(told.clone())
}

fn sign_in(file: &SignInFile, wrong: &dyn Fn(&'static str, String) -> ConfigError) -> Result<SignIn, ConfigError> {
    let mut sign_in = SignIn::default();
    if let Some(minutes) = file.idle_minutes {
        if !(1..=1_440).contains(&minutes) {
            return Err(wrong("sign_in.idle_minutes", format!("1 to 1440; found {minutes}")));
        }
        sign_in.idle = Duration::from_secs(minutes * 60);
    }
    if let Some(hours) = file.longest_hours {
        if !(1..=720).contains(&hours) {
            return Err(wrong("sign_in.longest_hours", format!("1 to 720; found {hours}")));
        }
        sign_in.longest = Duration::from_secs(hours * 3_600);
    }
    let is_origin = |origin: &&String| {
        let host = origin
            .strip_prefix("https://")
            .or_else(|| origin.strip_prefix("http://"));
        host.is_some_and(|host| !host.is_empty() && !host.contains(['/', ' ', '*', '@']))
    };
    if let Some(other) = file.origins.iter().find(|origin| !is_origin(origin)) {
        return Err(wrong(
            "sign_in.origins",
            format!("as https://venue.example; found {other}"),
        ));
    }
    sign_in.secure_cookie = file.secure_cookie;
    sign_in.origins.clone_from(&file.origins);
    Ok(sign_in)
}

fn list<T>(texts: &[String], read: impl Fn(&str) -> Result<T, crate::json::InputError>) -> Result<Vec<T>, String> {
    texts
        .iter()
        .map(|text| read(text).map_err(|error| error.to_string()))
        .collect()
}

fn epoch(file: &File, base: &Path, wrong: &dyn Fn(&'static str, String) -> ConfigError) -> Result<Epoch, ConfigError> {
    let (profile, approval) = match (file.profile, file.approval.as_deref()) {
        (ProfileName::CnVenue, None) => (Profile::CnVenue, Approval::None),
        (ProfileName::CnVenue, Some(_)) => {
            return Err(wrong(
                "approval",
                "the profile cn-venue needs none; it is for unit-market".into(),
            ));
        }
        (ProfileName::UnitMarket, Some("sandbox")) => (Profile::UnitMarket, Approval::Sandbox),
        (ProfileName::UnitMarket, Some(text)) if text.eq_ignore_ascii_case("sandbox") || text == "沙盒" => {
            return Err(wrong(
                "approval",
                "a sandbox is said in these very letters: sandbox".into(),
            ));
        }
        (ProfileName::UnitMarket, Some(text)) if text.eq_ignore_ascii_case("demo") || text == "演示" => {
            return Err(wrong(
                "approval",
                "the demo market begins by `zhiheng` alone; a sandbox of your own is `sandbox`".into(),
            ));
        }
        (ProfileName::UnitMarket, Some(text)) => {
            let reference = Bounded::new(text).ok_or_else(|| wrong("approval", "1 to 64 bytes".into()))?;
            (Profile::UnitMarket, Approval::Reference(reference))
        }
        (ProfileName::UnitMarket, None) => {
            let why = "the profile unit-market needs the reference of an approval, or the word sandbox";
            return Err(wrong("approval", why.into()));
        }
    };
    let fees = Fees {
        maker: BasisPoints(file.fees.maker_bps),
        taker: BasisPoints(file.fees.taker_bps),
    };
    if !fees.is_valid() {
        return Err(wrong("fees", "at most 10000 basis points".into()));
    }
    let calendar = calendar(&file.calendar, base, wrong)?;
    // Without one 1 October works: nobody's days are counted so but in a sandbox.
    if calendar.is_absent() && approval != Approval::Sandbox {
        let why = "a venue that is no sandbox has one: files = [\"2026.json\"], the State Council's list as `zhiheng calendar import` reads it";
        return Err(wrong("calendar", why.into()));
    }
    let listing = |text: &str| Bounded::new(text).ok_or_else(|| wrong("judicial_listing", "1 to 64 bytes".into()));
    let judicial_listing = file.judicial_listing.as_deref().map(listing).transpose()?;
    Ok(Epoch {
        rules_version: RULES_VERSION,
        profile,
        approval,
        fees,
        calendar,
        judicial_listing,
    })
}

/// The calendar that the file says, and that its lists make of it.
fn calendar(
    file: &CalendarFile,
    base: &Path,
    wrong: &dyn Fn(&'static str, String) -> ConfigError,
) -> Result<Calendar, ConfigError> {
    let days = |days: &[String], field| list(days, read_date).map_err(|why| wrong(field, why));
    let sources = file
        .sources
        .iter()
        .map(|source| Bounded::new(source))
        .collect::<Option<_>>();
    let said = Calendar {
        years: file.years.clone(),
        sources: sources.ok_or_else(|| wrong("calendar.sources", "1 to 256 bytes each".into()))?,
        holidays: days(&file.holidays, "calendar.holidays")?,
        working_weekends: days(&file.working_weekends, "calendar.working_weekends")?,
    };
    if !said.is_valid() {
        return Err(wrong("calendar", protocol::Reject::CalendarInvalid.english().into()));
    }
    let lists = file.files.iter().map(|path| Holidays::load(&base.join(path)));
    let lists = lists.collect::<Result<Vec<_>, _>>();
    let lists = lists.map_err(|mistakes| wrong("calendar.files", mistakes.join("; ")))?;
    Ok(holidays::calendar(&said, &lists))
}

impl EntitlementsFile {
    /// What the file says over the defaults; the error names what is wrong, and why.
    fn read(&self) -> Result<Entitlements, (&'static str, String)> {
        let all = Entitlements::default();
        let delay = self.delay_s.map_or(all.delay, Duration::from_secs);
        if !(Duration::from_secs(1)..=Entitlements::DELAY_MAX).contains(&delay) {
            let most = Entitlements::DELAY_MAX.as_secs();
            return Err((
                "entitlements.delay_s",
                format!("1 to {most}; found {}", delay.as_secs()),
            ));
        }
        let of: BTreeMap<_, _> = self.of.iter().map(|one| (EntityId(one.entity_id), one.level)).collect();
        if of.len() != self.of.len() {
            return Err(("entitlements.of", "a participant has one level".into()));
        }
        if of.len() > Entitlements::NAMED_MAX {
            return Err(("entitlements.of", format!("at most {}", Entitlements::NAMED_MAX)));
        }
        Ok(Entitlements {
            anonymous: self.anonymous.unwrap_or(all.anonymous),
            participants: self.participants.unwrap_or(all.participants),
            data_consumers: self.data_consumers.unwrap_or(all.data_consumers),
            of,
            delay,
        })
    }
}

impl LimitsFile {
    /// Puts what the file says over the defaults; the error names a value that is zero.
    fn apply(&self, limits: &mut Limits) -> Result<(), &'static str> {
        fn set<T: Copy + PartialEq + From<u8>>(
            to: &mut T,
            from: Option<T>,
            name: &'static str,
        ) -> Result<(), &'static str> {
            match from {
                Some(zero) if zero == T::from(0) => Err(name),
                Some(value) => {
                    *to = value;
                    Ok(())
                }
                None => Ok(()),
            }
        }
        fn set_ms(to: &mut Duration, from: Option<u64>, name: &'static str) -> Result<(), &'static str> {
            let mut ms = 1;
            set(&mut ms, from, name)?;
            if from.is_some() {
                *to = Duration::from_millis(ms);
            }
            Ok(())
        }
        let rate = |to: &mut Rate, per_second, burst, names: [&'static str; 2]| {
            set(&mut to.per_second, per_second, names[0])?;
            set(&mut to.burst, burst, names[1])
        };
        set(&mut limits.message_bytes, self.message_bytes, "limits.message_bytes")?;
        set(&mut limits.import_bytes, self.import_bytes, "limits.import_bytes")?;
        set(
            &mut limits.attachment_bytes,
            self.attachment_bytes,
            "limits.attachment_bytes",
        )?;
        set(&mut limits.connections, self.connections, "limits.connections")?;
        set(
            &mut limits.connections_per_ip,
            self.connections_per_ip,
            "limits.connections_per_ip",
        )?;
        let names = ["limits.key_points_per_second", "limits.key_points_burst"];
        rate(
            &mut limits.key_rate,
            self.key_points_per_second,
            self.key_points_burst,
            names,
        )?;
        let names = ["limits.ip_points_per_second", "limits.ip_points_burst"];
        rate(
            &mut limits.ip_rate,
            self.ip_points_per_second,
            self.ip_points_burst,
            names,
        )?;
        set_ms(
            &mut limits.request_timeout,
            self.request_timeout_ms,
            "limits.request_timeout_ms",
        )?;
        set_ms(&mut limits.ping_every, self.ping_every_ms, "limits.ping_every_ms")?;
        set_ms(&mut limits.idle_timeout, self.idle_timeout_ms, "limits.idle_timeout_ms")?;
        set_ms(&mut limits.min_seq_wait, self.min_seq_wait_ms, "limits.min_seq_wait_ms")?;
        set(&mut limits.in_flight, self.in_flight, "limits.in_flight")?;
        set_ms(&mut limits.drain, self.drain_ms, "limits.drain_ms")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head() -> String {
        format!(
            "listen = \"127.0.0.1:0\"\ndata_dir = \"data\"\noperator_public_key = \"{}\"\n",
            "ab".repeat(32)
        )
    }

    /// What a file says beyond the head, with a calendar unless it says one itself.
    fn read(more: &str) -> Result<ServerConfig, String> {
        let calendar = if more.contains("[calendar]") { "" } else { CALENDAR };
        read_bare(&format!("{more}{calendar}"))
    }

    const CALENDAR: &str = "[calendar]\nyears = [2026]\n";

    fn read_bare(more: &str) -> Result<ServerConfig, String> {
        parse(Path::new("/etc/zhiheng/z.toml"), &format!("{}{more}", head()), None).map_err(|error| error.to_string())
    }

    #[test]
    fn only_a_sandbox_runs_without_a_calendar() {
        for more in [
            "",
            "[calendar]\nyears = []\n",
            "profile = \"unit-market\"\napproval = \"深知监〔2026〕1号\"\n",
        ] {
            let error = read_bare(more).unwrap_err();
            assert!(
                error.contains("calendar: a venue that is no sandbox has one"),
                "{more}: {error}"
            );
        }
        let sandbox = read_bare("profile = \"unit-market\"\napproval = \"sandbox\"\n").unwrap();
        assert!(sandbox.genesis.epoch.calendar.is_absent());
    }

    #[test]
    fn a_list_of_days_off_is_read_from_its_file() {
        let dir = tempfile::tempdir().unwrap();
        let list = |off: &str| {
            format!(
                r#"{{"year":2026,"papers":["p"],"days":[{{"name":"n","date":"2026-01-01","isOffDay":true}},{{"name":"n","date":"2026-05-01","isOffDay":true}},{{"name":"n","date":"{off}","isOffDay":true}}]}}"#
            )
        };
        let load = |off: &str| {
            std::fs::write(dir.path().join("2026.json"), list(off)).unwrap();
            let text = format!("{}[calendar]\nfiles = [\"2026.json\"]\n", head());
            parse(&dir.path().join("z.toml"), &text, None).map_err(|error| error.to_string())
        };
        let calendar = load("2026-10-01").unwrap().genesis.epoch.calendar;
        assert_eq!(
            (&calendar.years[..], calendar.holidays.len(), calendar.sources.len()),
            (&[2026][..], 3, 1)
        );
        let error = load("2026-10-32").unwrap_err();
        assert!(
            error.contains("calendar.files: ") && error.contains("2026-10-32"),
            "{error}"
        );
    }

    #[test]
    fn the_default_is_the_strict_profile() {
        let config = read("").unwrap();
        assert_eq!(config.genesis.epoch.profile, Profile::CnVenue);
        assert_eq!(config.genesis.epoch.approval, Approval::None);
        assert_eq!(config.data_dir, Path::new("/etc/zhiheng/data"));
        assert_eq!(config.limits, Limits::default());
    }

    #[test]
    fn everything_can_be_said() {
        let config = read(
            "metrics_listen = \"127.0.0.1:9464\"\nvenue_id = \"shenzhen-1\"\nprofile = \"unit-market\"\napproval = \"深知监〔2026〕1号\"\njudicial_listing = \"法〔2026〕7号\"\noperator_networks = [\"10.0.0.0/8\"]\n\
             receive_window_ms = 2000\ntrusted_proxies = [\"10.0.0.0/8\"]\nforwarded_header = \"x-forwarded-for\"\n\
             [tls]\ncertificate = \"tls/chain.pem\"\nkey = \"/keys/tls.pem\"\n[fees]\nmaker_bps = 10\ntaker_bps = 20\n[calendar]\nyears = [2026]\nholidays = [\"2026-10-01\"]\n\
             [journal]\nsegment_bytes = 1048576\n[closing]\narrival_wait_ms = 500\nheartbeat_ms = 5000\n\
             standstill_ms = 2000\nstandstill_near_end_ms = 250\n[clock]\ngap_days = 3\nunsynchronised = \"accept\"\n[limits]\nmessage_bytes = 1024\ndrain_ms = 5\nkey_points_per_second = 9\n",
        )
        .unwrap();
        assert_eq!(config.genesis.epoch.fees.taker, BasisPoints(20));
        assert_eq!(config.genesis.operator_networks.len(), 1);
        assert_eq!(config.metrics_listen, Some("127.0.0.1:9464".parse().unwrap()));
        assert_eq!(config.venue_id.as_deref(), Some("shenzhen-1"));
        assert_eq!(config.trusted_proxies.len(), 1);
        assert_eq!(config.forwarded_header, ForwardedHeader::XForwardedFor);
        let tls = config.tls.unwrap();
        assert_eq!(tls.certificate, Path::new("/etc/zhiheng/tls/chain.pem"));
        assert_eq!(tls.key, Path::new("/keys/tls.pem"));
        assert_eq!(
            (config.limits.message_bytes, config.limits.drain),
            (1024, Duration::from_millis(5))
        );
        assert_eq!(config.limits.key_rate.per_second, 9);
        assert_eq!(config.receive_window, Duration::from_secs(2));
        let core = config.sequencer;
        let times = [core.arrival_wait, core.heartbeat, core.standstill].map(|time| time.as_millis());
        assert_eq!(times, [500, 5_000, 2_000]);
        assert_eq!(core.standstill_near_end, Duration::from_millis(250));
        assert_eq!(core.known.gap_max, Duration::from_secs(3 * 86_400));
        assert!(!config.asks_for_synchronised);
    }

    #[test]
    fn a_clock_that_nobody_sets_is_asked_about_but_in_a_sandbox() {
        assert!(read("").unwrap().asks_for_synchronised);
        let sandbox = "profile = \"unit-market\"\napproval = \"sandbox\"\n";
        assert!(!read(sandbox).unwrap().asks_for_synchronised);
        let asked = format!("{sandbox}[clock]\nunsynchronised = \"ask\"\n");
        assert!(read(&asked).unwrap().asks_for_synchronised);
    }

    #[test]
    fn who_has_the_markets_data_at_which_level_is_said_in_the_file_and_all_have_it_live_otherwise() {
        assert_eq!(read("").unwrap().entitlements, Entitlements::default());
        let said = "[entitlements]\nanonymous = \"end_of_day\"\nparticipants = \"delayed\"\ndelay_s = 60\n\
                    of = [{ entity_id = 7, level = \"conflated\" }]\n";
        let read = read(said).unwrap().entitlements;
        assert_eq!(
            (read.anonymous, read.participants, read.data_consumers),
            (Level::EndOfDay, Level::Delayed, Level::Live)
        );
        assert_eq!(read.of.get(&EntityId(7)), Some(&Level::Conflated));
        assert_eq!(read.delay, Duration::from_secs(60));
    }

    #[test]
    fn the_account_that_is_paid_into_is_told_as_the_file_says() {
        assert_eq!(read("").unwrap().pay_in, None);
        let said = "[pay_in]\nholder = \"示范知识产权交易中心\"\nbank = \"示范银行深圳分行\"\nnumber = \"7558 0000\"\n";
        let told = read(said).unwrap().pay_in.unwrap();
        assert_eq!(
            (told.holder.as_str(), told.bank.as_str(), told.number.as_str()),
            ("示范知识产权交易中心", "示范银行深圳分行", "7558 0000")
        );
    }

    #[test]
    fn the_seal_key_lies_beside_the_data_or_where_it_is_said() {
        assert!(matches!(read("").unwrap().seal, Seal::Beside));
        let file = "seal_key_file = \"keys/venue.key\"\n";
        assert!(
            matches!(read(file).unwrap().seal, Seal::File(path) if path == Path::new("/etc/zhiheng/keys/venue.key"))
        );
        let text = format!("{}{file}{CALENDAR}", head());
        let seal = parse(Path::new("z"), &text, Some(&"ab".repeat(32))).unwrap().seal;
        assert!(
            matches!(seal, Seal::Key(key) if *key == [0xAB; 32]),
            "the environment goes first"
        );
    }

    #[test]
    fn every_mistake_is_named() {
        for (more, part) in [
            ("lisen = 1\n", "unknown field `lisen`"),
            ("[limits]\nconections = 1\n", "unknown field `conections`"),
            ("profile = \"free\"\n", "unknown variant"),
            ("profile = \"unit-market\"\n", "approval: the profile unit-market needs"),
            ("approval = \"sandbox\"\n", "approval: the profile cn-venue needs none"),
            ("[fees]\nmaker_bps = 10001\ntaker_bps = 0\n", "fees: at most 10000"),
            ("[fees]\nmaker_bps = -1\ntaker_bps = 0\n", "invalid value"),
            ("[calendar]\nyears = [2026]\nholidays = [\"2026-10-03\"]\n", "calendar:"),
            ("[calendar]\nyears = [2025]\nholidays = [\"2026-10-01\"]\n", "calendar:"),
            (
                "[calendar]\nfiles = [\"no-such.json\"]\n",
                "calendar.files: /etc/zhiheng/no-such.json",
            ),
            (
                "[calendar]\nholidays = [\"2026-13-03\"]\n",
                "calendar.holidays: DATE_INVALID",
            ),
            ("[entitlements]\nanonymous = \"late\"\n", "unknown variant `late`"),
            (
                "[entitlements]\ndelay_s = 86401\n",
                "entitlements.delay_s: 1 to 86400; found 86401",
            ),
            (
                "[entitlements]\nof = [{ entity_id = 7, level = \"live\" }, { entity_id = 7, level = \"delayed\" }]\n",
                "entitlements.of: a participant has one level",
            ),
            (
                "[pay_in]\nholder = \"\"\nbank = \"b\"\nnumber = \"1\"\n",
                "pay_in.holder: a line of 1 to 128 characters; found 0",
            ),
            ("[pay_in]\nholder = \"h\"\nbank = \"b\"\n", "missing field `number`"),
            ("[limits]\nconnections = 0\n", "limits.connections: above zero"),
            ("[limits]\ndrain_ms = 0\n", "limits.drain_ms: above zero"),
            ("venue_id = \"深圳\"\n", "venue_id: 1 to 64"),
            ("trusted_proxies = [\"10/8\"]\n", "trusted_proxies: NETWORK_INVALID"),
            ("forwarded_header = \"x-real-ip\"\n", "unknown variant"),
            ("[tls]\ncertificate = \"c.pem\"\n", "missing field `key`"),
            ("receive_window_ms = 0\n", "receive_window_ms: 100 to 60000"),
            (
                "[closing]\nstandstill_ms = 999\n",
                "closing.standstill_ms: 1000 to 60000",
            ),
            (
                "[closing]\nstandstill_near_end_ms = 249\n",
                "closing.standstill_near_end_ms: 250 to 60000",
            ),
            ("[clock]\ngap_days = 0\n", "clock.gap_days: 1 to 3650"),
            ("[closing]\nheartbeat_ms = 0\n", "closing.heartbeat_ms: 1000 to 600000"),
            (
                "[closing]\narrival_wait_ms = 0\n",
                "closing.arrival_wait_ms: 1 to 60000",
            ),
            ("operator_networks = [\"10/8\"]\n", "operator_networks: NETWORK_INVALID"),
            (
                "profile = \"unit-market\"\napproval = \"demo\"\n",
                "approval: the demo market begins by",
            ),
        ] {
            let error = read(more).unwrap_err();
            assert!(error.contains(part), "{more}: {error}");
        }
        let same = "listen = \"127.0.0.1:7\"\nmetrics_listen = \"127.0.0.1:7\"\ndata_dir = \"d\"\noperator_public_key = \"00\"\n";
        let same = same.replace("\"00\"", &format!("\"{}\"", "ab".repeat(32))) + CALENDAR;
        let public = parse(Path::new("z"), &same, None).unwrap_err();
        assert!(public.to_string().contains("metrics_listen: another"), "{public}");
        let missing = parse(Path::new("z"), "listen = \"127.0.0.1:0\"\n", None).unwrap_err();
        assert!(missing.to_string().contains("missing field"), "{missing}");
        let seal = parse(Path::new("z"), &format!("{}{CALENDAR}", head()), Some("abc")).unwrap_err();
        assert!(seal.to_string().contains(SEAL_ENV), "{seal}");
    }
}
