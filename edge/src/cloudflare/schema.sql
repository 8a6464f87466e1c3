-- One checkout's store, schema 3. Made by Open only: whoever asks for an id that nobody opened
-- leaves no trace. The order itself is one JSON value, because checkout::order decides what is in
-- it, and so are its refunds; what SQL must find or keep unique has a column.
--
-- Every table and every index takes a page of 4 KB at least, in each of a shop's checkouts: so there
-- is no index that a handful of rows can do without.
CREATE TABLE _meta (k TEXT PRIMARY KEY, v INTEGER NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE checkout (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    revision INTEGER NOT NULL,
    created_at INTEGER NOT NULL, -- business time, Unix seconds
    opening TEXT NOT NULL,
    life TEXT NOT NULL,
    refunds TEXT NOT NULL,
    outbox TEXT NOT NULL,
    touched_at INTEGER NOT NULL, -- business time, Unix seconds
    lease_until INTEGER, -- wall clock, Unix seconds
    lease_ticket INTEGER,
    lease_refund TEXT -- the refund that the call is about; the order without one
) STRICT;

-- The body of every order call ever made, byte for byte: a repeat sends it again.
CREATE TABLE attempts (
    no INTEGER PRIMARY KEY,
    out_trade_no TEXT NOT NULL, -- has `no` in it
    body BLOB NOT NULL
) STRICT;

-- The same for refunds: the application of each, and the newest choice of another way. `serial` names
-- the platform key that texts in the body are encrypted for.
CREATE TABLE refund_letters (
    out_refund_no TEXT NOT NULL,
    call TEXT NOT NULL,
    body BLOB NOT NULL,
    serial TEXT,
    PRIMARY KEY (out_refund_no, call)
) STRICT, WITHOUT ROWID;

-- What the shop is sent about each event, byte for byte: a repeat sends it again.
CREATE TABLE parcels (
    id TEXT PRIMARY KEY,
    body BLOB NOT NULL
) STRICT;

CREATE TABLE events (
    seq INTEGER PRIMARY KEY, -- rises, since no row is ever deleted
    at INTEGER NOT NULL, -- business time, Unix seconds
    number TEXT NOT NULL, -- of the attempt or the refund
    notification_id TEXT UNIQUE,
    transaction_id TEXT,
    report TEXT NOT NULL
) STRICT;

INSERT INTO _meta (k, v) VALUES ('schema', 3);
