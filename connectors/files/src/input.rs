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
        let begin = into.len();
        let wanted = self.limit.map_or(count as u64, |limit| limit.saturating_sub(offset).min(count as u64)) as usize;
        into.resize(begin + wanted, 0);
        let (got, failure) = self.fill(&mut into[begin..]);
        into.truncate(begin + got);
        match failure {
            Some(error) if got == 0 => Err(error),
            _ => Ok(got),
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
        let mut scrap = vec![0; COMPRESSED_BLOCK];
        while self.position < offset {
            let count = (offset - self.position).min(scrap.len() as u64) as usize;
            match self.fill(&mut scrap[..count]) {
                (got, _) if got == count => {}
                (_, Some(error)) => return Err(error),
                (_, None) => return Err(shorter()),
            }
        }
        Ok(())
    }

    /// Reads until `target` is full, the stream ends or fails; what was read before a failure counts.
    fn fill(&mut self, target: &mut [u8]) -> (usize, Option<io::Error>) {
        let mut got = 0;
        while got < target.len() && self.failed.is_none() {
            match self.reader.read(&mut target[got..]) {
                Ok(0) if self.limit.is_some() => return (got, Some(shorter())),
                Ok(0) => return (got, None),
                Ok(count) => {
                    got += count;
                    self.position += count as u64;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => self.failed = Some(error.to_string()),
            }
        }
        (got, self.failed.clone().map(io::Error::other))
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

    fn read(&mut self, target: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(file) => file.read(target),
            Self::Gzip(decoder) => decoder.read(target),
            Self::Zstd(decoder) => decoder.read(target),
        }
    }
}
