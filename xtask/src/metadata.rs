//! What cargo knows of the workspace and of everything it stands on.

use crate::step::{cargo, run};
use anyhow::Context as _;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// All packages of the lock that a build for any platform would use.
pub(crate) struct Metadata {
    packages: BTreeMap<String, Package>,
}

pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) licence: Option<String>,
    /// Where it comes from; `None` for our own.
    pub(crate) source: Option<String>,
    /// The folder of one of our own, relative to the workspace.
    pub(crate) folder: Option<String>,
    /// The ids of the packages that it is built on, its tests left out.
    dependencies: BTreeSet<String>,
}

impl Metadata {
    pub(crate) fn read() -> anyhow::Result<Self> {
        let json = run(
            "metadata",
            &mut cargo(["metadata", "--format-version", "1", "--locked", "--quiet"]),
            false,
        )?;
        // Cargo may have said something on the side before.
        let json = json
            .lines()
            .find(|line| line.starts_with('{'))
            .context("cargo metadata printed no JSON")?;
        Self::parse(&serde_json::from_str(json)?).context("cargo metadata has another shape than expected")
    }

    fn parse(json: &Value) -> Option<Self> {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let root = json["workspace_root"].as_str()?;
        let mut packages = BTreeMap::new();
        for package in json["packages"].as_array()? {
            let source = text(&package["source"]);
            let folder = source.is_none().then(|| {
                let manifest = package["manifest_path"].as_str()?;
                Some(
                    manifest
                        .strip_prefix(root)?
                        .trim_start_matches('/')
                        .strip_suffix("/Cargo.toml")?
                        .to_owned(),
                )
            });
            packages.insert(
                text(&package["id"])?,
                Package {
                    name: text(&package["name"])?,
                    version: text(&package["version"])?,
                    licence: text(&package["license"]),
                    source,
                    folder: folder.flatten(),
                    dependencies: BTreeSet::new(),
                },
            );
        }
        for node in json["resolve"]["nodes"].as_array()? {
            let package = packages.get_mut(node["id"].as_str()?)?;
            for dependency in node["deps"].as_array()? {
                // A kind of null is an ordinary dependency; the others are "build" and "dev".
                if dependency["dep_kinds"]
                    .as_array()?
                    .iter()
                    .any(|kind| kind["kind"] != "dev")
                {
                    package.dependencies.insert(text(&dependency["pkg"])?);
                }
            }
        }
        Some(Self { packages })
    }

    /// Our own packages.
    pub(crate) fn members(&self) -> impl Iterator<Item = &Package> {
        self.packages.values().filter(|package| package.source.is_none())
    }

    /// Everybody else's.
    pub(crate) fn others(&self) -> impl Iterator<Item = &Package> {
        self.packages.values().filter(|package| package.source.is_some())
    }

    /// What a package is built on, directly.
    pub(crate) fn dependencies<'a>(&'a self, package: &'a Package) -> impl Iterator<Item = &'a Package> {
        package.dependencies.iter().map(|id| &self.packages[id])
    }

    /// What a package is built on, all the way down and on any platform, as names; its own features alone count.
    pub(crate) fn closure(package: &Package) -> anyhow::Result<BTreeSet<String>> {
        let arguments = [
            "tree",
            "--locked",
            "--quiet",
            "--edges",
            "normal,build",
            "--target",
            "all",
            "--prefix",
            "none",
        ];
        let mut command = cargo(arguments);
        let tree = run(
            "tree",
            command.args(["--format", "{p}", "--package", &package.name]),
            false,
        )?;
        let names = tree.lines().filter_map(|line| line.split_whitespace().next());
        Ok(names.filter(|name| *name != package.name).map(str::to_owned).collect())
    }
}

#[cfg(test)]
impl Package {
    pub(crate) fn for_test(name: &str, licence: &str, source: &str) -> Self {
        Self {
            name: name.to_owned(),
            version: "1.0.0".to_owned(),
            licence: Some(licence.to_owned()),
            source: Some(source.to_owned()),
            folder: None,
            dependencies: BTreeSet::new(),
        }
    }
}
