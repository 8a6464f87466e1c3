-- One checkout's store, schema 1. Made by Open only: whoever asks for an id that nobody opened
-- leaves no trace. The order itself is one JSON value, because checkout::order decides what is in
-- it; what SQL must find or keep unique has a column.
CREATE TABLE _meta (k TEXT PRIMARY KEY, v INTEGER NOT NULL) STRICT;

CREATE TABLE checkout (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    revision INTEGER NOT NULL,
    created_at INTEGER NOT NULL, -- business time, Unix seconds
    opening TEXT NOT NULL,
    life TEXT NOT NULL,
    lease_until INTEGER, -- wall clock, Unix seconds
    lease_ticket INTEGER
) STRICT;

-- The body of every order call ever made, byte for byte: a repeat sends it again.
CREATE TABLE attempts (
    no INTEGER PRIMARY KEY,
    out_trade_no TEXT NOT NULL UNIQUE,
    body BLOB NOT NULL
) STRICT;

CREATE TABLE events (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL, -- business time, Unix seconds
    out_trade_no TEXT NOT NULL,
    notification_id TEXT UNIQUE,
    transaction_id TEXT,
    report TEXT NOT NULL
) STRICT;

INSERT INTO _meta (k, v) VALUES ('schema', 1);
