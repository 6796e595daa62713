//! `sign` and `keygen`.

use super::{
    args::{KeygenArgs, SignArgs},
    client,
    error::CliError,
};
use crate::proof::{
    pin,
    request::{self, is_venue_id},
    signing::{self, Key, Secret},
};
use protocol::KeyId;
use std::{
    fs,
    io::{self, Read as _, Write as _},
};

/// Prints the headers that sign a request.
pub(super) fn sign(args: &SignArgs) -> Result<(), CliError> {
    if !args.path.starts_with('/') {
        return Err(CliError::failed(format!(
            "the path begins with /: found {:?}",
            args.path
        )));
    }
    let body = read_body(args.body.as_deref())?;
    let key = Key::load(&args.remote.key_file)?;
    let venue_id = client::venue_id(&args.remote)?;
    let headers = request::headers(&venue_id, &key, &args.method, &args.path, &body);
    let mut out = io::stdout().lock();
    if args.curl {
        // Without a blank, so that the shell's word splitting keeps each header whole.
        let words: Vec<String> = headers
            .iter()
            .map(|(name, value)| format!("-H {}:{value}", title(name)))
            .collect();
        writeln!(out, "{}", words.join(" "))?;
    } else {
        for (name, value) in headers {
            writeln!(out, "{}: {value}", title(name))?;
        }
    }
    Ok(())
}

fn read_body(body: Option<&str>) -> Result<Vec<u8>, CliError> {
    match body {
        None => Ok(Vec::new()),
        Some("-") => {
            let mut bytes = Vec::new();
            io::stdin().lock().read_to_end(&mut bytes).map_err(CliError::failed)?;
            Ok(bytes)
        }
        Some(text) => match text.strip_prefix('@') {
            Some(path) => fs::read(path).map_err(|error| CliError::failed(format!("{path}: {error}"))),
            None => Ok(text.as_bytes().to_vec()),
        },
    }
}

/// `zhiheng-key` as `Zhiheng-Key`: how headers are read by people.
fn title(name: &str) -> String {
    let capital = |part: &str| {
        let mut letters = part.chars();
        letters
            .next()
            .map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
    };
    name.split('-').map(capital).collect::<Vec<_>>().join("-")
}

/// Makes a key file and prints the public key.
pub(super) fn keygen(args: &KeygenArgs) -> Result<(), CliError> {
    if let Some(bad) = args.venue.as_ref().filter(|id| !is_venue_id(id)) {
        return Err(CliError::failed(format!("{bad:?} is no id of a venue (--venue)")));
    }
    let secret = Secret::generate_ed25519().map_err(CliError::failed)?;
    let public = secret.public_key().expect("an Ed25519 key has a public half");
    Key {
        id: KeyId(args.key_id),
        secret,
        label: args.label.clone(),
    }
    .save_new(&args.out)?;
    match &args.venue {
        Some(venue_id) => pin::set(&args.out, venue_id)?,
        // Of a key that was there before, and signed for somebody.
        None => pin::forget(&args.out)?,
    }
    writeln!(io::stdout().lock(), "{}", signing::hex(&public))?;
    eprintln!(
        "key {} is in {}; the line above is its public half",
        args.key_id,
        args.out.display()
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_titled() {
        assert_eq!(title(request::TIMESTAMP_HEADER), "Zhiheng-Timestamp");
    }
}
