-- Re-rates: what was asked for, which batches rate calls again, and what came of them.

CREATE TABLE rerates (
    number BIGINT NOT NULL PRIMARY KEY CHECK (number >= 1),
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL CHECK (kind IN ('rate', 'undo')),
    -- What an undo takes back: a re-rate is taken back once.
    undoes BIGINT UNIQUE REFERENCES rerates (number),
    -- What the calls are rated by; the claims' own versions stay those that were the newest.
    catalog_version BIGINT REFERENCES catalog_versions (number),
    from_at BIGINT,
    to_at BIGINT,
    customer BIGINT REFERENCES names (id),
    supplier BIGINT REFERENCES names (id),
    destination BIGINT REFERENCES names (id),
    deck BIGINT REFERENCES names (id),
    prefix TEXT,
    sides TEXT CHECK (sides IN ('both', 'customer', 'supplier')),
    begun_at BIGINT NOT NULL,
    CHECK ((kind = 'undo') = (undoes IS NOT NULL)),
    CHECK ((kind = 'rate') = (catalog_version IS NOT NULL)),
    CHECK ((kind = 'rate') = (sides IS NOT NULL)),
    CHECK (undoes < number)
);

-- A CHECK cannot be changed in place everywhere, so the claims move to a table that takes re-rates too. The counts of
-- suspense hang on them and move along; the old tables are dropped from the dependent one on.
CREATE TABLE claims_new (
    partition_no BIGINT NOT NULL REFERENCES partitions (partition_no),
    seq BIGINT NOT NULL,
    id TEXT NOT NULL UNIQUE,
    predecessor TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('claimed', 'settled', 'voided')),
    void_note TEXT,
    feed_kind TEXT NOT NULL CHECK (feed_kind IN ('file', 'redrive', 'dismiss', 'rerate')),
    feed BIGINT REFERENCES feeds (id),
    rerate BIGINT REFERENCES rerates (number),
    reason BIGINT,
    note TEXT,
    -- Unsigned 64-bit integers in two's complement: places in suspense may use them all, and a re-rate's last range
    -- ends at 2^63.
    range_start BIGINT NOT NULL,
    range_end BIGINT NOT NULL,
    first_line BIGINT NOT NULL,
    line_count BIGINT NOT NULL,
    digest TEXT NOT NULL,
    catalog_version BIGINT NOT NULL,
    rating_revision BIGINT NOT NULL,
    claimed_at BIGINT NOT NULL,
    horizon BIGINT,
    first_open_day BIGINT NOT NULL,
    -- What settling adds.
    record_count BIGINT NOT NULL DEFAULT 0,
    usage_row_count BIGINT NOT NULL DEFAULT 0,
    duplicate_count BIGINT NOT NULL DEFAULT 0,
    call_count BIGINT NOT NULL DEFAULT 0,
    usage_digest TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (partition_no, seq),
    CHECK ((feed_kind = 'file') = (feed IS NOT NULL)),
    CHECK ((feed_kind = 'rerate') = (rerate IS NOT NULL))
);
INSERT INTO claims_new (
    partition_no, seq, id, predecessor, state, void_note, feed_kind, feed, reason, note, range_start, range_end,
    first_line, line_count, digest, catalog_version, rating_revision, claimed_at, horizon, first_open_day,
    record_count, usage_row_count, duplicate_count, call_count, usage_digest
)
SELECT
    partition_no, seq, id, predecessor, state, void_note, feed_kind, feed, reason, note, range_start, range_end,
    first_line, line_count, digest, catalog_version, rating_revision, claimed_at, horizon, first_open_day,
    record_count, usage_row_count, duplicate_count, call_count, usage_digest
FROM claims;

CREATE TABLE claim_suspense_new (
    partition_no BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    reason BIGINT NOT NULL,
    waiting BIGINT NOT NULL,
    PRIMARY KEY (partition_no, seq, reason),
    FOREIGN KEY (partition_no, seq) REFERENCES claims_new (partition_no, seq)
);
INSERT INTO claim_suspense_new (partition_no, seq, reason, waiting)
SELECT partition_no, seq, reason, waiting FROM claim_suspense;

DROP TABLE claim_suspense;
DROP TABLE claims;
-- The foreign key follows the name.
ALTER TABLE claims_new RENAME TO claims;
ALTER TABLE claim_suspense_new RENAME TO claim_suspense;
CREATE INDEX claims_by_feed ON claims (feed, seq);
CREATE INDEX claims_by_rerate ON claims (rerate, seq) WHERE rerate IS NOT NULL;
CREATE INDEX claims_unsettled ON claims (first_open_day) WHERE state = 'claimed';

-- What one settled batch of a re-rate did: its calls in scope, those that changed, and the differences in the base
-- currency, new less old.
CREATE TABLE rerate_batches (
    partition_no BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    call_count BIGINT NOT NULL,
    changed_count BIGINT NOT NULL,
    -- NULL where nothing changed.
    currency TEXT CHECK (LENGTH(currency) = 3),
    revenue BIGINT NOT NULL CHECK (revenue BETWEEN -4611686018427387904 AND 4611686018427387904),
    cost BIGINT NOT NULL CHECK (cost BETWEEN -4611686018427387904 AND 4611686018427387904),
    PRIMARY KEY (partition_no, seq),
    FOREIGN KEY (partition_no, seq) REFERENCES claims (partition_no, seq),
    CHECK (currency IS NOT NULL OR (revenue = 0 AND cost = 0))
);

-- Calls in scope that keep their rating, by why.
CREATE TABLE rerate_kept (
    partition_no BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    cause TEXT NOT NULL,
    call_count BIGINT NOT NULL CHECK (call_count > 0),
    PRIMARY KEY (partition_no, seq, cause),
    FOREIGN KEY (partition_no, seq) REFERENCES rerate_batches (partition_no, seq)
);

-- What a re-rate's settled batches moved on one account, by the day of the calls and the day that it posted to.
CREATE TABLE rerate_moved (
    rerate BIGINT NOT NULL REFERENCES rerates (number),
    carrier BIGINT NOT NULL REFERENCES names (id),
    side TEXT NOT NULL CHECK (side IN ('customer', 'supplier')),
    currency TEXT NOT NULL CHECK (LENGTH(currency) = 3),
    answer_day BIGINT NOT NULL,
    posting_day BIGINT NOT NULL,
    amount BIGINT NOT NULL CHECK (amount BETWEEN -4611686018427387904 AND 4611686018427387904),
    PRIMARY KEY (rerate, carrier, side, currency, answer_day, posting_day)
);
