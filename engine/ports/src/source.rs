//! Where records come from: chunks of whole lines, and the decoder that understands them.

use crate::error::Error;
use didtron_domain::CallBatch;
use std::ops::Range;

/// Part of a feed: whole records as bytes (decompressed), with their place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chunk {
    /// Of the feed's bytes, half-open.
    pub range: Range<u64>,
    /// The line on which it begins, counted from 1.
    pub first_line: u64,
    /// How many lines it holds.
    pub line_count: u64,
    /// BLAKE3 of `raw`.
    pub digest: [u8; 32],
    /// The bytes.
    pub raw: Vec<u8>,
}

/// A chunk's place, and its records.
#[derive(Clone, Debug)]
pub struct Decoded {
    /// See [`Chunk::range`].
    pub range: Range<u64>,
    /// See [`Chunk::first_line`].
    pub first_line: u64,
    /// See [`Chunk::line_count`].
    pub line_count: u64,
    /// See [`Chunk::digest`].
    pub digest: [u8; 32],
    /// What its bytes say.
    pub batch: CallBatch,
}

/// One open feed of records.
pub trait CallSource: Send {
    /// Goes to where the next chunk begins: an end of a chunk that was given before, or 0.
    fn seek(&mut self, offset: u64, line: u64) -> Result<(), Error>;

    /// The next chunk of at most `record_count` records; `None` at the end.
    fn next_chunk(&mut self, record_count: usize) -> Result<Option<Chunk>, Error>;

    /// The next chunk of at most `record_count` records, understood; `None` at the end. A source may have it ready.
    fn next_decoded(&mut self, record_count: usize) -> Result<Option<Decoded>, Error> {
        let Some(chunk) = self.next_chunk(record_count)? else { return Ok(None) };
        let Chunk { first_line, line_count, digest, .. } = chunk;
        let range = chunk.range.clone();
        Ok(Some(Decoded { range, first_line, line_count, digest, batch: self.decode(chunk) }))
    }

    /// Tells that [`CallSource::next_decoded`] will be asked for so many records: a source may begin to read them.
    fn read_ahead(&mut self, _record_count: usize) {}

    /// Takes a batch that nobody needs any more: decoding into memory that was used before is far cheaper.
    fn leave(&mut self, _room: CallBatch) {}

    /// The bytes of a range once more, for a claim that was not settled; damage when the feed is shorter.
    fn chunk(&mut self, range: Range<u64>, first_line: u64) -> Result<Chunk, Error>;

    /// BLAKE3 of the first `bytes` bytes; `None` when it is shorter.
    fn head_digest(&mut self, bytes: u64) -> Result<Option<[u8; 32]>, Error>;

    /// Understands a chunk's records. Never fails: what is not understood is in the batch's list of malformed records.
    fn decode(&self, chunk: Chunk) -> CallBatch;
}

/// Decodes single records again, for a re-drive: by the mapping's present form, under the header they came with.
pub trait Decode {
    /// One record after the other with the place (`file:line`) that each had; an unknown mapping is an error.
    fn decode_records(&self, mapping: &str, header: &str, records: &[(Vec<u8>, String)]) -> Result<CallBatch, Error>;
}
