-- SQLite's own words for what PostgreSQL says by withholding UPDATE and DELETE: what was asked for stays.

CREATE TRIGGER rerates_update BEFORE UPDATE ON rerates
BEGIN SELECT RAISE(ABORT, 'a re-rate never changes; undo it and begin another'); END;
CREATE TRIGGER rerates_delete BEFORE DELETE ON rerates
BEGIN SELECT RAISE(ABORT, 'a re-rate is never deleted; undo it'); END;
