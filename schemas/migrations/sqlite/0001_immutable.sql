-- SQLite's own words for what PostgreSQL says by withholding UPDATE and DELETE: what was published or posted stays.

CREATE TRIGGER ledger_transactions_update BEFORE UPDATE ON ledger_transactions
BEGIN SELECT RAISE(ABORT, 'a ledger transaction never changes; post its reversal'); END;
CREATE TRIGGER ledger_transactions_delete BEFORE DELETE ON ledger_transactions
BEGIN SELECT RAISE(ABORT, 'a ledger transaction is never deleted; post its reversal'); END;
CREATE TRIGGER catalog_versions_update BEFORE UPDATE ON catalog_versions
BEGIN SELECT RAISE(ABORT, 'a catalog version never changes; publish another'); END;
CREATE TRIGGER catalog_versions_delete BEFORE DELETE ON catalog_versions
BEGIN SELECT RAISE(ABORT, 'a catalog version is never deleted'); END;
CREATE TRIGGER deck_versions_update BEFORE UPDATE ON deck_versions
BEGIN SELECT RAISE(ABORT, 'a deck version never changes; import another'); END;
CREATE TRIGGER deck_versions_delete BEFORE DELETE ON deck_versions
BEGIN SELECT RAISE(ABORT, 'a deck version is never deleted'); END;
CREATE TRIGGER names_update BEFORE UPDATE ON names
BEGIN SELECT RAISE(ABORT, 'a name never changes'); END;
CREATE TRIGGER names_delete BEFORE DELETE ON names
BEGIN SELECT RAISE(ABORT, 'a name is never deleted'); END;
