//! The page, embedded: what `web/` was built to, each file with its compressed forms. It knows nothing of a server, and nothing of ours.
//!
//! What always holds: a file under `assets/` has its content's hash in its name, so it never changes under that name.

/// A file of the page.
#[derive(Debug)]
pub struct File {
    /// Its address, from the slash on.
    pub path: &'static str,
    /// Its media type.
    pub media_type: &'static str,
    /// A digest of its bytes: 32 digits of hex.
    pub digest: &'static str,
    /// Its bytes.
    pub plain: &'static [u8],
    /// The same in gzip; none where that would be longer.
    pub gzip: Option<&'static [u8]>,
    /// The same in Brotli; none where that would be longer.
    pub brotli: Option<&'static [u8]>,
}

/// The page.
#[derive(Debug)]
pub struct Page {
    /// What is answered at each address of a screen.
    pub index: &'static File,
    /// The other files, by their paths.
    files: &'static [File],
}

impl Page {
    /// The file at an address.
    #[must_use]
    pub fn file(&self, path: &str) -> Option<&'static File> {
        let found = self.files.binary_search_by(|file| file.path.cmp(path)).ok()?;
        self.files.get(found)
    }

    /// All files but the index, by their paths.
    #[must_use]
    pub fn files(&self) -> &'static [File] {
        self.files
    }
}

include!(concat!(env!("OUT_DIR"), "/table.rs"));

/// The page; none where this program was built without Node ([`WITHOUT`] says why).
#[must_use]
pub fn page() -> Option<Page> {
    let index = INDEX.first()?;
    Some(Page { index, files: FILES })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_is_there_or_it_is_said_why_not() {
        let Some(page) = page() else {
            assert!(!WITHOUT.is_empty());
            return;
        };
        assert_eq!(WITHOUT, "");
        assert!(page.files().is_sorted_by_key(|file| file.path));
        let index = str::from_utf8(page.index.plain).expect("text");
        let mut named = 0;
        for (at, _) in index.match_indices("/assets/") {
            let path = index[at..].split('"').next().expect("a quote ends it");
            assert!(page.file(path).is_some(), "{path} is named and not there");
            named += 1;
        }
        assert!(named >= 3, "script, style and mark");
        assert!(page.file("/assets/").is_none() && page.file("/index.html").is_none());
    }

    #[test]
    fn nothing_in_the_index_is_inline() {
        if let Some(page) = page() {
            let index = str::from_utf8(page.index.plain).expect("text");
            assert!(
                !index.contains("<style") && !index.contains("style=") && !index.contains(" on"),
                "{index}"
            );
            for (at, _) in index.match_indices("<script") {
                assert!(
                    index[at..].split('>').next().is_some_and(|tag| tag.contains("src=")),
                    "{index}"
                );
            }
        }
    }
}
