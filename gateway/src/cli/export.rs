//! `export assets`: the rights that the key may see, as CSV in the venue's own form, which `import assets` reads again.

use super::{args::ExportArgs, client::Client, error::CliError};
use serde_json::Value;
use std::{
    fs::File,
    io::{self, Write},
};

/// The columns, those of the venue's own form.
const COLUMNS: [&str; 8] = [
    "office",
    "class",
    "number",
    "title",
    "filed_on",
    "granted_on",
    "expires_on",
    "classifications",
];
/// How many rights are asked for at once.
const PAGE: usize = 1_000;

pub(super) fn assets(args: &ExportArgs) -> Result<(), CliError> {
    let client = Client::new(&args.remote)?;
    let out: Box<dyn Write> = match &args.out {
        Some(path) => {
            let file = File::create_new(path);
            Box::new(file.map_err(|error| CliError::failed(format!("{}: {error}", path.display())))?)
        }
        None => Box::new(io::stdout().lock()),
    };
    let count = write(&client, csv::Writer::from_writer(out))?;
    eprintln!("{count} rights");
    Ok(())
}

fn write(client: &Client, mut out: csv::Writer<Box<dyn Write>>) -> Result<usize, CliError> {
    let failed = |error: csv::Error| CliError::Output(io::Error::other(error));
    out.write_record(COLUMNS).map_err(failed)?;
    let (mut cursor, mut count) = (String::new(), 0);
    loop {
        let reply = client.get(&format!("/v1/assets?limit={PAGE}{cursor}"))?;
        if !reply.is_success() {
            return Err(CliError::failed(reply.problem()));
        }
        for asset in reply.body["items"].as_array().into_iter().flatten() {
            out.write_record(row(asset)).map_err(failed)?;
            count += 1;
        }
        match reply.body["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    out.flush()?;
    Ok(count)
}

/// A right as a row.
fn row(asset: &Value) -> [String; 8] {
    COLUMNS.map(|column| match &asset[column] {
        Value::String(text) => text.clone(),
        Value::Array(places) => {
            let place = |place: &Value| {
                let word = |name: &str| place[name].as_str().unwrap_or_default().to_owned();
                format!("{}:{}", word("scheme"), word("code"))
            };
            places.iter().map(place).collect::<Vec<_>>().join("|")
        }
        _ => String::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_row_is_one_that_can_be_imported() {
        let asset = json!({"asset_id": 7, "office": "CN", "class": "patent", "number": "201910513128.0", "title": "一种, \"方法\"",
            "filed_on": "2019-06-14", "granted_on": null, "expires_on": "2039-06-14",
            "classifications": [{"scheme": "ipc", "code": "G06Q 50/18"}, {"scheme": "nice", "code": "9"}]});
        assert_eq!(
            row(&asset),
            [
                "CN",
                "patent",
                "201910513128.0",
                "一种, \"方法\"",
                "2019-06-14",
                "",
                "2039-06-14",
                "ipc:G06Q 50/18|nice:9"
            ]
        );
    }
}
