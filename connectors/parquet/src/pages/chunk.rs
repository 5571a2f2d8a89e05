//! A row group column by column: pages of so many rows each, where they lie, and what the metadata says of them.

use super::delta::{self, Whole};
use super::{pack, runs};
use crate::layout::{BLOOM_FALSE_POSITIVES, Coding};
use bytes::Bytes;
use parquet::basic::{Compression, Encoding};
use parquet::bloom_filter::Sbbf;
use parquet::column::page::{CompressedPage, Page, PageWriter};
use parquet::column::writer::ColumnCloseResult;
use parquet::data_type::AsBytes;
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::{ColumnChunkMetaData, ColumnIndexBuilder, OffsetIndexBuilder};
use parquet::file::statistics::Statistics;
use parquet::file::writer::{SerializedPageWriter, SerializedRowGroupWriter, TrackedWrite};
use parquet::schema::types::ColumnDescPtr;
use rustc_hash::FxHashMap;
use std::fs::File;
use std::hash::Hash;

/// The rows of a row group, in order.
#[derive(Clone, Copy)]
pub(crate) struct Rows<'a> {
    /// The number of each in its journal.
    pub(crate) numbers: &'a [u32],
    /// Its position in the columns that it is taken from.
    pub(crate) positions: &'a [u32],
}

/// A row group that is being written, column by column.
pub(crate) struct RowGroup<'w, 'f> {
    writer: SerializedRowGroupWriter<'w, &'f File>,
    columns: &'w [(ColumnDescPtr, Coding)],
    next: usize,
    numbers: &'w [u32],
    rows: &'w [u32],
    page_rows: usize,
}

/// What a chunk of one column is made of.
struct Chunk {
    descr: ColumnDescPtr,
    sink: TrackedWrite<Vec<u8>>,
    offsets: OffsetIndexBuilder,
    uncompressed: usize,
    encoding: Encoding,
    dictionary: bool,
    data_begins: usize,
    rows: usize,
}

/// Least and greatest of pages and of all.
struct Extent<T> {
    index: ColumnIndexBuilder,
    all: Option<(T, T)>,
    nulls: u64,
}

/// Makes statistics of the least and the greatest value, how many different ones and how many nulls there are, and
/// whether the order is the old one.
type MakeStatistics<T> = fn(Option<T>, Option<T>, Option<u64>, Option<u64>, bool) -> Statistics;

/// Integers that statistics know.
pub(crate) trait Integer: Whole + AsBytes {
    const STATISTICS: MakeStatistics<Self>;
}

impl Integer for i32 {
    const STATISTICS: MakeStatistics<Self> = Statistics::int32;
}

impl Integer for i64 {
    const STATISTICS: MakeStatistics<Self> = Statistics::int64;
}

impl<'w, 'f> RowGroup<'w, 'f> {
    /// `columns` are all of the file's, in order.
    pub(crate) const fn new(
        writer: SerializedRowGroupWriter<'w, &'f File>,
        columns: &'w [(ColumnDescPtr, Coding)],
        rows: Rows<'w>,
        page_rows: usize,
    ) -> Self {
        Self { writer, columns, next: 0, numbers: rows.numbers, rows: rows.positions, page_rows }
    }

    /// All columns are written.
    pub(crate) fn close(self) -> Result<()> {
        self.writer.close().map(|_| ())
    }

    /// The next column, of the rows' own numbers.
    pub(crate) fn numbers(&mut self) -> Result<()> {
        let numbers = self.numbers;
        self.integers_of(numbers, |number| Some((number as u32).cast_signed()))
    }

    /// The next column, of integers of which a row may have none.
    pub(crate) fn integers<T: Integer>(&mut self, value: impl Fn(usize) -> Option<T>) -> Result<()> {
        let rows = self.rows;
        self.integers_of(rows, value)
    }

    fn integers_of<T: Integer>(&mut self, rows: &[u32], value: impl Fn(usize) -> Option<T>) -> Result<()> {
        let (mut chunk, coding) = self.begin(Encoding::DELTA_BINARY_PACKED);
        let mut range = (coding == Coding::Ranged).then(|| Extent::<T>::new(&chunk));
        let mut page = PageRoom::new(&chunk, self.page_rows);
        for rows in rows.chunks(self.page_rows) {
            page.gather(rows.iter().map(|&row| value(row as usize)));
            let (values, bytes) = page.parts();
            if let Some(range) = &mut range {
                range.add(values, rows.len());
            }
            delta::encode(values, bytes);
            chunk.add(&mut page.bytes, rows.len())?;
        }
        let (index, statistics) = range.map(Extent::finish).unzip();
        self.append(chunk, None, index, statistics)
    }

    /// The next column, of integers that nothing packs.
    pub(crate) fn plain(&mut self, value: impl Fn(usize) -> u64) -> Result<()> {
        let (mut chunk, _) = self.begin(Encoding::PLAIN);
        let mut bytes = Vec::with_capacity(self.page_rows * 8);
        for rows in self.rows.chunks(self.page_rows) {
            bytes.extend(rows.iter().flat_map(|&row| value(row as usize).to_le_bytes()));
            chunk.add(&mut bytes, rows.len())?;
        }
        self.append(chunk, None, None, None)
    }

    /// The next column, of flags that a row may lack.
    pub(crate) fn flags(&mut self, value: impl Fn(usize) -> Option<bool>) -> Result<()> {
        let (mut chunk, _) = self.begin(Encoding::RLE);
        let mut page = PageRoom::new(&chunk, self.page_rows);
        for rows in self.rows.chunks(self.page_rows) {
            page.gather(rows.iter().map(|&row| value(row as usize)));
            let (values, bytes) = page.parts();
            runs::sized_bits(values, bytes);
            chunk.add(&mut page.bytes, rows.len())?;
        }
        self.append(chunk, None, None, None)
    }

    /// The next column, of texts; an empty one is an absent one.
    pub(crate) fn texts<'t>(&mut self, value: impl Fn(usize) -> &'t [u8]) -> Result<()> {
        let (mut chunk, coding) = self.begin(Encoding::DELTA_LENGTH_BYTE_ARRAY);
        let filter =
            (coding == Coding::Sought).then(|| Sbbf::new_with_ndv_fpp(self.rows.len() as u64, BLOOM_FALSE_POSITIVES));
        let mut filter = filter.transpose()?;
        let length = |row: usize| Some(value(row).len() as i32).filter(|&length| length > 0);
        let mut page = PageRoom::new(&chunk, self.page_rows);
        for rows in self.rows.chunks(self.page_rows) {
            page.gather(rows.iter().map(|&row| length(row as usize)));
            let (values, bytes) = page.parts();
            delta::encode(values, bytes);
            for &row in rows {
                let text = value(row as usize);
                page.bytes.extend_from_slice(text);
                if let Some(filter) = filter.as_mut().filter(|_| !text.is_empty()) {
                    filter.insert(text);
                }
            }
            chunk.add(&mut page.bytes, rows.len())?;
        }
        self.append(chunk, filter, None, None)
    }

    /// The next column, of few different values; `store` says how the dictionary holds one.
    pub(crate) fn words<W: Copy + Eq + Hash>(
        &mut self,
        value: impl Fn(usize) -> Option<W>,
        store: impl Fn(W, &mut Vec<u8>),
    ) -> Result<()> {
        let (mut chunk, _) = self.begin(Encoding::RLE_DICTIONARY);
        let mut dictionary = Dictionary { codes: FxHashMap::default(), bytes: Vec::new(), last: None };
        let codes: Vec<Option<u32>> =
            self.rows.iter().map(|&row| value(row as usize).map(|word| dictionary.code(word, &store))).collect();
        let word_count = dictionary.codes.len();
        chunk.add_dictionary(dictionary.bytes, word_count)?;
        let width = pack::width(word_count.saturating_sub(1) as u64).max(1);
        let mut page = PageRoom::new(&chunk, self.page_rows);
        for found in codes.chunks(self.page_rows) {
            page.gather(found.iter().copied());
            let (codes, bytes) = page.parts();
            bytes.push(width as u8);
            runs::codes(codes, width, bytes);
            chunk.add(&mut page.bytes, found.len())?;
        }
        self.append(chunk, None, None, None)
    }

    fn begin(&self, encoding: Encoding) -> (Chunk, Coding) {
        let (descr, coding) = &self.columns[self.next];
        let chunk = Chunk {
            descr: ColumnDescPtr::clone(descr),
            sink: TrackedWrite::new(Vec::new()),
            offsets: OffsetIndexBuilder::new(),
            uncompressed: 0,
            encoding,
            dictionary: false,
            data_begins: 0,
            rows: 0,
        };
        (chunk, *coding)
    }

    fn append(
        &mut self,
        chunk: Chunk,
        filter: Option<Sbbf>,
        index: Option<ColumnIndexBuilder>,
        statistics: Option<Statistics>,
    ) -> Result<()> {
        self.next += 1;
        let compressed = chunk.sink.bytes_written();
        let mut encodings = vec![Encoding::RLE, chunk.encoding];
        if chunk.dictionary {
            encodings.push(Encoding::PLAIN);
        }
        let mut metadata = ColumnChunkMetaData::builder(ColumnDescPtr::clone(&chunk.descr))
            .set_compression(Compression::UNCOMPRESSED)
            .set_encodings(encodings)
            .set_num_values(chunk.rows as i64)
            .set_total_compressed_size(compressed as i64)
            .set_total_uncompressed_size(chunk.uncompressed as i64)
            .set_data_page_offset(chunk.data_begins as i64)
            .set_dictionary_page_offset(chunk.dictionary.then_some(0));
        if let Some(statistics) = statistics {
            metadata = metadata.set_statistics(statistics);
        }
        let close = ColumnCloseResult {
            bytes_written: compressed as u64,
            rows_written: chunk.rows as u64,
            metadata: metadata.build()?,
            bloom_filter: filter,
            column_index: index.map(ColumnIndexBuilder::build).transpose()?,
            offset_index: Some(chunk.offsets.build()),
        };
        self.writer.append_column(&Bytes::from(chunk.sink.into_inner()?), close)
    }
}

impl Chunk {
    /// Adds a page of so many rows and empties `bytes`.
    fn add(&mut self, bytes: &mut Vec<u8>, row_count: usize) -> Result<()> {
        if i32::try_from(bytes.len()).is_err() {
            let name = self.descr.name();
            return Err(ParquetError::General(format!(
                "{row_count} rows have more than 2 GiB of text in column {name}"
            )));
        }
        let page = Page::DataPage {
            buf: Bytes::copy_from_slice(bytes),
            num_values: row_count as u32,
            encoding: self.encoding,
            def_level_encoding: Encoding::RLE,
            rep_level_encoding: Encoding::RLE,
            statistics: None,
        };
        let size = bytes.len();
        bytes.clear();
        let begin = self.sink.bytes_written();
        let spec = SerializedPageWriter::new(&mut self.sink).write_page(CompressedPage::new(page, size))?;
        self.uncompressed += spec.uncompressed_size;
        self.offsets.append_row_count(row_count as i64);
        self.offsets.append_offset_and_size(begin as i64, spec.compressed_size as i32);
        self.rows += row_count;
        Ok(())
    }

    fn add_dictionary(&mut self, bytes: Vec<u8>, word_count: usize) -> Result<()> {
        let size = bytes.len();
        let page = Page::DictionaryPage {
            buf: bytes.into(),
            num_values: word_count as u32,
            encoding: Encoding::PLAIN,
            is_sorted: false,
        };
        let spec = SerializedPageWriter::new(&mut self.sink).write_page(CompressedPage::new(page, size))?;
        self.uncompressed += spec.uncompressed_size;
        (self.dictionary, self.data_begins) = (true, self.sink.bytes_written());
        Ok(())
    }
}

/// Room for a page: its bytes, and the values of those rows that have one.
struct PageRoom<T> {
    is_optional: bool,
    values: Vec<T>,
    value_count: usize,
    valid: Vec<bool>,
    bytes: Vec<u8>,
}

impl<T: Copy + Default> PageRoom<T> {
    fn new(chunk: &Chunk, page_rows: usize) -> Self {
        let is_optional = chunk.descr.max_def_level() > 0;
        Self {
            is_optional,
            values: vec![T::default(); page_rows],
            value_count: 0,
            valid: vec![false; page_rows],
            bytes: Vec::new(),
        }
    }

    /// The values that were gathered, and the page's bytes so far.
    fn parts(&mut self) -> (&[T], &mut Vec<u8>) {
        (&self.values[..self.value_count], &mut self.bytes)
    }

    /// Gathers the values of a page's rows and writes their levels.
    fn gather(&mut self, found: impl ExactSizeIterator<Item = Option<T>>) {
        let row_count = found.len();
        self.value_count = 0;
        for (value, valid) in found.zip(&mut self.valid) {
            // Written always and counted only where it is one: which rows have a value cannot be predicted.
            self.values[self.value_count] = value.unwrap_or_default();
            *valid = value.is_some();
            self.value_count += usize::from(*valid);
        }
        if self.is_optional {
            runs::sized_bits(&self.valid[..row_count], &mut self.bytes);
        }
        debug_assert!(self.is_optional || self.value_count == row_count, "a required column has a value in every row");
    }
}

impl<T: Integer> Extent<T> {
    fn new(chunk: &Chunk) -> Self {
        Self { index: ColumnIndexBuilder::new(chunk.descr.physical_type()), all: None, nulls: 0 }
    }

    fn add(&mut self, values: &[T], row_count: usize) {
        let nulls = (row_count - values.len()) as u64;
        let own = values.iter().copied().min().zip(values.iter().copied().max());
        let (least, most) = own.unzip();
        let bytes = |value: Option<T>| value.map_or_else(Vec::new, |value| value.as_bytes().to_vec());
        self.index.append(own.is_none(), bytes(least), bytes(most), nulls as i64);
        self.nulls += nulls;
        self.all = match (self.all, own) {
            (Some((least, most)), Some(own)) => Some((least.min(own.0), most.max(own.1))),
            (all, own) => all.or(own),
        };
    }

    fn finish(self) -> (ColumnIndexBuilder, Statistics) {
        let (least, most) = self.all.unzip();
        (self.index, T::STATISTICS(least, most, None, Some(self.nulls), false))
    }
}

/// Words in the order in which they came.
struct Dictionary<W> {
    codes: FxHashMap<W, u32>,
    bytes: Vec<u8>,
    last: Option<(W, u32)>,
}

impl<W: Copy + Eq + Hash> Dictionary<W> {
    fn code(&mut self, word: W, store: &impl Fn(W, &mut Vec<u8>)) -> u32 {
        if let Some((_, code)) = self.last.filter(|(last, _)| *last == word) {
            return code;
        }
        let next = self.codes.len() as u32;
        let bytes = &mut self.bytes;
        let code = *self.codes.entry(word).or_insert_with(|| {
            store(word, bytes);
            next
        });
        self.last = Some((word, code));
        code
    }
}
