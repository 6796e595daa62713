//! Prints and candles.

use super::{
    History,
    page::{Cursor, List, Page, Window},
};
use crate::{
    error::Error,
    model::Print,
    rows,
    sql::{count, time},
};
use protocol::{
    InstrumentId,
    candle::{Candle, Resolution},
};
use rusqlite::ToSql;

impl History {
    /// The prints of an instrument. Its cursor is a print's number, so a page may begin at any.
    ///
    /// # Errors
    /// As [`Error`] has them.
    pub fn prints(&self, instrument: InstrumentId, window: &Window) -> Result<Page<Print>, Error> {
        let of: [(&'static str, Option<&dyn ToSql>); 1] = [("instrument = ?", Some(&instrument.0))];
        let list = List {
            table: "prints",
            time: "at",
            columns: rows::PRINT,
            numbered: &of,
            meant: &of,
            index: None,
            is_sparse: false,
        };
        self.read(|connection| list.page(connection, window, rows::print))
    }

    /// The candles of an instrument that begin within the window; none for a stretch without a print.
    ///
    /// # Errors
    /// As [`Error`] has them.
    pub fn candles(
        &self,
        instrument: InstrumentId,
        resolution: Resolution,
        window: &Window,
    ) -> Result<Page<Candle>, Error> {
        let mut low = window.since.map_or(0, time);
        let mut high = window.until.map_or(i64::MAX, |until| time(until).saturating_sub(1));
        match window.cursor {
            Some(Cursor(cursor)) if window.newest_first => high = high.min(cursor.saturating_sub(1)),
            Some(Cursor(cursor)) => low = low.max(cursor.saturating_add(1)),
            None => {}
        }
        let (columns, order) = (rows::CANDLE, if window.newest_first { "DESC" } else { "ASC" });
        let query = format!(
            "SELECT {columns} FROM candles WHERE instrument = ? AND resolution = ? AND start BETWEEN ? AND ? \
             ORDER BY start {order} LIMIT ?"
        );
        let limit = window.limit();
        let mut entries = self.read(|connection| {
            let mut query = connection.prepare_cached(&query)?;
            let asked = (
                instrument.0,
                count(resolution.seconds()),
                low,
                high,
                count(limit as u64 + 1),
            );
            let rows = query.query_map(asked, rows::candle)?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        })?;
        let more = entries.len() > limit;
        entries.truncate(limit);
        let next = entries.last().filter(|_| more);
        let next = next.map(|candle| Cursor(time(candle.start)));
        Ok(Page { entries, next })
    }
}
