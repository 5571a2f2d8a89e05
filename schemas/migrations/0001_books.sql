-- The books: one portable text for SQLite and PostgreSQL. Amounts are micro-units, instants UTC microseconds, days
-- days since 1970-01-01, digests hexadecimal text. Amounts stay within 2^62 either way, so that no sum of two leaves
-- BIGINT unseen: SQLite would go on with a float.

CREATE TABLE books_state (
    only_row BIGINT NOT NULL PRIMARY KEY CHECK (only_row = 1),
    -- The first day into which new claims may post.
    first_open_day BIGINT NOT NULL,
    -- The last day that is closed; below first_open_day. The day before the first one there is while none is.
    closed_through BIGINT NOT NULL,
    -- The length of the ledger's chain and its last hash: a chain that was cut short shows.
    ledger_count BIGINT NOT NULL,
    ledger_hash TEXT NOT NULL,
    CHECK (closed_through < first_open_day)
);
-- 0001-01-01 and the day before.
INSERT INTO books_state VALUES (1, -719162, -719163, 0, '0000000000000000000000000000000000000000000000000000000000000000');

CREATE TABLE names (
    id BIGINT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
);

CREATE TABLE feeds (
    id BIGINT NOT NULL PRIMARY KEY,
    mapping TEXT NOT NULL,
    source TEXT NOT NULL,
    path TEXT NOT NULL,
    head_bytes BIGINT NOT NULL,
    head_digest TEXT NOT NULL
);
CREATE INDEX feeds_by_mapping ON feeds (mapping, source);

CREATE TABLE partitions (
    partition_no BIGINT NOT NULL PRIMARY KEY,
    -- The last settled or voided batch; -1 and '' before the first.
    cursor_seq BIGINT NOT NULL,
    cursor_claim TEXT NOT NULL
);

CREATE TABLE claims (
    partition_no BIGINT NOT NULL REFERENCES partitions (partition_no),
    seq BIGINT NOT NULL,
    id TEXT NOT NULL UNIQUE,
    predecessor TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('claimed', 'settled', 'voided')),
    void_note TEXT,
    feed_kind TEXT NOT NULL CHECK (feed_kind IN ('file', 'redrive', 'dismiss')),
    feed BIGINT REFERENCES feeds (id),
    reason BIGINT,
    note TEXT,
    -- Unsigned 64-bit integers in two's complement: places in suspense may use them all.
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
    CHECK ((feed_kind = 'file') = (feed IS NOT NULL))
);
CREATE INDEX claims_by_feed ON claims (feed, seq);
CREATE INDEX claims_unsettled ON claims (first_open_day) WHERE state = 'claimed';

CREATE TABLE claim_suspense (
    partition_no BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    reason BIGINT NOT NULL,
    waiting BIGINT NOT NULL,
    PRIMARY KEY (partition_no, seq, reason),
    FOREIGN KEY (partition_no, seq) REFERENCES claims (partition_no, seq)
);

CREATE TABLE stored_files (
    path TEXT NOT NULL PRIMARY KEY,
    state TEXT NOT NULL CHECK (state IN ('live', 'retired')),
    journal TEXT NOT NULL CHECK (journal IN ('usage', 'suspense')),
    partition_no BIGINT NOT NULL,
    seq_first BIGINT NOT NULL,
    seq_last BIGINT NOT NULL,
    row_count BIGINT NOT NULL,
    byte_count BIGINT NOT NULL,
    CHECK (seq_first <= seq_last)
);
CREATE INDEX stored_files_by_state ON stored_files (state, partition_no, seq_first);

CREATE TABLE accounts (
    id BIGINT NOT NULL PRIMARY KEY,
    carrier BIGINT NOT NULL REFERENCES names (id),
    kind TEXT NOT NULL CHECK (kind IN ('receivable', 'revenue', 'cost', 'payable')),
    currency TEXT NOT NULL CHECK (LENGTH(currency) = 3),
    name TEXT NOT NULL UNIQUE,
    UNIQUE (carrier, kind, currency),
    UNIQUE (id, currency)
);

-- What open days have added up: `amount` debits `account` and credits `contra`. Both are in one currency, so that a
-- row sums to zero whatever it says.
CREATE TABLE accruals (
    account BIGINT NOT NULL,
    contra BIGINT NOT NULL,
    currency TEXT NOT NULL,
    posting_day BIGINT NOT NULL,
    partition_no BIGINT NOT NULL,
    amount BIGINT NOT NULL CHECK (amount BETWEEN -4611686018427387904 AND 4611686018427387904),
    PRIMARY KEY (posting_day, account, contra, partition_no),
    FOREIGN KEY (account, currency) REFERENCES accounts (id, currency),
    FOREIGN KEY (contra, currency) REFERENCES accounts (id, currency),
    CHECK (account <> contra)
);

-- The ledger. A transaction is a transfer between two accounts of one currency: its two entries are +amount and
-- -amount, so that no transaction can be stored whose entries do not sum to zero in their currency.
CREATE TABLE ledger_transactions (
    number BIGINT NOT NULL PRIMARY KEY CHECK (number >= 1),
    id TEXT NOT NULL UNIQUE,
    posting_day BIGINT NOT NULL,
    account BIGINT NOT NULL,
    contra BIGINT NOT NULL,
    currency TEXT NOT NULL,
    amount BIGINT NOT NULL CHECK (amount <> 0 AND amount BETWEEN -4611686018427387904 AND 4611686018427387904),
    previous_hash TEXT NOT NULL UNIQUE,
    hash TEXT NOT NULL UNIQUE,
    UNIQUE (posting_day, account, contra),
    FOREIGN KEY (account, currency) REFERENCES accounts (id, currency),
    FOREIGN KEY (contra, currency) REFERENCES accounts (id, currency),
    CHECK (account <> contra)
);

CREATE VIEW ledger_entries AS
    SELECT number, posting_day, account, currency, amount FROM ledger_transactions
    UNION ALL
    SELECT number, posting_day, contra, currency, -amount FROM ledger_transactions;

-- Entries that are posted and those that are still accruing.
CREATE VIEW all_entries AS
    SELECT account, currency, posting_day, amount FROM ledger_entries
    UNION ALL
    SELECT account, currency, posting_day, amount FROM accruals
    UNION ALL
    SELECT contra, currency, posting_day, -amount FROM accruals;

CREATE TABLE catalog_versions (
    number BIGINT NOT NULL PRIMARY KEY CHECK (number >= 1),
    published_at BIGINT NOT NULL,
    digest TEXT NOT NULL,
    added_count BIGINT NOT NULL,
    changed_count BIGINT NOT NULL,
    removed_count BIGINT NOT NULL,
    content TEXT NOT NULL
);

CREATE TABLE deck_versions (
    deck TEXT NOT NULL,
    number BIGINT NOT NULL CHECK (number >= 1),
    mode TEXT NOT NULL CHECK (mode IN ('full', 'delta')),
    effective BIGINT,
    digest TEXT NOT NULL,
    row_count BIGINT NOT NULL,
    object_path TEXT NOT NULL UNIQUE,
    imported_at BIGINT NOT NULL,
    source_file TEXT NOT NULL,
    PRIMARY KEY (deck, number),
    UNIQUE (deck, digest)
);

CREATE TABLE mappings (
    kind TEXT NOT NULL CHECK (kind IN ('calls', 'deck')),
    name TEXT NOT NULL,
    number BIGINT NOT NULL CHECK (number >= 1),
    content TEXT NOT NULL,
    saved_at BIGINT NOT NULL,
    PRIMARY KEY (kind, name, number)
);
