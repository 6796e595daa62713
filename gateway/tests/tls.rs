//! TLS in the program itself: what it shows, how a certificate is renewed while it runs, and its own client. The
//! certificates in `tls/` were made for this test alone: `one` and `two` are signed by `root`.
#![cfg(unix)]

use gateway::proof::signing::{Key, Secret, hex};
use protocol::KeyId;
use rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, ServerName, pem::PemObject as _},
};
use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

const BINARY: &str = env!("CARGO_BIN_EXE_zhiheng");
/// Nothing here takes as long, on the slowest machine either.
const PATIENCE: Duration = Duration::from_secs(120);

fn made(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tls").join(name)
}

/// Puts this certificate and its key where the configuration says.
fn show(dir: &Path, name: &str) {
    for (from, to) in [
        (format!("{name}.pem"), "chain.pem"),
        (format!("{name}.key.pem"), "key.pem"),
    ] {
        fs::copy(made(&from), dir.join(to)).unwrap();
    }
    fs::set_permissions(dir.join("key.pem"), fs::Permissions::from_mode(0o640)).unwrap();
}

/// A program that serves; killed when dropped.
struct Serving {
    child: Child,
    url: String,
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn command(dir: &Path) -> Command {
    let operator = Secret::Ed25519(Box::new(ed25519_dalek::SigningKey::from_bytes(&[1; 32])));
    let config = format!(
        "listen = \"127.0.0.1:0\"\ndata_dir = \"data\"\noperator_public_key = \"{}\"\n\
         [tls]\ncertificate = \"chain.pem\"\nkey = \"key.pem\"\n[journal]\nsegment_bytes = 1048576\n[clock]\nunsynchronised = \"accept\"\n[calendar]\nyears = [2026]\n",
        hex(&operator.public_key().unwrap())
    );
    fs::write(dir.join("z.toml"), config).unwrap();
    let key = Key {
        id: KeyId(0),
        secret: operator,
        label: String::new(),
    };
    let _ = key.save_new(&dir.join("operator.key"));
    let mut command = Command::new(BINARY);
    command.args(["serve", "--config", "z.toml"]).current_dir(dir);
    command
}

fn serve(dir: &Path) -> Serving {
    let mut child = command(dir).stdout(Stdio::piped()).spawn().unwrap();
    let mut ready = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut ready)
        .unwrap();
    let url = ready.split(' ').nth(1).expect("a ready line").to_owned();
    Serving { child, url }
}

impl Serving {
    fn address(&self) -> SocketAddr {
        self.url
            .strip_prefix("https://")
            .expect("it says https")
            .parse()
            .unwrap()
    }

    fn renew(&self) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-HUP", &pid]).status().unwrap().success());
    }

    /// The program's own client against it.
    fn client(&self, dir: &Path, root: Option<&str>, args: &[&str]) -> Output {
        let mut command = Command::new(BINARY);
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().to_uppercase().ends_with("_PROXY") {
                command.env_remove(name);
            }
        }
        command.args(args).current_dir(dir).env("ZHIHENG_URL", &self.url);
        if let Some(root) = root {
            command.env("ZHIHENG_ROOT_CERTIFICATE", made(root));
        }
        command.output().unwrap()
    }
}

/// A connection that checks by our root, and which certificate it was shown.
struct Client(rustls::StreamOwned<rustls::ClientConnection, TcpStream>);

impl Client {
    fn connect(address: SocketAddr) -> Self {
        let mut roots = RootCertStore::empty();
        roots
            .add(CertificateDer::from_pem_file(made("root.pem")).unwrap())
            .unwrap();
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let name = ServerName::try_from("localhost").unwrap();
        let session = rustls::ClientConnection::new(Arc::new(config), name).unwrap();
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        Self(rustls::StreamOwned::new(session, stream))
    }

    /// Asks after the health, on a connection that stays open.
    fn is_well(&mut self) {
        self.0.write_all(b"GET /healthz HTTP/1.1\r\nhost: v\r\n\r\n").unwrap();
        let mut read = Vec::new();
        while !read.ends_with(b"ok\n") {
            let mut some = [0; 1_024];
            let count = self.0.read(&mut some).unwrap();
            assert!(count > 0, "{}", String::from_utf8_lossy(&read));
            read.extend_from_slice(&some[..count]);
        }
    }

    fn shown(&self) -> CertificateDer<'static> {
        self.0.conn.peer_certificates().unwrap()[0].clone().into_owned()
    }
}

fn certificate(name: &str) -> CertificateDer<'static> {
    CertificateDer::from_pem_file(made(name)).unwrap()
}

#[test]
fn a_certificate_is_renewed_without_a_stop_and_a_bad_one_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    show(dir.path(), "one");
    let serving = serve(dir.path());
    let mut first = Client::connect(serving.address());
    first.is_well();
    assert_eq!(first.shown(), certificate("one.pem"));

    show(dir.path(), "two");
    serving.renew();
    let since = Instant::now();
    loop {
        let mut client = Client::connect(serving.address());
        client.is_well();
        if client.shown() == certificate("two.pem") {
            break;
        }
        assert!(since.elapsed() < PATIENCE);
        thread::sleep(Duration::from_millis(20));
    }
    // Half of a renewal: the key of one with the certificate of another; and then no certificate at all.
    fs::copy(made("one.pem"), dir.path().join("chain.pem")).unwrap();
    serving.renew();
    fs::write(dir.path().join("chain.pem"), "nothing").unwrap();
    serving.renew();
    thread::sleep(Duration::from_millis(300));
    let mut client = Client::connect(serving.address());
    client.is_well();
    assert_eq!(client.shown(), certificate("two.pem"));
    first.is_well();

    // Who speaks without TLS is not answered, and not waited for.
    let mut plain = TcpStream::connect(serving.address()).unwrap();
    plain.set_read_timeout(Some(PATIENCE)).unwrap();
    plain.write_all(b"GET /healthz HTTP/1.1\r\nhost: v\r\n\r\n").unwrap();
    let mut read = Vec::new();
    let _ = plain.read_to_end(&mut read);
    assert!(!read.starts_with(b"HTTP"), "{}", String::from_utf8_lossy(&read));
}

#[test]
fn the_programs_own_client_speaks_tls_and_checks_who_it_speaks_to() {
    let dir = tempfile::tempdir().unwrap();
    show(dir.path(), "one");
    let serving = serve(dir.path());
    let told = |output: &Output| String::from_utf8_lossy(&[&output.stdout[..], &output.stderr].concat()).into_owned();
    // Public, signed, and over a WebSocket.
    let listed = serving.client(dir.path(), Some("root.pem"), &["auction", "list"]);
    assert!(listed.status.success(), "{}", told(&listed));
    let export = ["export", "assets", "--key-file", "operator.key"];
    let exported = serving.client(dir.path(), Some("root.pem"), &export);
    assert!(exported.status.success(), "{}", told(&exported));
    let signed = serving.client(
        dir.path(),
        Some("root.pem"),
        &["sign", "GET", "/v1/accounts", "--key-file", "operator.key"],
    );
    assert!(told(&signed).contains("Zhiheng-Signature: "), "{}", told(&signed));
    let followed = serving.client(dir.path(), Some("root.pem"), &["tail", "trades", "--symbol", "NONE"]);
    assert!(told(&followed).contains("UNKNOWN_INSTRUMENT"), "{}", told(&followed));
    // By the system's roots it is nobody known.
    for args in [&["auction", "list"][..], &["tail", "trades"], &export] {
        let refused = serving.client(dir.path(), None, args);
        assert!(!refused.status.success());
        assert!(
            told(&refused).to_lowercase().contains("certificate"),
            "{}",
            told(&refused)
        );
    }
}

#[test]
fn a_start_says_what_is_wrong_with_the_files() {
    let dir = tempfile::tempdir().unwrap();
    let refused = || {
        let output = command(dir.path()).output().unwrap();
        assert!(!output.status.success());
        assert!(!dir.path().join("data/journal").exists(), "nothing was begun");
        String::from_utf8(output.stderr).unwrap()
    };
    assert!(refused().contains("chain.pem"), "there is none");
    show(dir.path(), "one");
    fs::copy(made("two.pem"), dir.path().join("chain.pem")).unwrap();
    let told = refused();
    assert!(told.contains("chain.pem") && told.contains("key.pem"), "{told}");
    show(dir.path(), "one");
    fs::set_permissions(dir.path().join("key.pem"), fs::Permissions::from_mode(0o644)).unwrap();
    assert!(refused().contains("chmod o-rwx"));
    show(dir.path(), "one");
    fs::write(dir.path().join("key.pem"), "nothing").unwrap();
    assert!(refused().contains("key.pem"));
}
