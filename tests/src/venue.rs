//! A server in a process of its own, with a folder that outlives it.

use crate::program::apart;
use anyhow::{Context as _, bail};
use gateway::proof::signing::{Key, Secret};
use protocol::KeyId;
use std::{
    fs,
    io::{BufRead as _, BufReader},
    net::Ipv4Addr,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::{Arc, Mutex, PoisonError, mpsc},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};
use tokio::net::TcpSocket;

/// How long a start may take until the server is ready.
const START: Duration = Duration::from_secs(600);
/// After how long a pause a process stood still, at most: no pause of a loaded machine lasts so long.
const STANDSTILL_MS: u64 = 60_000;

/// Where a venue lives, and how it is started. Dropping it removes the folder.
pub struct Venue {
    folder: tempfile::TempDir,
    binary: PathBuf,
    port: Port,
    /// The operator's key: number 0.
    pub operator: Key,
}

/// A running server. Dropping it kills it.
pub struct Running {
    child: Child,
    /// What it says on standard error, read all the time so that it never waits for us.
    said: Arc<Mutex<String>>,
    saying: Option<JoinHandle<()>>,
    /// `http://HOST:PORT`.
    pub url: String,
    /// Where its metrics are, as `http://HOST:PORT`, once it is ready.
    pub metrics: Option<String>,
}

/// A port that is the venue's own from the beginning to the end, also while no server listens on it.
struct Port {
    number: u16,
    /// Bound and not listening: the system gives the port to nobody who asks for any, and a server that asks for this
    /// very one gets it. Elsewhere than on Linux it would not.
    _held: Option<TcpSocket>,
}

impl Port {
    fn any() -> anyhow::Result<Self> {
        let socket = TcpSocket::new_v4()?;
        socket.set_reuseaddr(true)?;
        socket.bind((Ipv4Addr::LOCALHOST, 0).into())?;
        Ok(Self {
            number: socket.local_addr()?.port(),
            _held: cfg!(target_os = "linux").then_some(socket),
        })
    }
}

/// Starts the demo market in the folder `dir` and waits until it is ready. With port 0 it chooses its own, and where
/// the port is taken.
pub fn demo(binary: &Path, dir: &Path, port: u16, bots: u32) -> anyhow::Result<Running> {
    let mut command = Command::new(binary);
    apart(&mut command)
        .args(["--listen", &format!("127.0.0.1:{port}"), "--bots", &bots.to_string()])
        .current_dir(dir);
    let mut running = Running::spawn(&mut command, String::new())?;
    match running.wait_ready() {
        Ok(url) => running.url = url,
        Err(why) if port != 0 && why.to_string().contains("in use") => {
            println!("port {port} is taken: another stands in for it");
            return demo(binary, dir, 0, bots);
        }
        Err(why) => return Err(why),
    }
    Ok(running)
}

/// What a configuration says of a sandbox board.
const BOARD: &str = "profile = \"unit-market\"\napproval = \"sandbox\"\n[fees]\nmaker_bps = 10\ntaker_bps = 20\n";

impl Venue {
    /// A sandbox board with fees of 10 and 20 basis points, generous rates, patience with clients on a loaded machine,
    /// and segments of `segment_bytes`.
    pub fn new(binary: &Path, segment_bytes: u64) -> anyhow::Result<Self> {
        Self::of(binary, BOARD, segment_bytes, STANDSTILL_MS)
    }

    /// A sandbox board that takes a pause of more than so many milliseconds for a standstill of the whole process.
    pub fn noticing(binary: &Path, standstill_ms: u64) -> anyhow::Result<Self> {
        Self::of(binary, BOARD, 1 << 20, standstill_ms)
    }

    /// A venue of titles under the profile `cn-venue`, as patient and generous as a sandbox board.
    pub fn of_titles(binary: &Path) -> anyhow::Result<Self> {
        Self::of(binary, "profile = \"cn-venue\"\n", 1 << 20, STANDSTILL_MS)
    }

    /// A venue under the rules that `board` writes into its configuration.
    fn of(binary: &Path, board: &str, segment_bytes: u64, standstill_ms: u64) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let secret = Secret::generate_ed25519()?;
        let public = secret.public_key().context("an Ed25519 key has a public half")?;
        let public: String = public.iter().map(|byte| format!("{byte:02x}")).collect();
        // Clients find it again after a restart.
        let port = Port::any()?;
        let config = format!(
            "listen = \"127.0.0.1:{}\"\n\
             metrics_listen = \"127.0.0.1:0\"\n\
             data_dir = \"data\"\n\
             operator_public_key = \"{public}\"\n\
             receive_window_ms = 60000\n\
             {board}\
             [calendar]\nyears = [2025, 2026, 2027, 2028, 2029, 2030]\n\
             [journal]\nsegment_bytes = {segment_bytes}\n\
             [closing]\nstandstill_ms = {standstill_ms}\nstandstill_near_end_ms = 60000\n\
             [clock]\nunsynchronised = \"accept\"\n\
             [limits]\nkey_points_per_second = 1000000\nkey_points_burst = 1000000\n\
             ip_points_per_second = 1000000\nip_points_burst = 1000000\n\
             request_timeout_ms = 600000\nidle_timeout_ms = 600000\nmin_seq_wait_ms = 600000\n",
            port.number
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

    /// The folder of all that the server keeps.
    pub fn data_dir(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// The folder of the journal's segments.
    pub fn journal_dir(&self) -> PathBuf {
        self.data_dir().join("journal")
    }

    /// The address that the server listens on.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port.number)
    }

    /// The file of the venue's seal key.
    pub fn seal_key_file(&self) -> PathBuf {
        self.folder.path().join("data-keys/seal.key")
    }

    /// The file of the journal's high-water mark.
    pub fn mark_file(&self) -> PathBuf {
        self.folder.path().join("data-keys/data.mark")
    }

    /// Starts the server, and does not wait.
    pub fn spawn(&self) -> anyhow::Result<Running> {
        self.spawn_telling("info")
    }

    /// Starts the server with these log lines, and does not wait.
    pub fn spawn_telling(&self, log: &str) -> anyhow::Result<Running> {
        self.spawn_of("zhiheng.toml", &[], log)
    }

    fn spawn_of(&self, config: &str, more: &[&str], log: &str) -> anyhow::Result<Running> {
        let mut command = Command::new(&self.binary);
        apart(&mut command)
            .args(["serve", "--config"])
            .arg(self.folder.path().join(config))
            .args(more)
            .env("ZHIHENG_LOG", log);
        Running::spawn(&mut command, self.url())
    }

    /// Starts the server with these arguments more, and waits until it says that it is ready.
    pub fn start_with(&self, more: &[&str]) -> anyhow::Result<Running> {
        let mut running = self.spawn_of("zhiheng.toml", more, "info")?;
        running.wait_ready()?;
        Ok(running)
    }

    /// Changes a line of the configuration, from the next start on.
    pub fn reconfigure(&self, line: &str, to: &str) -> anyhow::Result<()> {
        let path = self.folder.path().join("zhiheng.toml");
        let config = fs::read_to_string(&path)?;
        anyhow::ensure!(config.contains(line), "{line} is not in\n{config}");
        Ok(fs::write(path, config.replace(line, to))?)
    }

    /// Starts the server with these arguments more, which it must refuse: what it says.
    pub fn refused(&self, more: &[&str]) -> anyhow::Result<String> {
        self.spawn_of("zhiheng.toml", more, "info")?.refused()
    }

    /// Starts another server on the same data folder at another address, which it must refuse: what it says.
    pub fn refused_elsewhere(&self) -> anyhow::Result<String> {
        let own = format!("listen = \"127.0.0.1:{}\"", self.port.number);
        let config = fs::read_to_string(self.folder.path().join("zhiheng.toml"))?;
        let config = config.replace(&own, "listen = \"127.0.0.1:0\"");
        fs::write(self.folder.path().join("second.toml"), config)?;
        self.spawn_of("second.toml", &[], "info")?.refused()
    }

    /// Starts the server and waits until it says that it is ready.
    pub fn start(&self) -> anyhow::Result<Running> {
        let mut running = self.spawn()?;
        running.wait_ready()?;
        Ok(running)
    }
}

impl Running {
    fn spawn(command: &mut Command, url: String) -> anyhow::Result<Self> {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot run {command:?}"))?;
        let said = Arc::new(Mutex::new(String::new()));
        let saying = child.stderr.take().map(|err| {
            let said = Arc::clone(&said);
            thread::spawn(move || {
                for line in BufReader::new(err).lines().map_while(Result::ok) {
                    let mut said = said.lock().unwrap_or_else(PoisonError::into_inner);
                    said.push_str(&line);
                    said.push('\n');
                }
            })
        });
        Ok(Self {
            child,
            said,
            saying,
            url,
            metrics: None,
        })
    }

    /// What the server has said on standard error so far.
    pub fn said(&self) -> String {
        self.said.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits for the ready line, and returns the address that it names.
    pub fn wait_ready(&mut self) -> anyhow::Result<String> {
        let out = self.child.stdout.take().context("the output was taken")?;
        let (told, ready) = mpsc::channel();
        thread::spawn(move || {
            // Reads on to the end, so that the server never waits for us.
            for line in BufReader::new(out).lines().map_while(Result::ok) {
                if let Some(rest) = line.strip_prefix("ready ") {
                    let url = rest.split(' ').next().unwrap_or_default();
                    let metrics = rest
                        .split_once(" metrics ")
                        .and_then(|(_, at)| at.trim().strip_suffix("/metrics"));
                    let _ = told.send((url.to_owned(), metrics.map(str::to_owned)));
                }
            }
        });
        let since = Instant::now();
        loop {
            match ready.recv_timeout(Duration::from_millis(50)) {
                Ok((url, metrics)) => {
                    self.metrics = metrics;
                    return Ok(url);
                }
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
        if let Some(saying) = self.saying.take() {
            let _ = saying.join();
        }
        self.said()
    }

    /// It does not come to serve: what it says instead.
    fn refused(mut self) -> anyhow::Result<String> {
        match self.wait_ready() {
            Ok(_) => bail!("it goes on"),
            Err(why) => Ok(why.to_string()),
        }
    }

    /// It ends by itself, as a failure: what it said.
    pub fn ended(mut self) -> anyhow::Result<String> {
        patiently("the server ends", || matches!(self.child.try_wait(), Ok(Some(_))))?;
        if self.child.wait()?.success() {
            bail!("the server ended as if nothing had happened");
        }
        Ok(self.words())
    }

    /// SIGKILL: no chance to write a last word.
    pub fn kill(mut self) -> anyhow::Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// SIGABRT, on which a process leaves a core: how it ended.
    pub fn abort(mut self) -> anyhow::Result<ExitStatus> {
        self.signal("ABRT")?;
        Ok(self.child.wait()?)
    }

    /// The number of its process.
    pub fn process(&self) -> u32 {
        self.child.id()
    }

    /// SIGSTOP: from here on the process stands still, and its clocks go on.
    pub fn freeze(&self) -> anyhow::Result<()> {
        self.signal("STOP")
    }

    /// SIGCONT: it goes on.
    pub fn thaw(&self) -> anyhow::Result<()> {
        self.signal("CONT")
    }

    fn signal(&self, name: &str) -> anyhow::Result<()> {
        let sent = Command::new("kill")
            .args([format!("-{name}"), self.child.id().to_string()])
            .status()?;
        if !sent.success() {
            bail!("cannot send the server SIG{name}");
        }
        Ok(())
    }

    /// SIGTERM: a clean shutdown, which must succeed.
    pub fn stop(mut self) -> anyhow::Result<()> {
        self.signal("TERM")?;
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

/// Waits until something is so, on however loaded a machine.
pub fn patiently(what: &str, mut is_so: impl FnMut() -> bool) -> anyhow::Result<()> {
    let since = Instant::now();
    while !is_so() {
        if since.elapsed() > START {
            bail!("it does not come to this: {what}");
        }
        thread::sleep(Duration::from_millis(50));
    }
    Ok(())
}
