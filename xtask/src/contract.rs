//! `contract`: the API's documents, held by the tools that clients are made with. Validators read them; clients that two
//! generators made parse every answer of a walk through all reads of a demo market; Schemathesis asks what the document
//! allows and what it does not; and the client of docs/FEEDS.md follows a book.
//!
//! The tools are pinned in `xtask/contract/` and installed below `target/`. Where they are not to be had the step says so.

use crate::step::{cargo, run, target};
use anyhow::{Context as _, bail, ensure};
use std::{
    env, fs,
    io::{BufRead as _, BufReader},
    net::TcpListener,
    path::PathBuf,
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

/// Where the pins and scripts lie.
const SOURCES: &str = "xtask/contract";
/// The released documents.
const RELEASED: &str = "docs/contract/0.1.0";
/// The page with the client in Python.
const FEEDS: &str = "docs/FEEDS.md";
/// For how long Schemathesis may ask in `verify`, and how many examples of each operation and kind.
pub(crate) const IN_VERIFY: (u32, u32) = (45, 1);
/// Which channels that client follows, and how many frames of each it has to prove.
const FOLLOWED: [(&str, &str); 2] = [("book.l2", "200"), ("book.l2.100ms", "30")];

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Shows all that the commands print
    #[arg(short, long)]
    verbose: bool,
    /// For how many seconds Schemathesis may ask
    #[arg(long, default_value_t = 180)]
    seconds: u32,
    /// How many examples of each operation it asks, of each kind
    #[arg(long, default_value_t = 10)]
    examples: u32,
}

pub(crate) fn command(options: &Options) -> anyhow::Result<()> {
    let &Options {
        verbose,
        seconds,
        examples,
    } = options;
    println!("{}", check(verbose, seconds, examples)?);
    Ok(())
}

/// Holds the documents, and gives a word on what was held.
pub(crate) fn check(verbose: bool, seconds: u32, examples: u32) -> anyhow::Result<String> {
    let Some(tools) = Tools::installed() else {
        return Ok("skipped: its tools are not to be had here".to_owned());
    };
    let released = env::current_dir()?.join(RELEASED);
    let [openapi, asyncapi] = ["openapi.json", "asyncapi.json"].map(|name| released.join(name));
    let held = |what: &str, mut command: Command| {
        run(&format!("contract-{what}"), &mut command, verbose).with_context(|| format!("{what} finds a fault"))
    };
    held("validator", tools.python("openapi-spec-validator", [&openapi]))?;
    let mut spectral = tools.node("spectral", ["lint", "--fail-severity", "error", "--ruleset"]);
    spectral.arg(tools.source("spectral.yaml")).arg(&openapi);
    held("spectral", spectral)?;
    let mut redocly = tools.node("redocly", ["lint", "--extends", "spec"]);
    redocly.arg(&openapi);
    held("redocly", redocly)?;
    let typed = tools.folder.join("api.ts");
    let mut typescript = tools.node("openapi-typescript", []);
    typescript.arg(&openapi).arg("--output").arg(&typed);
    held("typescript", typescript)?;
    let mut strict = tools.node(
        "tsc",
        ["--strict", "--noEmit", "--target", "es2022", "--module", "esnext"],
    );
    strict.args(["--moduleResolution", "bundler"]).arg(&typed);
    held("tsc", strict)?;
    // It finds its library beside itself.
    let parser = tools.folder.join("asyncapi.mjs");
    fs::copy(tools.source("asyncapi.mjs"), &parser)?;
    let mut parsed = Command::new("node");
    parsed.arg(parser).arg(&asyncapi);
    held("asyncapi", parsed)?;

    let quiet = Demo::start(&tools, 0)?;
    let made = tools.folder.join("made");
    let _ = fs::remove_dir_all(&made);
    fs::create_dir_all(&made)?;
    let mut generate = tools.python("openapi-python-client", ["generate", "--meta", "none", "--path"]);
    generate.arg(&openapi).arg("--output-path").arg(made.join("of_attrs"));
    generate.arg("--config").arg(tools.source("generator.yaml"));
    let said = held("openapi-python-client", generate)?;
    ensure!(
        !said.contains("WARNING"),
        "openapi-python-client left something out:\n{said}"
    );
    let mut walk = quiet.python(&tools, "walk_attrs.py");
    walk.arg(&made).arg("of_attrs").arg(&openapi);
    let first = held("walk-attrs", walk)?;
    let mut generate = tools.python("openapi-generator-cli", ["generate", "-q", "-g", "python", "-i"]);
    generate.arg(&openapi).arg("-o").arg(made.join("of_pydantic"));
    generate.args(["--package-name", "of_pydantic"]);
    held("openapi-generator", generate)?;
    let mut walk = quiet.python(&tools, "walk_pydantic.py");
    walk.arg(made.join("of_pydantic")).arg("of_pydantic").arg(&openapi);
    let second = held("walk-pydantic", walk)?;
    let mut asked = quiet.python_program(&tools, "st");
    asked.arg("run").arg(&openapi).arg("--url").arg(&quiet.url);
    asked.args([
        "--phases",
        "examples,fuzzing",
        "--seed",
        "1",
        "--no-shrink",
        "--continue-on-failure",
    ]);
    // What the venue's state forbids is no fault of a request: `hooks.py` asks whether it was read.
    asked.args([
        "--checks",
        "all",
        "--exclude-checks",
        "positive_data_acceptance,not_a_server_error",
    ]);
    asked.args([
        "--exclude-operation-id",
        "open_stream",
        "--suppress-health-check",
        "all",
        "--warnings",
        "off",
    ]);
    asked.arg("--max-time").arg(seconds.to_string());
    asked.arg("--max-examples").arg(examples.to_string());
    asked.env("SCHEMATHESIS_HOOKS", "hooks");
    let asked = held("schemathesis", asked)?;
    drop(quiet);

    let busy = Demo::start(&tools, 50)?;
    let client = tools.folder.join("follow.py");
    fs::write(&client, python_of(&fs::read_to_string(FEEDS)?)?)?;
    let mut followed = String::new();
    for (channel, frames) in FOLLOWED {
        let mut follow = tools.python("python", [&client]);
        follow.arg(busy.url.replacen("http", "ws", 1) + "/v1/ws");
        follow.args([channel, busy.symbol()?, frames]);
        followed += &held("follow", follow)?;
    }
    let followed = followed.trim().replace('\n', "; ");
    let generated = asked
        .lines()
        .find(|line| line.contains("generated"))
        .unwrap_or_default();
    let notes = [first.trim(), second.trim(), generated.trim(), followed.trim()];
    Ok(notes.join("; "))
}

/// The program on the page.
fn python_of(page: &str) -> anyhow::Result<&str> {
    let (_, behind) = page.split_once("```python\n").context("the page has no program")?;
    let (program, _) = behind.split_once("```").context("the program has no end")?;
    Ok(program)
}

/// What is installed, and where.
struct Tools {
    folder: PathBuf,
    sources: PathBuf,
}

impl Tools {
    /// The tools, installed anew where their pins changed.
    fn installed() -> Option<Self> {
        let here = env::current_dir().ok()?;
        let sources = here.join(SOURCES);
        let folder = here.join(target()).join("xtask").join("contract");
        let pins: Vec<_> = ["requirements.txt", "package-lock.json"]
            .into_iter()
            .map(|name| fs::read_to_string(sources.join(name)))
            .collect::<Result<_, _>>()
            .ok()?;
        let done = folder.join("installed");
        if fs::read_to_string(&done).ok() != Some(pins.concat()) {
            let _ = fs::remove_dir_all(&folder);
            fs::create_dir_all(&folder).ok()?;
            for name in ["package.json", "package-lock.json"] {
                fs::copy(sources.join(name), folder.join(name)).ok()?;
            }
            let good = |command: &mut Command| command.output().is_ok_and(|output| output.status.success());
            // A registry that is away for a minute is no fault of the tree.
            let again = |command: &mut dyn FnMut() -> Command| {
                [0, 5, 20].into_iter().any(|pause| {
                    thread::sleep(Duration::from_secs(pause));
                    good(&mut command())
                })
            };
            let mut venv = Command::new("python3");
            let made = good(venv.args(["-m", "venv"]).arg(folder.join("py")));
            let python = again(&mut || {
                let mut pip = Command::new(folder.join("py/bin/pip"));
                pip.args([
                    "install",
                    "--quiet",
                    "--disable-pip-version-check",
                    "--no-deps",
                    "--requirement",
                ]);
                pip.arg(sources.join("requirements.txt"));
                pip
            });
            let node = again(&mut || {
                let mut npm = Command::new("npm");
                npm.args(["ci", "--no-audit", "--no-fund", "--ignore-scripts"])
                    .current_dir(&folder);
                npm
            });
            if !(made && python && node) {
                return None;
            }
            fs::write(&done, pins.concat()).ok()?;
        }
        Some(Self { folder, sources })
    }

    fn source(&self, name: &str) -> PathBuf {
        self.sources.join(name)
    }

    /// A program of the Python tools.
    fn python<A: AsRef<std::ffi::OsStr>>(&self, name: &str, arguments: impl IntoIterator<Item = A>) -> Command {
        let mut command = Command::new(self.folder.join("py/bin").join(name));
        command.args(arguments);
        self.apart(&mut command);
        command
    }

    /// A program of the Node tools.
    fn node<'a>(&self, name: &str, arguments: impl IntoIterator<Item = &'a str>) -> Command {
        let mut command = Command::new(self.folder.join("node_modules/.bin").join(name));
        command.args(arguments);
        command
    }

    /// Whatever the caller's environment says of proxies and of Python, the tools speak with this machine.
    fn apart(&self, command: &mut Command) {
        for (name, _) in env::vars_os() {
            let upper = name.to_string_lossy().to_uppercase();
            if upper.ends_with("_PROXY") || upper.starts_with("ZHIHENG_") || upper.starts_with("PYTHON") {
                command.env_remove(name);
            }
        }
        command
            .env("PYTHONPATH", &self.sources)
            .env("PYTHONDONTWRITEBYTECODE", "1");
        // A program of the tools may start another one.
        let programs = self.folder.join("py/bin");
        let path = env::var_os("PATH").unwrap_or_default();
        let all = [programs].into_iter().chain(env::split_paths(&path));
        command.env("PATH", env::join_paths(all).unwrap_or(path.clone()));
    }
}

/// A demo market in a folder of its own, and a key of its operator.
struct Demo {
    server: Child,
    url: String,
    key: String,
    said: Vec<String>,
    folder: PathBuf,
}

impl Demo {
    fn start(tools: &Tools, bots: u32) -> anyhow::Result<Self> {
        let build = [
            "build",
            "--quiet",
            "--locked",
            "--package",
            "zhiheng-gateway",
            "--bin",
            "zhiheng",
        ];
        ensure!(cargo(build).status()?.success(), "the program does not build");
        let program = env::current_dir()?.join(target()).join("debug/zhiheng");
        let folder = tools.folder.join("demo");
        let _ = fs::remove_dir_all(&folder);
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let mut command = Command::new(&program);
        command.arg("--listen").arg(format!("127.0.0.1:{port}"));
        command.arg("--data-dir").arg(&folder);
        command.args(["--yes", "--bots"]).arg(bots.to_string());
        tools.apart(&mut command);
        let mut server = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .context("the demo market does not start")?;
        let mut said = Vec::new();
        let lines = BufReader::new(server.stdout.take().context("it was piped")?).lines();
        for line in lines {
            said.push(line?);
            if said.last().is_some_and(|line| line.starts_with("ready ")) {
                break;
            }
        }
        let mut demo = Self {
            server,
            url: format!("http://127.0.0.1:{port}"),
            key: String::new(),
            said,
            folder,
        };
        if !demo.said.last().is_some_and(|line| line.starts_with("ready ")) {
            bail!("the demo market ended before it was ready: {:?}", demo.said);
        }
        let mut key = tools.python("python", [tools.source("venue.py")]);
        key.arg(&program).arg(demo.folder.join("keys/operator.key"));
        let output = key.arg(&demo.url).arg("0").output()?;
        let told = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "no key was given: {told}");
        demo.key = String::from_utf8(output.stdout)?.trim().to_owned();
        Ok(demo)
    }

    /// A script of ours that asks this market.
    fn python(&self, tools: &Tools, script: &str) -> Command {
        let mut command = self.python_program(tools, "python");
        command.arg(tools.source(script));
        command
    }

    /// A program of the tools that asks this market.
    fn python_program(&self, tools: &Tools, name: &str) -> Command {
        let mut command = tools.python::<&str>(name, []);
        command
            .env("ZHIHENG_CONTRACT_URL", &self.url)
            .env("ZHIHENG_CONTRACT_KEY", &self.key);
        command.current_dir(&tools.folder);
        command
    }

    /// A symbol that the bots quote.
    fn symbol(&self) -> anyhow::Result<&str> {
        let listed = self.said.iter().find_map(|line| line.strip_prefix("symbols: "));
        listed
            .and_then(|symbols| symbols.split(' ').next())
            .context("the demo names its symbols")
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = (self.server.kill(), self.server.wait());
        let _ = fs::remove_dir_all(&self.folder);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_program_of_a_page_is_what_stands_between_its_fences() {
        assert_eq!(
            python_of("words\n```python\nprint(1)\n```\nmore").unwrap(),
            "print(1)\n"
        );
        assert!(python_of("no program").is_err());
    }
}
