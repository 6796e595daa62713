//! A server in a process of its own, with a folder that outlives it.

use anyhow::{Context as _, bail};
use gateway::signing::{Key, Secret};
use protocol::KeyId;
use std::{
    fs,
    io::{BufRead as _, BufReader},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

/// How long a start may take until the server is ready.
const START: Duration = Duration::from_secs(60);

/// Where a venue lives, and how it is started. Dropping it removes the folder.
pub struct Venue {
    folder: tempfile::TempDir,
    binary: PathBuf,
    port: u16,
    /// The operator's key: number 0.
    pub operator: Key,
}

/// A running server. Dropping it kills it.
pub struct Running {
    child: Child,
    /// `http://HOST:PORT`.
    pub url: String,
}

impl Venue {
    /// A sandbox board with fees of 10 and 20 basis points, generous rates, and segments of `segment_bytes`.
    pub fn new(binary: &Path, segment_bytes: u64) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let secret = Secret::generate_ed25519()?;
        let public = secret.public_key().context("an Ed25519 key has a public half")?;
        let public: String = public.iter().map(|byte| format!("{byte:02x}")).collect();
        // A free port that stays the venue's own: clients find it again after a restart.
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let config = format!(
            "listen = \"127.0.0.1:{port}\"\n\
             data_dir = \"data\"\n\
             operator_public_key = \"{public}\"\n\
             profile = \"unit-market\"\n\
             approval = \"sandbox\"\n\
             [fees]\nmaker_bps = 10\ntaker_bps = 20\n\
             [journal]\nsegment_bytes = {segment_bytes}\n\
             [limits]\nkey_points_per_second = 1000000\nkey_points_burst = 1000000\n\
             ip_points_per_second = 1000000\nip_points_burst = 1000000\n"
        );
        fs::write(folder.path().join("zhiheng.toml"), config)?;
        let operator = Key {
            id: KeyId(0),
            secret,
            label: "operator".to_owned(),
        };
        Ok(Self {
            folder,
            binary: binary.to_owned(),
            port,
            operator,
        })
    }

    /// The folder of the journal's segments.
    pub fn journal_dir(&self) -> PathBuf {
        self.folder.path().join("data/journal")
    }

    /// The address that the server listens on.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Starts the server, and does not wait.
    pub fn spawn(&self) -> anyhow::Result<Running> {
        let child = Command::new(&self.binary)
            .args(["serve", "--config"])
            .arg(self.folder.path().join("zhiheng.toml"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot run {}", self.binary.display()))?;
        Ok(Running { child, url: self.url() })
    }

    /// Starts the server and waits until it says that it is ready.
    pub fn start(&self) -> anyhow::Result<Running> {
        let mut running = self.spawn()?;
        running.wait_ready()?;
        Ok(running)
    }
}

impl Running {
    /// Waits for the ready line.
    pub fn wait_ready(&mut self) -> anyhow::Result<()> {
        let out = self.child.stdout.take().context("the output was taken")?;
        let (told, ready) = mpsc::channel();
        thread::spawn(move || {
            // Reads on to the end, so that the server never waits for us.
            for line in BufReader::new(out).lines().map_while(Result::ok) {
                if line.starts_with("ready ") {
                    let _ = told.send(());
                }
            }
        });
        let since = Instant::now();
        loop {
            match ready.recv_timeout(Duration::from_millis(50)) {
                Ok(()) => return Ok(()),
                Err(mpsc::RecvTimeoutError::Timeout) if since.elapsed() < START => {
                    if let Some(status) = self.child.try_wait()? {
                        bail!("the server ended with {status} before it was ready: {}", self.words());
                    }
                }
                Err(_) => bail!("the server is not ready: {}", self.words()),
            }
        }
    }

    /// What the server said on standard error; it must have ended.
    fn words(&mut self) -> String {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let Some(err) = self.child.stderr.take() else {
            return String::new();
        };
        BufReader::new(err)
            .lines()
            .map_while(Result::ok)
            .collect::<Vec<_>>()
            .join("\n")
    }

    /// SIGKILL: no chance to write a last word.
    pub fn kill(mut self) -> anyhow::Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// SIGTERM: a clean shutdown, which must succeed.
    pub fn stop(mut self) -> anyhow::Result<()> {
        let asked = Command::new("kill")
            .args(["-TERM", &self.child.id().to_string()])
            .status()?;
        if !asked.success() {
            bail!("cannot ask the server to stop");
        }
        let status = self.child.wait()?;
        if !status.success() {
            bail!("the server ended with {status}: {}", self.words());
        }
        Ok(())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
