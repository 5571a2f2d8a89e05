//! Bytes by offset from a plain file, or from the decompressed stream of a gzip or zstd file.
//!
//! Reading on is cheap. Reading before the present place seeks in a plain file and decompresses again in the others.

use flate2::bufread::MultiGzDecoder;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];
const ZSTD_MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
const COMPRESSED_BLOCK: usize = 64 * 1024;

/// One open file.
pub(crate) struct Input {
    path: PathBuf,
    reader: Reader,
    /// Of the reader, in decompressed bytes.
    position: u64,
    /// The size of a plain file when it was opened; nothing behind it is read.
    limit: Option<u64>,
    /// What stopped the decompression at `position`; given again whenever that place is read.
    failed: Option<String>,
}

enum Reader {
    Plain(File),
    Gzip(Box<MultiGzDecoder<BufReader<File>>>),
    Zstd(Box<zstd::Decoder<'static, BufReader<File>>>),
}

impl Input {
    /// Opens a file; its first bytes tell how it is compressed.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let reader = Reader::open(path)?;
        let limit = match &reader {
            Reader::Plain(file) => Some(file.metadata()?.len()),
            Reader::Gzip(_) | Reader::Zstd(_) => None,
        };
        Ok(Self { path: path.to_owned(), reader, position: 0, limit, failed: None })
    }

    /// The size of a plain file when it was opened.
    pub(crate) const fn size_at_open(&self) -> Option<u64> {
        self.limit
    }

    /// By how many bytes a plain file has grown since it was opened.
    pub(crate) fn grown(&self) -> io::Result<u64> {
        match (&self.reader, self.limit) {
            (Reader::Plain(file), Some(limit)) => Ok(file.metadata()?.len().saturating_sub(limit)),
            _ => Ok(0),
        }
    }

    /// Adds up to `count` bytes from `offset` on; fewer only at the end, and an error only with none.
    pub(crate) fn read_at(&mut self, offset: u64, count: usize, into: &mut Vec<u8>) -> io::Result<usize> {
        self.go_to(offset)?;
        let wanted = self.limit.map_or(count as u64, |limit| limit.saturating_sub(offset).min(count as u64));
        match self.fill(wanted, into) {
            (0, Some(error)) => Err(error),
            (got, _) => Ok(got),
        }
    }

    fn go_to(&mut self, offset: u64) -> io::Result<()> {
        if offset == self.position {
            return Ok(());
        }
        if let Reader::Plain(file) = &mut self.reader {
            self.position = file.seek(SeekFrom::Start(offset))?;
            return Ok(());
        }
        if offset < self.position {
            self.reader = Reader::open(&self.path)?;
            (self.position, self.failed) = (0, None);
        }
        self.skip_to(offset)
    }

    fn skip_to(&mut self, offset: u64) -> io::Result<()> {
        let mut scrap = Vec::with_capacity(COMPRESSED_BLOCK);
        while self.position < offset {
            let count = (offset - self.position).min(COMPRESSED_BLOCK as u64);
            scrap.clear();
            match self.fill(count, &mut scrap) {
                (got, _) if got as u64 == count => {}
                (_, Some(error)) => return Err(error),
                (_, None) => return Err(shorter()),
            }
        }
        Ok(())
    }

    /// Adds `count` bytes, unless the stream ends or fails before; what was read before a failure counts.
    fn fill(&mut self, count: u64, into: &mut Vec<u8>) -> (usize, Option<io::Error>) {
        if let Some(failure) = &self.failed {
            return (0, Some(io::Error::other(failure.clone())));
        }
        let begin = into.len();
        let read = self.reader.read(count, into);
        let got = into.len() - begin;
        self.position += got as u64;
        let failure = match read {
            Ok(_) if self.limit.is_some() && (got as u64) < count => Some(shorter()),
            Ok(_) => None,
            Err(error) => {
                self.failed = Some(error.to_string());
                Some(error)
            }
        };
        (got, failure)
    }
}

fn shorter() -> io::Error {
    io::Error::new(io::ErrorKind::UnexpectedEof, "the file is shorter than it was")
}

impl Reader {
    fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        if !file.metadata()?.is_file() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file"));
        }
        let mut buffered = BufReader::with_capacity(COMPRESSED_BLOCK, file);
        let head = buffered.fill_buf()?;
        if head.starts_with(&GZIP_MAGIC) {
            Ok(Self::Gzip(Box::new(MultiGzDecoder::new(buffered))))
        } else if head.starts_with(&ZSTD_MAGIC) {
            Ok(Self::Zstd(Box::new(zstd::Decoder::with_buffer(buffered)?)))
        } else {
            let mut file = buffered.into_inner();
            file.rewind()?;
            Ok(Self::Plain(file))
        }
    }

    /// Adds up to `count` bytes; fewer only at the end of the stream.
    fn read(&mut self, count: u64, into: &mut Vec<u8>) -> io::Result<usize> {
        match self {
            Self::Plain(file) => file.take(count).read_to_end(into),
            Self::Gzip(decoder) => decoder.take(count).read_to_end(into),
            Self::Zstd(decoder) => decoder.take(count).read_to_end(into),
        }
    }
}
