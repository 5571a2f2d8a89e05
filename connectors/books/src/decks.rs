//! Deck versions: a row each in the books, and each content one immutable compressed file beside them.

use crate::Books;
use crate::column::{Columns, hex, stored};
use crate::error::failed;
use crate::open::sync_directory;
use crate::transaction::{begin, commit};
use didtron_domain::Instant;
use didtron_domain::deck::VersionMode;
use didtron_ports::Error;
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;
use std::fs::File;
use std::io::Write;
use std::path::Path;

/// The library's default: level 9 took ten times as long for a tenth less, and a person waits for an import.
const COMPRESSION_LEVEL: i32 = 3;

/// A version to be stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewDeckVersion {
    /// The deck's name.
    pub deck: String,
    /// Full list or delta.
    pub mode: VersionMode,
    /// From when it changes the versions before; `None`: always.
    pub effective: Option<Instant>,
    /// The rows in the plain form.
    pub csv: Vec<u8>,
    /// How many rows that is.
    pub row_count: u64,
    /// By the caller's clock.
    pub imported_at: Instant,
    /// Where it came from, for people.
    pub source_file: String,
}

/// A stored version, without its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeckVersionInfo {
    /// The deck's name.
    pub deck: String,
    /// Counted from 1 in order of publication.
    pub number: u32,
    /// Full list or delta.
    pub mode: VersionMode,
    /// From when it changes the versions before; `None`: always.
    pub effective: Option<Instant>,
    /// BLAKE3 of mode, effective time and content.
    pub digest: [u8; 32],
    /// How many rows it has.
    pub row_count: u64,
    /// Its file, relative to the data directory.
    pub object_path: String,
    /// When it was stored first.
    pub imported_at: Instant,
    /// Where it came from, for people.
    pub source_file: String,
}

impl Books {
    /// Stores a version of a deck, and says whether it is new: the same content with the same mode and effective time
    /// is the version that it was before.
    pub async fn add_deck_version(&self, version: NewDeckVersion) -> Result<(DeckVersionInfo, bool), Error> {
        let digest = digest(version.mode, version.effective, &version.csv);
        // Held throughout, so that no other import takes the number meanwhile.
        let mut writer = self.writer().await?;
        if let Some(known) = by_digest(&mut writer.connection, &version.deck, &digest).await? {
            return Ok((known, false));
        }
        let number = last_number(&mut writer.connection, &version.deck).await? + 1;
        let object_path = format!("decks/{}/{number}.csv.zst", folder(&version.deck));
        let (dir, path, csv) = (self.dir().to_owned(), object_path.clone(), version.csv);
        tokio::task::spawn_blocking(move || write_object(&dir, &path, &csv))
            .await
            .map_err(|error| Error::unavailable("could not store a deck", error))??;
        let info = DeckVersionInfo {
            deck: version.deck,
            number,
            mode: version.mode,
            effective: version.effective,
            digest,
            row_count: version.row_count,
            object_path,
            imported_at: version.imported_at,
            source_file: version.source_file,
        };
        let mut transaction = begin(&mut writer.connection).await?;
        insert(&mut transaction, &info).await?;
        commit(transaction).await?;
        Ok((info, true))
    }

    /// The numbers that [`Books::add_deck_version`] would give to these versions of one deck, added in this order.
    pub async fn deck_version_numbers(&self, versions: &[NewDeckVersion]) -> Result<Vec<u32>, Error> {
        let Some(first) = versions.first() else { return Ok(Vec::new()) };
        let mut known: Vec<(u32, [u8; 32])> = Vec::new();
        for version in self.deck_versions(&first.deck).await? {
            known.push((version.number, version.digest));
        }
        let mut numbers = Vec::with_capacity(versions.len());
        for version in versions {
            let digest = digest(version.mode, version.effective, &version.csv);
            let same = known.iter().find(|(_, known)| *known == digest).map(|(number, _)| *number);
            let number = same.unwrap_or_else(|| known.last().map_or(1, |(last, _)| last + 1));
            if same.is_none() {
                known.push((number, digest));
            }
            numbers.push(number);
        }
        Ok(numbers)
    }

    /// The versions of a deck in order; none for a deck that is not known.
    pub async fn deck_versions(&self, deck: &str) -> Result<Vec<DeckVersionInfo>, Error> {
        let mut connection = self.reader().await?;
        let rows = sqlx::query("SELECT * FROM deck_versions WHERE deck = $1 ORDER BY number")
            .bind(deck)
            .fetch_all(&mut *connection)
            .await
            .map_err(failed("read the versions of a deck"))?;
        rows.iter().map(info).collect()
    }

    /// Every version of every deck, by deck and number.
    pub async fn all_deck_versions(&self) -> Result<Vec<DeckVersionInfo>, Error> {
        let mut connection = self.reader().await?;
        let query = sqlx::query("SELECT * FROM deck_versions ORDER BY deck, number");
        let rows = query.fetch_all(&mut *connection).await.map_err(failed("read the deck versions"))?;
        rows.iter().map(info).collect()
    }

    /// A version's rows in the plain form, as they were given; content that is not what was stored is damage.
    pub async fn deck_csv(&self, version: &DeckVersionInfo) -> Result<Vec<u8>, Error> {
        let path = self.dir().join(&version.object_path);
        let shown = format!("the deck {} version {} ({})", version.deck, version.number, version.object_path);
        let csv = tokio::task::spawn_blocking(move || zstd::decode_all(File::open(path)?))
            .await
            .map_err(|error| Error::unavailable(format!("could not read {shown}"), error))?
            .map_err(|error| Error::unavailable(format!("could not read {shown}"), error))?;
        match digest(version.mode, version.effective, &csv) == version.digest {
            true => Ok(csv),
            false => {
                Err(Error::Damaged(format!("{shown} is not what was imported: its digest differs; restore the file")))
            }
        }
    }
}

fn digest(mode: VersionMode, effective: Option<Instant>, csv: &[u8]) -> [u8; 32] {
    let effective = effective.map_or_else(|| "always".to_owned(), |at| at.0.to_string());
    let mut hasher = blake3::Hasher::new();
    hasher.update(format!("{} {effective}\n", mode.as_str()).as_bytes()).update(csv);
    *hasher.finalize().as_bytes()
}

/// A deck's name as a folder that is portable and inside `decks`: other bytes than letters, digits, `-` and `_` are
/// written as `%` and their two hexadecimal digits, so that two names never share one.
fn folder(deck: &str) -> String {
    let mut folder = String::with_capacity(deck.len());
    for byte in deck.bytes() {
        match byte {
            b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' => folder.push(char::from(byte)),
            // Capitals too: some file systems do not tell them apart.
            _ => folder.push_str(&format!("%{byte:02x}")),
        }
    }
    folder
}

/// Writes aside, syncs the file, renames it and syncs the folders.
fn write_object(dir: &Path, relative: &str, csv: &[u8]) -> Result<(), Error> {
    let path = dir.join(relative);
    let failed = |error| Error::unavailable(format!("could not store the deck {}", path.display()), error);
    let folder = path.parent().expect("an object's path has a folder");
    std::fs::create_dir_all(folder).map_err(failed)?;
    let aside = path.with_extension("part");
    let mut file = File::create(&aside).map_err(failed)?;
    file.write_all(&zstd::encode_all(csv, COMPRESSION_LEVEL).map_err(failed)?).map_err(failed)?;
    file.sync_all().map_err(failed)?;
    std::fs::rename(&aside, &path).map_err(failed)?;
    sync_directory(folder)?;
    sync_directory(&dir.join("decks"))?;
    sync_directory(dir)
}

async fn by_digest(
    connection: &mut SqliteConnection,
    deck: &str,
    digest: &[u8; 32],
) -> Result<Option<DeckVersionInfo>, Error> {
    let row = sqlx::query("SELECT * FROM deck_versions WHERE deck = $1 AND digest = $2")
        .bind(deck)
        .bind(hex(digest))
        .fetch_optional(connection)
        .await
        .map_err(failed("look a deck version up"))?;
    row.as_ref().map(info).transpose()
}

async fn last_number(connection: &mut SqliteConnection, deck: &str) -> Result<u32, Error> {
    let row = sqlx::query("SELECT COALESCE(MAX(number), 0) AS number FROM deck_versions WHERE deck = $1")
        .bind(deck)
        .fetch_one(connection)
        .await
        .map_err(failed("read the last version of a deck"))?;
    Columns(&row).number("number")
}

async fn insert(connection: &mut SqliteConnection, info: &DeckVersionInfo) -> Result<(), Error> {
    sqlx::query(
        "INSERT INTO deck_versions \
         (deck, number, mode, effective, digest, row_count, object_path, imported_at, source_file) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(&info.deck)
    .bind(i64::from(info.number))
    .bind(info.mode.as_str())
    .bind(info.effective.map(|at| at.0))
    .bind(hex(&info.digest))
    .bind(stored(info.row_count, "a count of rows")?)
    .bind(&info.object_path)
    .bind(info.imported_at.0)
    .bind(&info.source_file)
    .execute(connection)
    .await
    .map_err(failed("store a deck version"))?;
    Ok(())
}

fn info(row: &SqliteRow) -> Result<DeckVersionInfo, Error> {
    let row = Columns(row);
    Ok(DeckVersionInfo {
        deck: row.text("deck")?,
        number: row.number("number")?,
        mode: row.word("mode", VersionMode::parse)?,
        effective: row.some_integer("effective")?.map(Instant),
        digest: row.digest("digest")?,
        row_count: row.number("row_count")?,
        object_path: row.text("object_path")?,
        imported_at: row.instant("imported_at")?,
        source_file: row.text("source_file")?,
    })
}

#[cfg(test)]
mod tests {
    use super::folder;

    #[test]
    fn a_folder_stays_inside_and_is_one_decks_own() {
        for (deck, expected) in
            [("base-out", "base-out"), ("../x", "%2e%2e%2fx"), ("A", "%41"), ("a", "a"), ("%41", "%2541")]
        {
            assert_eq!(folder(deck), expected);
        }
    }
}
