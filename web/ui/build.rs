//! Builds the page of `web/` and makes a table of its files.
//!
//! The sources are copied below `target/` and built there: nothing is written among them, and a tree that can't be written is as
//! good. What was built of the same sources before is taken again.
//!
//! `ZHIHENG_PAGE`: `require` makes a page that can't be built an error (CI, packages), `skip` builds without one. Unset, a
//! machine without Node builds the exchange all the same, is told what to do, and `/` says so.

use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};
use std::{
    collections::BTreeMap,
    env,
    error::Error,
    fmt::Write as _,
    fs, io,
    path::{Path, PathBuf},
    process::Command,
    thread,
    time::Duration,
};

/// What the page is built of, below `web/`.
const SOURCES: [&str; 9] = [
    ".npmrc",
    "build",
    "index.html",
    "package-lock.json",
    "package.json",
    "src",
    "svelte.config.js",
    "tsconfig.json",
    "vite.config.ts",
];
/// What the page shows of the product's own documents, and where its forms come from, below `docs/`: the folders whose
/// Markdown is read, and the contract.
const DOCUMENTS: [&str; 2] = ["", "rules"];
const CONTRACT: &str = "contract/0.1.0/openapi.json";
/// The least Node that Vite runs on.
const NODE_LEAST: (u32, u32) = (20, 19);
/// Waits before another try at a registry that is away for a moment (s).
const AGAIN: [u64; 3] = [0, 5, 20];

type Files = BTreeMap<String, Vec<u8>>;

fn main() -> Result<(), Box<dyn Error>> {
    let web = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?)
        .parent()
        .expect("it lies in web/")
        .to_owned();
    let out = PathBuf::from(env::var("OUT_DIR")?);
    for source in SOURCES {
        println!("cargo::rerun-if-changed={}", web.join(source).display());
    }
    for (_, path) in documents(&web).unwrap_or_default() {
        println!("cargo::rerun-if-changed={}", path.display());
    }
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=ZHIHENG_PAGE");
    let wish = env::var("ZHIHENG_PAGE").unwrap_or_default();
    let built = match wish.as_str() {
        "skip" => Err("ZHIHENG_PAGE=skip".to_owned()),
        "" | "require" => built(&web, &out),
        other => return Err(format!("ZHIHENG_PAGE is `require`, `skip` or unset, and not {other:?}").into()),
    };
    match built {
        Ok(files) => write_table(&out, &files, "")?,
        Err(why) if wish == "require" => return Err(format!("the page can't be built: {why}").into()),
        Err(why) => {
            if wish != "skip" {
                println!("cargo::warning=built without the page: {why}");
                println!(
                    "cargo::warning=install Node {}.{} or later with npm and build again; ZHIHENG_PAGE=skip says that none is wanted",
                    NODE_LEAST.0, NODE_LEAST.1
                );
                // No such file: so the next build tries again.
                println!("cargo::rerun-if-changed={}", out.join("tried").display());
            }
            write_table(&out, &Files::new(), &why)?;
        }
    }
    Ok(())
}

/// The files of the page, by their paths below the root of the site.
fn built(web: &Path, out: &Path) -> Result<Files, String> {
    let told = |error: io::Error| error.to_string();
    let mut sources = Files::new();
    for source in SOURCES {
        read_all(&web.join(source), source, &mut sources).map_err(told)?;
    }
    for (name, path) in documents(web).map_err(told)? {
        sources.insert(format!("docs/{name}"), fs::read(path).map_err(told)?);
    }
    // What the page is not made of: its tests, and types that the build drops.
    sources.retain(|path, _| !path.ends_with(".test.ts") && !path.ends_with("openapi.d.ts"));
    let digest = digest(&sources);
    // target/PROFILE/build/zhiheng-ui-HASH/out
    let work = out.ancestors().nth(4).expect("cargo's layout").join("page");
    fs::create_dir_all(&work).map_err(told)?;
    // Two builds of other profiles may want it at once.
    let lock = fs::File::create(work.join("LOCK")).map_err(told)?;
    lock.lock().map_err(told)?;
    let dist = work.join("dist");
    let stamp = work.join("built");
    if fs::read_to_string(&stamp).ok().as_deref() != Some(&digest) {
        node()?;
        let _ = fs::remove_file(&stamp);
        for folder in ["build", "docs", "src"] {
            let _ = fs::remove_dir_all(work.join(folder));
        }
        for (path, bytes) in &sources {
            let to = work.join(path);
            fs::create_dir_all(to.parent().expect("below the work folder")).map_err(told)?;
            fs::write(to, bytes).map_err(told)?;
        }
        install(&work, &sources["package-lock.json"])?;
        npm(&work, &["run", "build"], Some(&dist))?;
        fs::write(&stamp, &digest).map_err(told)?;
    }
    let mut files = Files::new();
    read_all(&dist, "", &mut files).map_err(told)?;
    Ok(files)
}

fn node() -> Result<(), String> {
    let said = Command::new("node")
        .arg("--version")
        .output()
        .map_err(|_| "there is no Node".to_owned())?;
    let version = String::from_utf8_lossy(&said.stdout)
        .trim()
        .trim_start_matches('v')
        .to_owned();
    let mut numbers = version.split('.').map(|number| number.parse().unwrap_or(0));
    let found = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
    if found < NODE_LEAST {
        return Err(format!("Node {version} is too old"));
    }
    Ok(())
}

/// `npm ci`, unless it has been done for this lock.
fn install(work: &Path, lock: &[u8]) -> Result<(), String> {
    let stamp = work.join("node_modules/.zhiheng");
    let digest = HEXLOWER.encode(&Sha256::digest(lock));
    if fs::read_to_string(&stamp).ok().as_deref() == Some(&digest) {
        return Ok(());
    }
    let mut last = String::new();
    for pause in AGAIN {
        thread::sleep(Duration::from_secs(pause));
        match npm(work, &["ci", "--ignore-scripts", "--no-audit", "--no-fund"], None) {
            Ok(()) => return fs::write(stamp, digest).map_err(|error| error.to_string()),
            Err(why) => last = why,
        }
    }
    Err(last)
}

fn npm(work: &Path, arguments: &[&str], dist: Option<&Path>) -> Result<(), String> {
    let shown = format!("npm {}", arguments.join(" "));
    let mut command = Command::new(if cfg!(windows) { "npm.cmd" } else { "npm" });
    command.args(arguments).current_dir(work);
    if let Some(dist) = dist {
        command
            .env("ZHIHENG_PAGE_OUT", dist)
            .env("ZHIHENG_DOCS", work.join("docs"));
    }
    let said = command.output().map_err(|error| format!("{shown}: {error}"))?;
    if said.status.success() {
        return Ok(());
    }
    let text = [said.stdout, said.stderr].concat();
    Err(format!("{shown}: {}\n{}", said.status, String::from_utf8_lossy(&text)))
}

/// The documents that the page is made of, too: by their names below `docs/`, and where they lie.
fn documents(web: &Path) -> io::Result<Vec<(String, PathBuf)>> {
    let docs = web.parent().expect("it lies in the repository").join("docs");
    let mut found = vec![(CONTRACT.to_owned(), docs.join(CONTRACT))];
    for folder in DOCUMENTS {
        for entry in fs::read_dir(docs.join(folder))? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "md") {
                let name = path.file_name().expect("a file").to_string_lossy().into_owned();
                let name = if folder.is_empty() {
                    name
                } else {
                    format!("{folder}/{name}")
                };
                found.push((name, path));
            }
        }
    }
    found.sort();
    Ok(found)
}

fn read_all(from: &Path, name: &str, files: &mut Files) -> io::Result<()> {
    if !from.is_dir() {
        files.insert(name.to_owned(), fs::read(from)?);
        return Ok(());
    }
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let own = entry.file_name().to_string_lossy().into_owned();
        let name = if name.is_empty() { own } else { format!("{name}/{own}") };
        read_all(&entry.path(), &name, files)?;
    }
    Ok(())
}

fn digest(files: &Files) -> String {
    let mut hash = Sha256::new();
    for (path, bytes) in files {
        for part in [path.as_bytes(), bytes] {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
    }
    HEXLOWER.encode(&hash.finalize())
}

fn write_table(out: &Path, files: &Files, why: &str) -> Result<(), Box<dyn Error>> {
    let folder = out.join("page");
    let _ = fs::remove_dir_all(&folder);
    let (mut index, mut others) = (String::new(), String::new());
    for (path, bytes) in files {
        let to = folder.join(path);
        fs::create_dir_all(to.parent().expect("below the folder"))?;
        fs::write(&to, bytes)?;
        if path.ends_with(".gz") || path.ends_with(".br") {
            continue;
        }
        let include = |path: &str| format!("include_bytes!({:?})", folder.join(path));
        let form = |end: &str| {
            let other = format!("{path}{end}");
            files
                .contains_key(&other)
                .then(|| include(&other))
                .map_or("None".to_owned(), |bytes| format!("Some({bytes})"))
        };
        let digest = HEXLOWER.encode(&Sha256::digest(bytes)[..16]);
        let entry = format!(
            "File {{ path: {:?}, media_type: {:?}, digest: {digest:?}, plain: {}, gzip: {}, brotli: {} }},\n",
            format!("/{path}"),
            media_type(path)?,
            include(path),
            form(".gz"),
            form(".br"),
        );
        if path == "index.html" {
            index = entry
        } else {
            others += &entry
        }
    }
    let mut table = String::new();
    writeln!(
        table,
        "static INDEX: &[File] = &[{index}];\nstatic FILES: &[File] = &[{others}];"
    )?;
    writeln!(
        table,
        "/// Why there is no page; empty where there is one.\npub static WITHOUT: &str = {why:?};"
    )?;
    fs::write(out.join("table.rs"), table)?;
    Ok(())
}

fn media_type(path: &str) -> Result<&'static str, String> {
    let end = path.rsplit('.').next().unwrap_or_default();
    Ok(match end {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "json" => "application/json",
        "wasm" => "application/wasm",
        "png" => "image/png",
        _ => return Err(format!("{path}: a file of no known kind")),
    })
}
