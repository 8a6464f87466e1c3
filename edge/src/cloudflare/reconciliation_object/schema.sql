-- The reconciliation of one profile. All of it can be had again from the platform's bills and from the
-- checkouts, but for the marks of what has healed.

-- One day of one account. What the job is made of is decided in crate::reconciliation::job.
CREATE TABLE IF NOT EXISTS jobs (
    id INTEGER PRIMARY KEY,
    day TEXT NOT NULL,
    account TEXT NOT NULL, -- a service provider's sub-merchant, else empty
    next_at INTEGER, -- business time, Unix seconds; nothing to do without it
    job TEXT NOT NULL,
    UNIQUE (day, account)
) STRICT;

-- Rows of bills whose numbers have the shape of ours. They count once their job has left the step
-- `stage`, which it does when the digest of the whole file has agreed. Job 0 is the rebuild's.
CREATE TABLE IF NOT EXISTS staged (
    seq INTEGER PRIMARY KEY,
    job INTEGER NOT NULL,
    compared INTEGER NOT NULL DEFAULT 0,
    checkout TEXT NOT NULL,
    rank INTEGER NOT NULL,
    number TEXT NOT NULL,
    entry TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS staged_open ON staged (job, compared, checkout, rank);
CREATE INDEX IF NOT EXISTS staged_shown ON staged (job, number);

CREATE TABLE IF NOT EXISTS differences (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    day TEXT NOT NULL,
    account TEXT NOT NULL,
    what TEXT NOT NULL,
    kind TEXT NOT NULL,
    number TEXT NOT NULL,
    difference TEXT NOT NULL,
    found_at INTEGER NOT NULL,
    healed_at INTEGER,
    run INTEGER NOT NULL, -- the newest look that found it
    UNIQUE (day, account, what, kind, number)
) STRICT;

-- What else has to be done: the sweep of stale orders, and the rebuild of the index.
CREATE TABLE IF NOT EXISTS chores (
    name TEXT PRIMARY KEY,
    next_at INTEGER,
    chore TEXT NOT NULL
) STRICT;

-- Checkouts that a rebuild has yet to tell.
CREATE TABLE IF NOT EXISTS named (id TEXT PRIMARY KEY) STRICT;
