//! The demo market: a sandbox board with a dozen listed licences, a bank of two people, a regulator,
//! three firms, two traders, a guarantor and a fund with keys of their own, loans with patents under a pledge, desks that
//! quote so that prices move, and an auction room, where what a defaulted loan leaves is sold.
//!
//! It is an ordinary exchange, given ordinary commands through the sequencer. What always holds: what is seeded is
//! found again by its legal id, its number, its symbol or its reference, so that a second start on the same folder
//! seeds nothing twice, also after a power cut in the middle; keys are made once and lie in the folder, readable by
//! its owner alone. It goes on with a journal that it began, which its first rules say, and with no other.

mod auctions;
mod bots;
mod content;
mod deals;
mod keys;
mod pledges;
mod seed;
mod venue;

pub use venue::{DemoError, Plan};

use crate::{
    proof::signing::random,
    server::{DemoPerson, Genesis, Ready, RunError, ServerConfig, SignIn, first_rules},
};
use bots::Desks;
use content::FEES;
use protocol::rules::{Approval, Calendar, Epoch, Profile, RULES_VERSION};
use std::{
    net::SocketAddr,
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::Duration,
};
use venue::{Failure, Venue};

/// Whether the demo market has begun in this folder.
///
/// # Errors
/// Where another exchange has, or its journal cannot be read. Nothing was written.
pub fn has_begun(data_dir: &Path) -> Result<bool, DemoError> {
    match first_rules(data_dir)? {
        None => Ok(false),
        Some(rules) if rules.approval.is_demo() => Ok(true),
        Some(_) => Err(RunError::NotTheDemo(data_dir.into()).into()),
    }
}

/// Whether a demo market was about to begin in this folder, and the power failed before its first rules were durable.
pub fn was_beginning(data_dir: &Path) -> bool {
    keys::is_ours(data_dir, "operator")
}

/// The server's configuration for the demo, and the plan for [`run`]; `bots` is how many orders a second the desks
/// give, and with 0 nobody bids in auctions either. Makes the folder and the operator's key, unless they are there.
///
/// # Errors
/// Where the folder or the key cannot be used.
pub fn prepare(listen: SocketAddr, data_dir: &Path, bots: u32) -> Result<(ServerConfig, Plan), DemoError> {
    let key = keys::path(data_dir, "operator");
    if has_begun(data_dir)? && !key.exists() {
        return Err(DemoError::OperatorKey(key));
    }
    let operator = keys::load_or_make(data_dir, "operator")?;
    let epoch = Epoch {
        rules_version: RULES_VERSION,
        profile: Profile::UnitMarket,
        approval: Approval::Demo,
        fees: FEES,
        calendar: Calendar::default(),
        judicial_listing: None,
    };
    let operator_key = operator.secret.public_key().expect("the demo's keys are Ed25519");
    let genesis = Genesis {
        epoch,
        operator_key,
        operator_networks: vec![],
    };
    let mut config = ServerConfig::new(listen, data_dir.into(), genesis);
    // A market of made up participants may be left alone for as long as one likes.
    config.sequencer.known.gap_max = Duration::MAX;
    config.seeds = true;
    config.pay_in = Some(content::pay_in());
    // Nothing here is anybody's: whoever comes back tomorrow is still who they were.
    config.sign_in = SignIn {
        idle: Duration::from_secs(24 * 3_600),
        longest: Duration::from_secs(30 * 24 * 3_600),
        ..SignIn::default()
    };
    Ok((
        config,
        Plan {
            data_dir: data_dir.into(),
            operator,
            bots,
        },
    ))
}

/// Seeds what is missing, puts the first quotes on every book, says the ready line, and quotes until the exchange
/// stops.
///
/// # Errors
/// Where the seeding fails.
pub fn run(plan: &Plan, ready: &Ready, say: &mut dyn FnMut(&str)) -> Result<(), DemoError> {
    match open_market(plan, &Venue { ready }, say) {
        // An exchange that stops while it is being seeded is no failure of the demo.
        Ok(()) | Err(Failure::Stopping) => Ok(()),
        Err(Failure::Demo(error)) => Err(error),
    }
}

/// [`run`], but that an exchange which stops is a failure.
fn open_market(plan: &Plan, venue: &Venue<'_>, say: &mut dyn FnMut(&str)) -> Result<(), Failure> {
    let market = seed::seed(venue, plan)?;
    deals::seed(venue, &market)?;
    pledges::seed(venue, &market)?;
    seed::translate(venue)?;
    // Those without a key are machines.
    let people = market.parties.iter().filter(|party| party.key.is_some());
    let people = people.map(|party| DemoPerson {
        name: party.name,
        user: party.user,
    });
    venue.ready.tell_people(people.collect());
    say("知衡 Zhiheng demo market · 演示市场: a sandbox board, every print is marked · 沙盒板块, 成交均有标记");
    say(&format!(
        "{:<10} {:>4} {:>4} {:>6} {:>7}  key file · 密钥文件",
        "name", "key", "user", "entity", "account"
    ));
    for party in &market.parties {
        let Some(key) = &party.key else { continue };
        let file = keys::path(&plan.data_dir, party.name);
        say(&format!(
            "{:<10} {:>4} {:>4} {:>6} {:>7}  {}",
            party.name,
            key.0,
            party.user.0,
            party.entity.0,
            party.account.0,
            file.display()
        ));
    }
    let symbols: Vec<&str> = market.rights.iter().map(|right| right.symbol.as_str()).collect();
    say(&format!("symbols: {}", symbols.join(" ")));
    let keys: Vec<String> = market
        .parties
        .iter()
        .filter_map(|party| Some(format!("{}={}", party.name, party.key?.0)))
        .collect();
    let ready = format!("ready http://{} keys {}", venue.ready.address, keys.join(" "));
    if plan.bots == 0 {
        venue.ready.seeded();
        say(&ready);
        return Ok(());
    }
    // Another walk after each start.
    let seed = random().map_or(42, u64::from_le_bytes);
    let mut desks = Desks::new(venue, &market, seed);
    desks.open()?;
    venue.ready.seeded();
    say(&ready);
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| auctions::run(venue, &market, &plan.operator.secret, seed ^ 1, &over));
        // They quote until the exchange stops.
        desks.quote(plan.bots, say);
        over.store(true, Ordering::Relaxed);
    });
    Ok(())
}
