//! Where a record stands: reels of film and their frames are long gone, and their numbers are still the office's.

use std::{fmt, str::FromStr};

/// The longest reel and frame, in digits.
const REEL_DIGITS: usize = 6;
const FRAME_DIGITS: usize = 4;

/// The place of a record in the register.
///
/// Places are not given in the order of the days: a higher reel may have been recorded earlier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ReelFrame {
    reel: u32,
    frame: u32,
}

impl ReelFrame {
    /// The place with these digits; noughts before them may be missing.
    pub(crate) fn new(reel: &str, frame: &str) -> Option<Self> {
        let number = |digits: &str, most: usize| {
            let fits = (1..=most).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
            digits.parse::<u32>().ok().filter(|_| fits)
        };
        let reel = number(reel, REEL_DIGITS).filter(|reel| *reel > 0)?;
        let frame = number(frame, FRAME_DIGITS)?;
        Some(Self { reel, frame })
    }
}

impl fmt::Display for ReelFrame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:06}-{:04}", self.reel, self.frame)
    }
}

/// `048811-0679`, or with the office's own `/`.
impl FromStr for ReelFrame {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (reel, frame) = text.split_once(['-', '/']).ok_or(())?;
        Self::new(reel, frame).ok_or(())
    }
}
