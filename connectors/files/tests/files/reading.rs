//! Files of a test and everything that is read from them.

use didtron_domain::{CallBatch, IdentityKey};
use didtron_files::CallFile;
use didtron_ports::CallSource;
use didtron_schemas::call_mapping::{CallMapping, builtin};
use std::path::PathBuf;
use tempfile::TempDir;

/// A folder with one file in it.
pub struct Sample {
    pub path: PathBuf,
    pub folder: TempDir,
}

pub fn sample(content: impl AsRef<[u8]>) -> Sample {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("calls");
    std::fs::write(&path, content).unwrap();
    Sample { path, folder }
}

pub fn mapping(name_or_text: &str) -> CallMapping {
    builtin(name_or_text).unwrap_or_else(|| CallMapping::parse(name_or_text).unwrap())
}

/// A mapping of `csv` settings over the columns `id,start,dur,in,called`.
pub fn mapping_with(csv: &str, more: &str) -> CallMapping {
    mapping(&format!(
        "name = 'own'\nanswered = 'always'\ntimes = ['epoch_s']\n{more}\n[csv]\n{csv}\n[constants]\nsource = 'own'\n\
         [columns]\ncall_id = 'id'\nstart = 'start'\nduration = 'dur'\ningress = 'in'\ncalled = 'called'"
    ))
}

impl Sample {
    pub fn open(&self, mapping: &CallMapping) -> CallFile {
        CallFile::open(&self.path, mapping, Some("calls")).unwrap()
    }
}

/// A record as read: its line, its text and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Read {
    pub line: u64,
    pub text: Vec<u8>,
    pub identity: IdentityKey,
    pub outcome: Result<String, String>,
}

pub fn records(batch: &CallBatch) -> Vec<Read> {
    let read = |row| Read {
        line: batch.lines[row],
        text: batch.text(row).to_owned(),
        identity: batch.identity[row],
        outcome: match batch.malformed_at(row) {
            Some(malformed) => Err(malformed.message.clone()),
            None => Ok(shown(batch, row)),
        },
    };
    (0..batch.len()).map(read).collect()
}

/// All fields that are not empty, the times as instants.
fn shown(batch: &CallBatch, row: usize) -> String {
    let call = batch.call(row);
    let mut shown = format!("{} {} {} {}ms", call.source, call.call_id, call.start, call.duration_ms);
    let answered = if call.marked_answered { "answered" } else { "not answered" };
    shown += &format!(" {answered} {}", call.answer);
    let last = if call.last_attempt { "yes" } else { "" };
    let texts = [
        ("branch", call.branch),
        ("in", call.ingress),
        ("out", call.egress),
        ("from", call.caller),
        ("to", call.called),
        ("out to", call.called_egress),
        ("lrn", call.lrn),
        ("last", last),
    ];
    for (name, text) in texts.into_iter().filter(|(_, text)| !text.is_empty()) {
        shown += &format!(" | {name} {text}");
    }
    let version = call.version.map(|version| version.to_string());
    let [revenue, cost] = [call.stated_revenue, call.stated_cost].map(|price| price.map(|price| price.to_string()));
    for (name, value) in [("version", version), ("revenue", revenue), ("cost", cost)] {
        shown += &value.map_or(String::new(), |value| format!(" | {name} {value}"));
    }
    shown
}

/// Every record by chunks of `record_count`, each chunk checked for what holds of every chunk.
pub fn read_all(file: &mut CallFile, record_count: usize) -> Vec<Read> {
    let mut all = Vec::new();
    let mut at = (0, 1);
    while let Some(chunk) = file.next_chunk(record_count).unwrap() {
        assert_eq!((chunk.range.start, chunk.first_line), at, "chunks follow each other");
        assert_eq!(chunk.raw.len() as u64, chunk.range.end - chunk.range.start);
        assert_eq!(chunk.digest, *blake3::hash(&chunk.raw).as_bytes());
        at = (chunk.range.end, chunk.first_line + chunk.line_count);
        let batch = file.decode(chunk);
        assert!((1..=record_count).contains(&batch.len()), "{} records", batch.len());
        all.extend(records(&batch));
    }
    all
}

/// Opens, reads and shows each record's outcome.
pub fn outcomes(content: impl AsRef<[u8]>, mapping: &CallMapping) -> Vec<String> {
    let read = read_all(&mut sample(content).open(mapping), 1000);
    read.into_iter().map(|r| r.outcome.unwrap_or_else(|message| format!("malformed: {message}"))).collect()
}
