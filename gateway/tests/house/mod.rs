//! A folder with a configuration, and the program in it as its operator runs it.
#![allow(dead_code, unreachable_pub, reason = "each test file uses its part")]

use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead as _, BufReader},
    path::PathBuf,
    process::{Child, Command, Output, Stdio},
};

/// A folder with a configuration, and what is done in it.
pub struct House(tempfile::TempDir);

/// A running exchange; killed when dropped.
pub struct Exchange {
    child: Child,
    pub url: String,
    /// What it printed up to the ready line.
    pub printed: String,
}

impl Exchange {
    pub fn start(house: &House, args: &[&str]) -> Self {
        Self::of(&mut house.command(args))
    }

    pub fn of(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let (mut ready, mut printed) = (String::new(), String::new());
        while !ready.starts_with("ready ") {
            ready.clear();
            assert_ne!(out.read_line(&mut ready).unwrap(), 0, "ended before it was ready");
            printed += &ready;
        }
        let url = ready.split(' ').nth(1).unwrap().trim().to_owned();
        Self { child, url, printed }
    }

    pub fn stop(mut self) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
        assert!(self.child.wait().unwrap().success(), "a stop on request is a success");
    }

    /// Gives a command.
    pub fn post(&self, house: &House, path: &str, body: &str, key: &str) -> String {
        let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
        let mut request = agent
            .post(format!("{}{path}", self.url))
            .header("content-type", "application/json");
        for line in house
            .good(&["sign", "POST", path, body, "--key-file", key, "--url", &self.url])
            .lines()
        {
            let (name, value) = line.split_once(": ").unwrap();
            request = request.header(name, value);
        }
        request.send(body).unwrap().body_mut().read_to_string().unwrap()
    }

    /// Reads, signed where a key file is given.
    pub fn get(&self, house: &House, path: &str, key: Option<&str>) -> serde_json::Value {
        let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
        let mut request = agent.get(format!("{}{path}", self.url));
        if let Some(key) = key {
            let signed = house.good(&["sign", "GET", path, "--key-file", key, "--url", &self.url]);
            for line in signed.lines() {
                let (name, value) = line.split_once(": ").unwrap();
                request = request.header(name, value);
            }
        }
        let text = request.call().unwrap().body_mut().read_to_string().unwrap();
        serde_json::from_str(&text).unwrap()
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl House {
    /// With `operator.key` and a configuration of it, `z.toml`.
    pub fn new(more: &str) -> Self {
        let house = Self(tempfile::tempdir().unwrap());
        house.keygen("operator.key");
        house.configure("operator.key", more);
        house
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_zhiheng"));
        command.args(args).current_dir(self.0.path()).stdin(Stdio::null());
        command
    }

    pub fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    #[track_caller]
    pub fn good(&self, args: &[&str]) -> String {
        let output = self.run(args);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// What a command says that is refused.
    #[track_caller]
    pub fn bad(&self, args: &[&str]) -> String {
        let output = self.run(args);
        assert_eq!(output.status.code(), Some(1), "{args:?}");
        String::from_utf8(output.stderr).unwrap()
    }

    pub fn keygen(&self, file: &str) -> String {
        self.good(&["keygen", "--out", file])
    }

    pub fn public(&self, file: &str) -> String {
        let text = fs::read_to_string(self.path(file)).unwrap();
        let line = text
            .lines()
            .find_map(|line| line.strip_prefix("public_key = \""))
            .unwrap();
        line.trim_end_matches('"').to_owned()
    }

    /// With a calendar, where a venue needs one and `more` says none.
    pub fn configure(&self, key: &str, more: &str) {
        let calendar = if more.contains("[calendar]") || more.contains("\"sandbox\"") {
            ""
        } else {
            "[calendar]\nyears = [2026]\n"
        };
        let text = format!(
            "listen = \"127.0.0.1:0\"\ndata_dir = \"data\"\noperator_public_key = \"{}\"\nreceive_window_ms = 60000\n{more}\n\
             [journal]\nsegment_bytes = 1048576\n[clock]\nunsynchronised = \"accept\"\n{calendar}",
            self.public(key)
        );
        fs::write(self.path("z.toml"), text).unwrap();
    }

    pub fn serve(&self) -> Exchange {
        Exchange::start(self, &["serve", "--config", "z.toml"])
    }

    /// Begins the exchange, and stops it.
    pub fn begin(&self) {
        self.serve().stop();
    }

    /// Every file of the data folder with what it holds.
    pub fn data(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut found = BTreeMap::new();
        let mut folders = vec![self.path("data")];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    let bytes = fs::read(&path).unwrap();
                    found.insert(path, bytes);
                }
            }
        }
        found
    }

    pub fn dump(&self) -> Vec<serde_json::Value> {
        let lines = self.good(&["journal", "dump", "data"]);
        lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}
