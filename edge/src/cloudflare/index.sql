-- The index, schema 1, in D1. The Worker makes it by itself, once in each isolate: every statement
-- does nothing where its table is there. A row is one JSON value, because what a list shows of a
-- checkout is decided in index/row.rs, and what SQL must find has a column.
CREATE TABLE IF NOT EXISTS _meta (k TEXT PRIMARY KEY, v INTEGER NOT NULL) STRICT;

-- Registry and projection are the same row: written before the order reaches WeChat Pay, and again
-- with what became of it.
CREATE TABLE IF NOT EXISTS checkouts (
    id TEXT PRIMARY KEY,
    profile TEXT NOT NULL,
    revision INTEGER NOT NULL, -- of the object, and the larger one stays
    created_at INTEGER NOT NULL, -- Unix seconds, as every moment here
    status TEXT NOT NULL,
    attention INTEGER NOT NULL,
    dead INTEGER NOT NULL,
    sweep_at INTEGER NOT NULL, -- while it is open, from when on somebody looks at it
    row TEXT NOT NULL
) STRICT;

CREATE INDEX IF NOT EXISTS checkouts_newest ON checkouts (profile, created_at, id);

CREATE INDEX IF NOT EXISTS checkouts_status ON checkouts (profile, status, created_at, id);

-- Of few rows, so that the others pay nothing for them.
CREATE INDEX IF NOT EXISTS checkouts_attention ON checkouts (profile, created_at, id)
    WHERE attention = 1;

CREATE INDEX IF NOT EXISTS checkouts_dead ON checkouts (profile, created_at, id) WHERE dead > 0;

CREATE INDEX IF NOT EXISTS checkouts_sweep ON checkouts (profile, sweep_at, id)
    WHERE status = 'open';

-- Out of the rows of their checkouts, to be found by number and by day.
CREATE TABLE IF NOT EXISTS payments (
    checkout TEXT NOT NULL,
    transaction_id TEXT NOT NULL,
    profile TEXT NOT NULL,
    sub_mchid TEXT,
    day TEXT, -- in Beijing
    entry TEXT NOT NULL,
    PRIMARY KEY (checkout, transaction_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS payments_number ON payments (profile, transaction_id);

CREATE INDEX IF NOT EXISTS payments_day ON payments (profile, day, transaction_id, checkout);

CREATE TABLE IF NOT EXISTS refunds (
    checkout TEXT NOT NULL,
    out_refund_no TEXT NOT NULL,
    profile TEXT NOT NULL,
    sub_mchid TEXT,
    day TEXT,
    entry TEXT NOT NULL,
    PRIMARY KEY (checkout, out_refund_no)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS refunds_day ON refunds (profile, day, out_refund_no, checkout);

INSERT OR IGNORE INTO _meta (k, v) VALUES ('schema', 1);
