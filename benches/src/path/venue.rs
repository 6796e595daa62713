//! The server in this process, as its clients meet it.

use anyhow::{Context as _, bail};
use gateway::{
    proof::signing::{Key, Secret},
    server::{self, Genesis, Rate, ServerConfig},
};
use protocol::{
    BasisPoints, KeyId,
    rules::{Approval, Calendar, Epoch, Fees, Profile},
};
use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::Path,
};
use tokio::{runtime::Runtime, sync::oneshot, task::JoinHandle};

/// Any free port here.
pub(super) const HERE: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// A rate that nobody reaches.
pub(super) const RATE: Rate = Rate {
    per_second: 1_000_000,
    burst: 1_000_000,
};

/// A server in this process.
pub(super) struct Venue {
    pub(super) url: String,
    pub(super) operator: Key,
    stop: oneshot::Sender<()>,
    ended: JoinHandle<Result<(), server::RunError>>,
}

impl Venue {
    /// A marked sandbox with fees of 10 and 20 basis points, where a key may do so much.
    pub(super) fn start(runtime: &Runtime, data: &Path, key_rate: Rate) -> anyhow::Result<Self> {
        let secret = Secret::generate_ed25519()?;
        let operator_key = secret.public_key().context("an Ed25519 key has a public half")?;
        let epoch = Epoch {
            rules_version: protocol::rules::RULES_VERSION,
            profile: Profile::UnitMarket,
            approval: Approval::Sandbox,
            fees: Fees {
                maker: BasisPoints(10),
                taker: BasisPoints(20),
            },
            calendar: Calendar::default(),
            judicial_listing: None,
        };
        let genesis = Genesis {
            epoch,
            operator_key,
            operator_networks: Vec::new(),
        };
        let mut config = ServerConfig::new(HERE, data.to_owned(), genesis);
        (config.limits.key_rate, config.limits.ip_rate) = (key_rate, RATE);
        config.limits.connections_per_ip = config.limits.connections;
        let (stop, stopped) = oneshot::channel::<()>();
        let (tell, ready) = oneshot::channel();
        let shutdown = async {
            let _ = stopped.await;
        };
        let ended = runtime.spawn(server::run(config, shutdown, |ready| {
            let _ = tell.send(ready.address);
        }));
        let Ok(address) = runtime.block_on(ready) else {
            runtime.block_on(ended)??;
            bail!("the server ended before it was ready");
        };
        let operator = Key {
            id: KeyId(0),
            secret,
            label: "operator".to_owned(),
        };
        Ok(Self {
            url: format!("http://{address}"),
            operator,
            stop,
            ended,
        })
    }

    /// A clean shutdown.
    pub(super) fn stop(self, runtime: &Runtime) -> anyhow::Result<()> {
        let _ = self.stop.send(());
        runtime.block_on(self.ended)??;
        Ok(())
    }
}
