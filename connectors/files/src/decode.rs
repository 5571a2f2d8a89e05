//! Chunks and single records into batches. Never fails: what is not understood is in the batch's list, with its reason.

use crate::cells::{Cells, Row};
use crate::fault::Fault;
use crate::json_shapes::Shapes;
use crate::layout::Layout;
use crate::understand::understand;
use didtron_domain::{CallBatch, CallRecord, IdentityKey};
use didtron_ports::Chunk;
use didtron_schemas::call_mapping::Format;
use std::borrow::Cow;
use std::ops::Range;

/// What one record is understood as.
pub(crate) type Understood<'a> = Result<(IdentityKey, CallRecord<'a>), Fault>;

/// Where a record is.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    /// Its text within its chunk.
    pub(crate) text: Range<usize>,
    /// In the file, counted from 1.
    pub(crate) line: u64,
    /// Where its cells end (or for JSON lines, its quotes are), by position in [`Found::ends`]; empty where that has to
    /// be found out.
    pub(crate) ends: Range<u32>,
}

/// A chunk's records.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Found<'a> {
    pub(crate) records: &'a [Record],
    /// Where cells end in the chunk.
    pub(crate) ends: &'a [u32],
}

impl Layout {
    /// Calls `take` with each record of a chunk: its text's place in the chunk, its line, and what it is understood as.
    pub(crate) fn for_each_record(&self, chunk: &Chunk, take: impl FnMut(Range<usize>, u64, Understood<'_>)) {
        let bytes = chunk.raw.as_slice();
        let (mut at, mut line) = (0, chunk.first_line);
        if chunk.range.start == 0 {
            let prelude = self.rules.prelude(bytes, true).unwrap_or_default();
            (at, line) = (prelude.end, line + prelude.line_count);
        }
        let lines = std::iter::from_fn(|| {
            let found = self.rules.line_at(bytes, at, true)?;
            let place = Record { text: found.text, line, ends: 0..0 };
            (at, line) = (found.end, line + found.line_count);
            Some(found.is_record.then_some(place))
        });
        let lines: Vec<Record> = lines.flatten().collect();
        self.for_each_of(bytes, Found { records: &lines, ends: &[] }, take);
    }

    /// [`Layout::for_each_record`] where it is known where the records are.
    fn for_each_of(
        &self,
        bytes: &[u8],
        Found { records, ends }: Found<'_>,
        mut take: impl FnMut(Range<usize>, u64, Understood<'_>),
    ) {
        // One check for the whole chunk is cheaper than one for each record.
        let whole = std::str::from_utf8(bytes).ok().filter(|_| self.encoding.is_none());
        let mut cells = Cells::default();
        let mut shapes = Shapes::new(&self.keys);
        for Record { text: place, line, ends: own } in records {
            let (place, line) = (place.clone(), *line);
            let own = &ends[own.start as usize..own.end as usize];
            if let Some(text) = whole
                && let Some(row) = self.marked_row(text, own, &place, &mut shapes)
            {
                take(place, line, understand(self, row));
                continue;
            }
            let known = whole.and_then(|text| text.get(place.clone()));
            match known.map_or_else(|| self.text_of(&bytes[place.clone()]), |text| Ok(Cow::Borrowed(text))) {
                Ok(text) => {
                    let understood = self.understand(&text, &mut cells);
                    if !own.is_empty() && understood.is_ok() {
                        shapes.learn(&text);
                    }
                    take(place, line, understood);
                }
                Err(fault) => take(place, line, Err(fault)),
            }
        }
    }

    /// The cells of the record at `place` in a text, where they are seen from where they end there.
    #[inline]
    fn marked_row<'a>(
        &self,
        text: &'a str,
        ends: &'a [u32],
        place: &Range<usize>,
        shapes: &'a mut Shapes<'_>,
    ) -> Option<Row<'a>> {
        match self.mapping.format {
            _ if ends.is_empty() => None,
            Format::Csv => Some(Row::marked(text, ends, place, self.rules.trim)),
            Format::Jsonl => shapes.row(text, ends, place),
        }
    }

    /// A chunk's records.
    pub(crate) fn decode(&self, chunk: Chunk, file: String) -> CallBatch {
        let mut filling = Filling::of(self, file, CallBatch::default());
        filling.batch.reserve(usize::try_from(chunk.line_count).unwrap_or(0));
        self.for_each_record(&chunk, |text, line, understood| filling.add(text, line, understood));
        filling.finish(chunk.raw)
    }

    /// A chunk's records where it is known where they are, in the memory of a batch that nobody needs any more.
    pub(crate) fn decode_found(&self, raw: Vec<u8>, found: Found<'_>, file: String, room: CallBatch) -> CallBatch {
        let mut filling = Filling::of(self, file, room);
        // What it takes back comes behind it.
        filling.batch.reserve(found.records.len() + found.records.len() / 16);
        self.for_each_of(&raw, found, |text, line, understood| filling.add(text, line, understood));
        filling.finish(raw)
    }

    /// Single records, each with its line.
    pub(crate) fn decode_single(&self, records: &[(&[u8], u64)], file: String) -> CallBatch {
        let mut filling = Filling::of(self, file, CallBatch::default());
        let mut cells = Cells::default();
        let mut raw = Vec::with_capacity(records.iter().map(|(text, _)| text.len() + 1).sum());
        for &(bytes, line) in records {
            let span = raw.len()..raw.len() + bytes.len();
            raw.extend_from_slice(bytes);
            raw.push(b'\n');
            match self.text_of(bytes) {
                Ok(text) => filling.add(span, line, self.understand(&text, &mut cells)),
                Err(fault) => filling.add(span, line, Err(fault)),
            }
        }
        filling.finish(raw)
    }

    fn understand<'a>(&'a self, text: &'a str, cells: &'a mut Cells) -> Understood<'a> {
        let row = match self.mapping.format {
            Format::Csv => cells.split(text, &self.rules)?,
            Format::Jsonl => cells.split_json(text, &self.keys)?,
        };
        understand(self, row)
    }

    /// A record's, or a header's, text in the file's character set.
    pub(crate) fn text_of<'b>(&self, bytes: &'b [u8]) -> Result<Cow<'b, str>, Fault> {
        text_of(bytes, self.encoding)
    }
}

pub(crate) fn text_of<'b>(
    bytes: &'b [u8],
    encoding: Option<&'static encoding_rs::Encoding>,
) -> Result<Cow<'b, str>, Fault> {
    match encoding {
        None => std::str::from_utf8(bytes).map(Cow::Borrowed).map_err(|error| not_utf8(bytes, error.valid_up_to())),
        Some(encoding) => match encoding.decode_without_bom_handling(bytes) {
            (text, false) => Ok(text),
            (_, true) => Err(Fault::whole(format!("the record is not {}", encoding.name()))),
        },
    }
}

#[cold]
fn not_utf8(bytes: &[u8], at: usize) -> Fault {
    Fault::whole(format!("byte {} of the record (0x{:02x}) is not UTF-8", at + 1, bytes[at]))
}

/// A batch while records are added; its raw text comes last, because the records borrow it until then.
struct Filling {
    batch: CallBatch,
    faults: Vec<(usize, Fault)>,
}

impl Filling {
    fn of(layout: &Layout, file: String, mut room: CallBatch) -> Self {
        room.clear();
        let batch = CallBatch {
            mapping: layout.mapping.name.clone(),
            header: layout.header.clone(),
            file,
            rewrites: layout.mapping.rewrites,
            clean: layout.mapping.clean,
            ..room
        };
        Self { batch, faults: Vec::new() }
    }

    fn add(&mut self, text: Range<usize>, line: u64, understood: Understood<'_>) {
        match understood {
            Ok((identity, call)) => self.batch.push(text, line, identity, &call),
            Err(fault) => {
                self.faults.push((self.batch.len(), fault));
                self.batch.push(text, line, IdentityKey(0), &CallRecord::PLACEHOLDER);
            }
        }
    }

    /// A malformed record's identity is made of its text, so faults are entered once that is there.
    fn finish(mut self, raw: Vec<u8>) -> CallBatch {
        self.batch.raw = raw;
        for (row, fault) in self.faults {
            self.batch.spoil(row, fault.to_string());
        }
        self.batch
    }
}
