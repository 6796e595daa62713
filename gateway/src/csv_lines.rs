//! On which line each record of a CSV file begins, and where its quotes don't close.
//!
//! The `csv` crate counts a line when it reads `\n`, and leaves that of a `\r\n` to the record that follows: in the form
//! that RFC 4180 asks for, each record has the line before its own, and so has one behind blank lines (rust-csv issues
//! 395 and 208). It takes a quote that never closes as one that ends with the file, and what follows a closing quote as
//! part of the field. Whoever is told that line 7 is wrong looks at line 7, and a file that ends within a field is not whole.

/// Where quotes are not as RFC 4180 has them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Slip {
    /// A quote is never closed; the field begins on this line.
    Unclosed(u64),
    /// On this line something stands between a closing quote and the end of its field.
    BehindQuote(u64),
}

impl Slip {
    /// The line.
    pub(crate) fn line(self) -> u64 {
        let (Self::Unclosed(line) | Self::BehindQuote(line)) = self;
        line
    }

    /// What is wrong there.
    pub(crate) fn reason(self) -> &'static str {
        match self {
            Self::Unclosed(_) => "a quote opens here and never closes",
            Self::BehindQuote(_) => "something stands behind a closing quote",
        }
    }
}

/// The first line of each record, as an editor counts; blank lines are no records.
pub(crate) struct Lines<'a> {
    rest: &'a [u8],
    line: u64,
}

impl<'a> Lines<'a> {
    /// Those of a file without its byte order mark.
    pub(crate) fn of(bytes: &'a [u8]) -> Self {
        Self { rest: bytes, line: 1 }
    }

    fn next_byte(&mut self) -> Option<u8> {
        let (byte, rest) = self.rest.split_first()?;
        self.rest = rest;
        let is_end = *byte == b'\n' || *byte == b'\r' && rest.first() != Some(&b'\n');
        self.line += u64::from(is_end);
        Some(*byte)
    }

    fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    /// Reads behind an opening quote up to the end of the field.
    fn quoted(&mut self) -> Result<(), Slip> {
        let began = self.line;
        loop {
            match self.next_byte() {
                None => return Err(Slip::Unclosed(began)),
                Some(b'"') if self.peek() == Some(b'"') => {
                    self.next_byte();
                }
                Some(b'"') => break,
                Some(_) => {}
            }
        }
        match self.peek() {
            None | Some(b',' | b'\r' | b'\n') => Ok(()),
            Some(_) => Err(Slip::BehindQuote(self.line)),
        }
    }
}

impl Iterator for Lines<'_> {
    type Item = Result<u64, Slip>;

    fn next(&mut self) -> Option<Self::Item> {
        while matches!(self.peek(), Some(b'\r' | b'\n')) {
            self.next_byte();
        }
        self.peek()?;
        let line = self.line;
        loop {
            // A field begins.
            if self.peek() == Some(b'"') {
                self.next_byte();
                if let Err(slip) = self.quoted() {
                    self.rest = &[];
                    return Some(Err(slip));
                }
            }
            loop {
                match self.next_byte() {
                    None | Some(b'\r' | b'\n') => return Some(Ok(line)),
                    Some(b',') => break,
                    Some(_) => {}
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use csv::ReaderBuilder;

    fn lines(text: &str) -> Vec<u64> {
        Lines::of(text.as_bytes()).map(Result::unwrap).collect()
    }

    #[test]
    fn a_record_has_the_line_on_which_it_begins() {
        for end in ["\n", "\r\n", "\r"] {
            let file = |lines: &[&str]| lines.iter().map(|line| format!("{line}{end}")).collect::<String>();
            assert_eq!(lines(&file(&["a,b", "1,2", "3,4"])), [1, 2, 3], "{end:?}");
            assert_eq!(lines(&file(&["a,b", "", "", "1,2", "3,4"])), [1, 4, 5], "{end:?}");
            assert_eq!(
                lines(&file(&["a,b", "\"1", "\"\"2\",3", ",", "\"\""])),
                [1, 2, 4, 5],
                "{end:?}"
            );
        }
        assert_eq!(lines("a,b\n1,"), [1, 2], "the last line need not end");
        assert_eq!(
            lines("1,x\"y\n2,\n"),
            [1, 2],
            "a quote within a field is a sign as another"
        );
    }

    #[test]
    fn a_quote_that_does_not_close_is_told() {
        for (text, slip) in [
            ("a\n1,\"2\n3\n", Slip::Unclosed(2)),
            ("a\r\n\"1\"x,2\r\n", Slip::BehindQuote(2)),
            ("\"", Slip::Unclosed(1)),
        ] {
            assert_eq!(Lines::of(text.as_bytes()).find_map(Result::err), Some(slip), "{text:?}");
        }
    }

    proptest::proptest! {
        /// There are as many lines as records, so that they go together.
        #[test]
        fn there_is_a_line_for_each_record(text in "[ab,\"\r\n]{0,40}") {
            let found: Result<Vec<u64>, Slip> = Lines::of(text.as_bytes()).collect();
            if let Ok(found) = found {
                let mut reader = ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
                let records = reader.byte_records().map(Result::unwrap).count();
                proptest::prop_assert_eq!(found.len(), records);
            }
        }
    }
}
