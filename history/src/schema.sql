-- What history keeps. Money in minor units, times in nanoseconds, ids as the protocol numbers them.
-- Each list is numbered from 1 for whoever reads it alone (an entity, an account, an instrument), so that no number
-- tells of others, a time is found by halving, and a page is one walk.

-- How far the file is: so many facts, and the SHA-256 of their encodings one behind the other.
CREATE TABLE mark (
    one   INTEGER PRIMARY KEY CHECK (one = 1),
    facts INTEGER NOT NULL,
    hash  BLOB NOT NULL
) STRICT;

CREATE TABLE instruments (
    instrument INTEGER PRIMARY KEY,
    currency   INTEGER NOT NULL
) STRICT;

CREATE TABLE orders (
    entity       INTEGER NOT NULL,
    number       INTEGER NOT NULL,
    account      INTEGER NOT NULL,
    order_id     INTEGER,          -- none: refused
    instrument   INTEGER NOT NULL,
    side         INTEGER NOT NULL,
    type         INTEGER,          -- none: nobody told
    price        INTEGER,          -- none: a market order that was refused
    quantity     INTEGER NOT NULL,
    filled       INTEGER NOT NULL,
    remaining    INTEGER NOT NULL,
    filled_value INTEGER NOT NULL,
    fees         INTEGER NOT NULL,
    held         INTEGER NOT NULL,
    state        INTEGER NOT NULL, -- 0 open, 1 filled, 2 cancelled, 3 refused
    reason       INTEGER,          -- why it was cancelled or refused
    by_user      INTEGER,
    client       BLOB,             -- the trace of its name
    client_id    TEXT,             -- the name itself; none: it has none, or the journal is of before names were kept
    entered_at   INTEGER NOT NULL,
    changed_at   INTEGER NOT NULL,
    PRIMARY KEY (entity, number)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX orders_by_id ON orders (order_id) WHERE order_id IS NOT NULL;
CREATE INDEX orders_by_account ON orders (account, number);
CREATE INDEX orders_by_client ON orders (entity, client, number) WHERE client IS NOT NULL;
CREATE INDEX orders_open ON orders (entity, number) WHERE state = 0;

CREATE TABLE fills (
    entity     INTEGER NOT NULL,
    number     INTEGER NOT NULL,
    account    INTEGER NOT NULL,
    order_id   INTEGER NOT NULL,
    instrument INTEGER NOT NULL,
    side       INTEGER NOT NULL,
    trade      INTEGER NOT NULL,
    price      INTEGER NOT NULL,
    quantity   INTEGER NOT NULL,
    fee        INTEGER NOT NULL,
    at         INTEGER NOT NULL,
    PRIMARY KEY (entity, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX fills_by_account ON fills (account, number);
CREATE INDEX fills_by_order ON fills (order_id, number);

CREATE TABLE cash (
    account     INTEGER NOT NULL,
    currency    INTEGER NOT NULL,
    number      INTEGER NOT NULL,
    at          INTEGER NOT NULL,
    happened_at INTEGER,          -- none: at the same time
    change      INTEGER NOT NULL, -- of the total
    change_held INTEGER NOT NULL,
    total       INTEGER NOT NULL, -- after it
    held        INTEGER NOT NULL,
    cause       INTEGER NOT NULL,
    subject     INTEGER,          -- the order or deal
    detail      INTEGER,          -- the trade, or the reason of a posting
    fee         INTEGER,
    reference   TEXT,
    PRIMARY KEY (account, currency, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE units (
    account     INTEGER NOT NULL,
    instrument  INTEGER NOT NULL,
    number      INTEGER NOT NULL,
    at          INTEGER NOT NULL,
    happened_at INTEGER,
    change      INTEGER NOT NULL,
    change_held INTEGER NOT NULL,
    total       INTEGER NOT NULL,
    held        INTEGER NOT NULL,
    cause       INTEGER NOT NULL,
    subject     INTEGER,
    detail      INTEGER,
    PRIMARY KEY (account, instrument, number)
) STRICT, WITHOUT ROWID;

-- What an account closed a day of the venue with (UTC+8, in days since 1970) on which something of it moved: its cash
-- (kind 0, which: the currency) or its units (kind 1, which: the instrument). Account -1 is all of them together.
CREATE TABLE days (
    account INTEGER NOT NULL,
    kind    INTEGER NOT NULL,
    which   INTEGER NOT NULL,
    day     INTEGER NOT NULL,
    total   INTEGER NOT NULL,
    held    INTEGER NOT NULL,
    PRIMARY KEY (account, kind, which, day)
) STRICT, WITHOUT ROWID;

-- The lines of such a day, by their cause.
CREATE TABLE day_sums (
    account     INTEGER NOT NULL,
    kind        INTEGER NOT NULL,
    which       INTEGER NOT NULL,
    day         INTEGER NOT NULL,
    cause       INTEGER NOT NULL,
    reason      INTEGER NOT NULL, -- of a posting; -1: no deal moved it
    lines       INTEGER NOT NULL,
    change      INTEGER NOT NULL,
    change_held INTEGER NOT NULL,
    PRIMARY KEY (account, kind, which, day, cause, reason)
) STRICT, WITHOUT ROWID;

CREATE TABLE prints (
    instrument INTEGER NOT NULL,
    number     INTEGER NOT NULL,
    trade      INTEGER NOT NULL,
    at         INTEGER NOT NULL,
    price      INTEGER NOT NULL,
    quantity   INTEGER NOT NULL,
    taker_side INTEGER NOT NULL,
    sandbox    INTEGER NOT NULL,
    PRIMARY KEY (instrument, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE candles (
    instrument INTEGER NOT NULL,
    resolution INTEGER NOT NULL, -- its length in seconds
    start      INTEGER NOT NULL,
    open       INTEGER NOT NULL,
    high       INTEGER NOT NULL,
    low        INTEGER NOT NULL,
    close      INTEGER NOT NULL,
    volume     INTEGER NOT NULL,
    trades     INTEGER NOT NULL,
    sandbox    INTEGER NOT NULL,
    PRIMARY KEY (instrument, resolution, start)
) STRICT, WITHOUT ROWID;

-- Each record: who may know its last version.
CREATE TABLE records (
    kind    TEXT NOT NULL,
    id      TEXT NOT NULL,
    readers BLOB NOT NULL,
    PRIMARY KEY (kind, id)
) STRICT, WITHOUT ROWID;

-- What was told of records and notices, and to whom one is gone. Four numbers of the change feed stand here: for those
-- who read notices alone, for those who see all, for the venue's staff, which is told of no bid in a sale, and the common
-- one, from which each entity's own is reckoned.
CREATE TABLE versions (
    number      INTEGER PRIMARY KEY,
    kind        TEXT NOT NULL,
    id          TEXT NOT NULL,
    at          INTEGER NOT NULL,
    happened_at INTEGER,
    readers     BLOB NOT NULL,
    before      BLOB,            -- who could read the version before; none: there was none
    told        BLOB,            -- none: to these readers it is gone
    public      INTEGER,
    seen        INTEGER,
    staff       INTEGER,
    common      INTEGER
) STRICT;
CREATE INDEX versions_by_record ON versions (kind, id, number);
CREATE UNIQUE INDEX versions_public ON versions (public) WHERE public IS NOT NULL;
CREATE UNIQUE INDEX versions_seen ON versions (seen) WHERE seen IS NOT NULL;
CREATE UNIQUE INDEX versions_staff ON versions (staff) WHERE staff IS NOT NULL;
CREATE UNIQUE INDEX versions_common ON versions (common) WHERE common IS NOT NULL;

-- Where an entity's change feed leaves the common one: by a version that is its own, or a common one that it misses.
CREATE TABLE deviations (
    entity  INTEGER NOT NULL,
    shown   INTEGER NOT NULL, -- how many changes the entity was told of up to here
    ordinal INTEGER NOT NULL,
    common  INTEGER NOT NULL, -- how many common versions there were up to here
    version INTEGER,          -- its own; none: it misses the last common one
    PRIMARY KEY (entity, shown, ordinal)
) STRICT, WITHOUT ROWID;
