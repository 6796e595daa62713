//! Tables in our documents that are also rules: read from where people read them, so that neither can drift.

use anyhow::Context as _;

/// The rows of the first table below `heading`, each as its cells; the head and the rule below it are left out.
pub(crate) fn below<'a>(markdown: &'a str, heading: &str) -> anyhow::Result<Vec<Vec<&'a str>>> {
    let mut lines = markdown.lines();
    lines
        .find(|line| line.trim_start_matches('#').trim() == heading)
        .with_context(|| format!("no heading {heading:?}"))?;
    let rows: Vec<Vec<_>> = lines
        .take_while(|line| !line.starts_with('#'))
        .skip_while(|line| !line.starts_with('|'))
        .take_while(|line| line.starts_with('|'))
        .skip(2)
        .map(|line| line.trim_matches('|').split('|').map(str::trim).collect())
        .collect();
    anyhow::ensure!(!rows.is_empty(), "no table below the heading {heading:?}");
    Ok(rows)
}

/// The words in backticks, without a slash at their end.
pub(crate) fn ticked(cell: &str) -> impl Iterator<Item = &str> {
    cell.split('`')
        .skip(1)
        .step_by(2)
        .map(|word| word.trim_end_matches('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_read_from_below_its_heading() {
        let text = "# A\n| x | y |\n|---|---|\n| no | no |\n## B\nWords.\n\n| x | y |\n|---|---|\n| `a/`, `b` | nothing |\n\n| z |\n";
        let rows = below(text, "B").unwrap();
        assert_eq!(rows, [["`a/`, `b`", "nothing"]]);
        assert_eq!(ticked(rows[0][0]).collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(ticked(rows[0][1]).count(), 0);
        assert!(below(text, "C").is_err());
    }
}
