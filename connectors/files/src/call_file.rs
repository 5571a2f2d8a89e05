//! One open file of call records: chunks of whole records by place, read again when asked, decoded by its layout.

use crate::decode::{Found, Record, text_of};
use crate::error::FileError;
use crate::input::Input;
use crate::layout::Layout;
use crate::lines::{LINE_BYTES_MAX, Line, LineRules, Prelude, line_count, without_line_end};
use crate::marks::{Cursor, Kinds, Marks};
use didtron_domain::CallBatch;
use didtron_ports::{CallSource, Chunk, Decoded, Error};
use didtron_schemas::call_mapping::{CallMapping, Format};
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// How much is read at a time.
const BLOCK: usize = 256 * 1024;
/// No more than this becomes one chunk.
const CHUNK_BYTES_MAX: usize = 1 << 30;

/// One open file of call records.
///
/// Offsets are those of the decompressed bytes. The header and what lies before it belong to the range of the first
/// chunk. Blank and comment lines are no records; those behind the last record of a chunk belong to the next chunk, so
/// that a file may be read whole while its last chunk ends before its size.
///
/// The size of a plain file is what it was when it was opened. When it has grown by the time its end is reached, an
/// unterminated last line is held back (see [`CallFile::grown`]); when it has not, that line is a record.
pub struct CallFile {
    path: PathBuf,
    name: String,
    layout: Layout,
    prelude: Prelude,
    input: Input,
    /// Bytes read from `offset` on.
    buffer: Vec<u8>,
    /// Where the next chunk begins.
    offset: u64,
    /// The line of `offset`, counted from 1.
    line: u64,
    tail: Tail,
    /// What the next batch is decoded into.
    room: CallBatch,
    /// Those of the chunk that was found last.
    records: Vec<Record>,
    /// Where cells and lines end in its bytes.
    marks: Marks,
}

/// What lies behind the bytes in the buffer.
#[derive(Debug)]
enum Tail {
    /// More, perhaps.
    Unread,
    /// Nothing.
    End,
    /// What was written since the file was opened.
    Growing,
    /// What cannot be read.
    Failed(String),
}

impl CallFile {
    /// Opens `path`; messages and places name it `source_name`, or by its path where none is given.
    ///
    /// A header that lacks columns of the mapping, or has columns that the mapping refuses, is an error that names
    /// them. A file without any bytes has no records.
    pub fn open(path: &Path, mapping: &CallMapping, source_name: Option<&str>) -> Result<Self, FileError> {
        let name = source_name.map_or_else(|| path.display().to_string(), str::to_owned);
        let mut input = Input::open(path).map_err(|error| FileError::unreachable("open", &name, error))?;
        let mut buffer = Vec::new();
        let rules = LineRules::of(mapping);
        let prelude = read_prelude(&mut input, &rules, &mut buffer).map_err(|problem| match problem {
            Ok(error) => FileError::Damaged(damage(&name, 0, 1, &error.to_string())),
            Err(line) => header_error(&name, mapping, line, "the header line is longer than 1 MiB"),
        })?;
        let layout = resolve(mapping, &buffer, &prelude)
            .map_err(|(line, problem)| header_error(&name, mapping, line, &problem))?;
        let path = path.to_owned();
        Ok(Self {
            path,
            name,
            layout,
            prelude,
            input,
            buffer,
            offset: 0,
            line: 1,
            tail: Tail::Unread,
            room: CallBatch::default(),
            records: Vec::new(),
            marks: Marks::default(),
        })
    }

    /// Where it lies.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What messages and places call it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The mapping that decodes it.
    #[must_use]
    pub const fn mapping(&self) -> &CallMapping {
        &self.layout.mapping
    }

    /// How many bytes were added to the file since it was opened; `None` where there are none, and for compressed files.
    pub fn grown(&self) -> Result<Option<u64>, Error> {
        let grown = self.input.grown().map_err(|error| Error::unavailable(self.name.as_str(), error))?;
        Ok((grown > 0).then_some(grown))
    }

    /// The size of a plain file when it was opened; `None` for compressed files, where only reading would tell.
    #[must_use]
    pub const fn size(&self) -> Option<u64> {
        self.input.size_at_open()
    }

    pub(crate) const fn layout(&self) -> &Layout {
        &self.layout
    }

    fn go_to(&mut self, offset: u64, line: u64) {
        self.buffer.clear();
        (self.offset, self.line, self.tail) = (offset, line, Tail::Unread);
    }

    /// Reads a further block, or learns what the end is.
    fn read_on(&mut self) -> Result<(), Error> {
        let at = self.offset + self.buffer.len() as u64;
        match self.input.read_at(at, BLOCK, &mut self.buffer) {
            Ok(0) => self.tail = if self.grown()?.is_some() { Tail::Growing } else { Tail::End },
            Ok(_) => {}
            Err(error) => self.tail = Tail::Failed(error.to_string()),
        }
        Ok(())
    }

    /// Counts records from `offset` on, reading as much as that needs.
    fn find_records(&mut self, record_count: usize) -> Result<Cut, Error> {
        let (mut at, mut lines) = (0, 0);
        if self.offset == 0 {
            (at, lines) = (self.prelude.end, self.prelude.line_count);
        }
        let mut cut = Cut::default();
        self.records.clear();
        self.marks.clear();
        self.mark();
        let mut cursor = Cursor::default();
        while cut.records < record_count {
            if let Some((found, ends)) = self.line_at(at.min(self.buffer.len()), &mut cursor) {
                let line = self.line + lines;
                (at, lines) = (found.end, lines + found.line_count);
                if found.is_record {
                    self.records.push(Record { text: found.text, line, ends });
                    cut = Cut { records: cut.records + 1, end: at, lines };
                }
            } else if self.buffer.len().saturating_sub(at) > LINE_BYTES_MAX {
                self.tail = Tail::Failed(format!("line {} is longer than 1 MiB", self.line + lines));
                break;
            } else if matches!(self.tail, Tail::Unread) && self.buffer.len() < CHUNK_BYTES_MAX {
                self.read_on()?;
                self.mark();
            } else if matches!(self.tail, Tail::Unread) && cut.records == 0 {
                self.tail = Tail::Failed("no record begins within a gibibyte".to_owned());
            } else {
                break;
            }
        }
        Ok(cut)
    }

    fn mark(&mut self) {
        let rules = &self.layout.rules;
        let kinds = match self.layout.mapping.format {
            Format::Csv => Kinds { separator: rules.separator, quote: rules.quote, controls: false },
            // Without a backslash, quotes stand only round texts; and no control character may be within one.
            Format::Jsonl => Kinds { separator: b'"', quote: Some(b'\\'), controls: true },
        };
        self.marks.scan(&self.buffer, kinds);
    }

    /// The line that begins at `at`, and where its cells end, where that is known without looking at quotes.
    #[inline]
    fn line_at(&self, at: usize, cursor: &mut Cursor) -> Option<(Line, Range<u32>)> {
        let rules = &self.layout.rules;
        let Some(plain) = self.marks.line(at, cursor) else {
            let at_end = matches!(self.tail, Tail::End);
            return rules.line_at(&self.buffer, at, at_end).map(|line| (line, 0..0));
        };
        let end = plain.line_end + 1;
        let text = without_line_end(&self.buffer[at..end]);
        let line = Line { text: at..at + text.len(), end, line_count: 1, is_record: rules.is_record(text) };
        Some((line, plain.ends))
    }

    fn take(&mut self, cut: &Cut) -> Chunk {
        let mut rest = std::mem::take(&mut self.room.raw);
        rest.clear();
        // The next chunk is about as long.
        rest.reserve(cut.end + 2 * BLOCK);
        rest.extend_from_slice(&self.buffer[cut.end..]);
        self.buffer.truncate(cut.end);
        let raw = std::mem::replace(&mut self.buffer, rest);
        let range = self.offset..self.offset + cut.end as u64;
        let chunk = Chunk { first_line: self.line, line_count: cut.lines, digest: digest(&raw), range, raw };
        (self.offset, self.line) = (chunk.range.end, self.line + cut.lines);
        chunk
    }

    /// The bytes just before and behind `offset`: the last one before, and up to two behind.
    fn surroundings(&mut self, offset: u64, line: u64) -> Result<(u8, Vec<u8>), Error> {
        let mut bytes = Vec::new();
        let read = self.input.read_at(offset - 1, 3, &mut bytes);
        match (read, bytes.split_first()) {
            (Ok(_), Some((&before, behind))) => Ok((before, behind.to_vec())),
            (Ok(_), None) => Err(self.damaged(offset, line, "the file is shorter than it was")),
            (Err(error), _) => Err(self.damaged(offset, line, &error.to_string())),
        }
    }

    /// Goes to the begin of the record that holds the byte before `offset`; reads from the file's begin, because only
    /// that tells a line end from one inside quotes.
    fn back_up(&mut self, offset: u64) -> Result<(), Error> {
        const RECORDS_AT_A_TIME: usize = 4096;
        self.go_to(0, 1);
        let (mut begin, mut begin_line) = (0, 1);
        while let Some(chunk) = self.next_chunk(RECORDS_AT_A_TIME)? {
            if chunk.range.end < offset {
                (begin, begin_line) = (chunk.range.end, chunk.first_line + chunk.line_count);
                continue;
            }
            let (mut at, mut line) = (0, chunk.first_line);
            (begin, begin_line) = (chunk.range.start, line);
            while let Some(found) = self.layout.rules.line_at(&chunk.raw, at, true) {
                let end = chunk.range.start + found.end as u64;
                if end >= offset {
                    break;
                }
                at = found.end;
                line += found.line_count;
                (begin, begin_line) = (end, line);
            }
            break;
        }
        self.go_to(begin, begin_line);
        Ok(())
    }

    fn damaged(&self, offset: u64, line: u64, problem: &str) -> Error {
        Error::Damaged(damage(&self.name, offset, line, problem))
    }
}

/// Where a chunk ends: behind its last record.
#[derive(Clone, Copy, Debug, Default)]
struct Cut {
    records: usize,
    end: usize,
    lines: u64,
}

impl CallSource for CallFile {
    /// Where a file was continued behind an unterminated last line that has grown since, the next chunk begins at that
    /// line's begin, before `offset`: the line is read again, whole. `chunk.range.start` says so.
    fn seek(&mut self, offset: u64, line: u64) -> Result<(), Error> {
        if offset <= self.prelude.end as u64 {
            self.go_to(0, 1);
            return Ok(());
        }
        let (before, behind) = self.surroundings(offset, line)?;
        match behind.as_slice() {
            // The file ends there, or the line was complete before.
            [] => self.go_to(offset, line),
            _ if before == b'\n' => self.go_to(offset, line),
            // All that came is the line's end, so the next chunk begins on the same line.
            [b'\n', ..] | [b'\r', b'\n'] | [b'\r'] => self.go_to(offset, line - 1),
            _ => self.back_up(offset)?,
        }
        Ok(())
    }

    fn next_chunk(&mut self, record_count: usize) -> Result<Option<Chunk>, Error> {
        let cut = self.find_records(record_count)?;
        match &self.tail {
            _ if cut.records > 0 => Ok(Some(self.take(&cut))),
            Tail::Failed(problem) => Err(self.damaged(self.offset, self.line, problem)),
            _ => Ok(None),
        }
    }

    fn next_decoded(&mut self, record_count: usize) -> Result<Option<Decoded>, Error> {
        let Some(Chunk { range, first_line, line_count, digest, raw }) = self.next_chunk(record_count)? else {
            return Ok(None);
        };
        let room = std::mem::take(&mut self.room);
        let found = Found { records: &self.records, ends: &self.marks.ends };
        let batch = self.layout.decode_found(raw, found, self.name.clone(), room);
        Ok(Some(Decoded { range, first_line, line_count, digest, batch }))
    }

    fn leave(&mut self, room: CallBatch) {
        self.room = room;
    }

    fn chunk(&mut self, range: Range<u64>, first_line: u64) -> Result<Chunk, Error> {
        let mut raw = Vec::new();
        while (raw.len() as u64) < range.end - range.start {
            let at = range.start + raw.len() as u64;
            let count = (range.end - at).min(BLOCK as u64) as usize;
            match self.input.read_at(at, count, &mut raw) {
                Ok(0) => return Err(self.damaged(range.start, first_line, "the file is shorter than it was")),
                Ok(_) => {}
                Err(error) => return Err(self.damaged(range.start, first_line, &error.to_string())),
            }
        }
        Ok(Chunk { range, first_line, line_count: line_count(&raw), digest: digest(&raw), raw })
    }

    fn head_digest(&mut self, bytes: u64) -> Result<Option<[u8; 32]>, Error> {
        let mut hasher = blake3::Hasher::new();
        let mut block = Vec::new();
        let mut at = 0;
        while at < bytes {
            block.clear();
            let count = (bytes - at).min(BLOCK as u64) as usize;
            match self.input.read_at(at, count, &mut block) {
                Ok(0) => return Ok(None),
                Ok(read) => at += read as u64,
                Err(error) => return Err(self.damaged(at, 1, &error.to_string())),
            }
            hasher.update(&block);
        }
        Ok(Some(*hasher.finalize().as_bytes()))
    }

    fn decode(&self, chunk: Chunk) -> CallBatch {
        self.layout.decode(chunk, self.name.clone())
    }
}

fn digest(bytes: &[u8]) -> [u8; 32] {
    *blake3::hash(bytes).as_bytes()
}

fn damage(name: &str, offset: u64, line: u64, problem: &str) -> String {
    format!(
        "cannot read {name} from byte {offset} (decompressed), line {line}: {problem}; the records before it are whole, get the file again for the rest"
    )
}

fn header_error(name: &str, mapping: &CallMapping, line: u64, problem: &str) -> FileError {
    let (file, mapping, problem) = (name.to_owned(), mapping.name.clone(), problem.to_owned());
    FileError::Header { file, mapping, line, problem }
}

/// Reads until the header is there. The inner error of `Err` is the line of a header that has no end.
fn read_prelude(input: &mut Input, rules: &LineRules, buffer: &mut Vec<u8>) -> Result<Prelude, Result<io::Error, u64>> {
    let mut at_end = false;
    loop {
        if let Some(prelude) = rules.prelude(buffer, at_end) {
            return Ok(prelude);
        }
        if buffer.len() > LINE_BYTES_MAX {
            return Err(Err(line_count(buffer)));
        }
        let at = buffer.len() as u64;
        at_end = input.read_at(at, BLOCK, buffer).map_err(Ok)? == 0;
    }
}

fn resolve(mapping: &CallMapping, buffer: &[u8], prelude: &Prelude) -> Result<Layout, (u64, String)> {
    let (bytes, line) = match &prelude.header {
        Some((place, line)) => (Some(&buffer[place.clone()]), *line),
        None => (None, 1),
    };
    // Without a header the layout still knows the character set, in which the header is written too.
    let bare = Layout::resolve(mapping, None).map_err(|problem| (line, problem))?;
    let Some(bytes) = bytes else { return Ok(bare) };
    let header = text_of(bytes, bare.encoding).map_err(|fault| (line, fault.to_string()))?;
    Layout::resolve(mapping, Some(&header)).map_err(|problem| (line, problem))
}
