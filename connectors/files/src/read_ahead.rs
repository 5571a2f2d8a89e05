//! Reads and decodes the next chunk on a thread of its own, while the one before is rated.

use crate::call_file::CallFile;
use crate::layout::Layout;
use didtron_domain::CallBatch;
use didtron_ports::{CallSource, Chunk, Decoded, Error};
use std::ops::Range;
use std::thread::{self, JoinHandle};

/// A file of call records that is read one chunk ahead.
pub struct ReadAhead {
    layout: Layout,
    name: String,
    state: State,
    /// Of a batch that nobody needs any more.
    room: CallBatch,
}

/// A chunk that was read; `None` at the end.
type Next = Result<Option<Decoded>, Error>;

/// The file, and the chunk that was read from it.
type Read = (Box<CallFile>, Next);

enum State {
    Idle(Box<CallFile>),
    Reading(JoinHandle<Read>),
    /// Read, and not asked for yet.
    Ready(Box<Read>),
    /// Reading broke off, and the file is gone with its thread.
    Lost,
}

impl ReadAhead {
    /// Nothing is read before the first chunk is asked for.
    #[must_use]
    pub fn new(file: CallFile) -> Self {
        Self {
            layout: file.layout().clone(),
            name: file.name().to_owned(),
            state: State::Idle(Box::new(file)),
            room: CallBatch::default(),
        }
    }

    /// Takes the file as it is left, with what was read ahead.
    fn take(&mut self) -> Result<(Box<CallFile>, Option<Next>), Error> {
        match std::mem::replace(&mut self.state, State::Lost) {
            State::Idle(file) => Ok((file, None)),
            State::Reading(thread) => thread.join().map(|(file, next)| (file, Some(next))).map_err(|_| lost()),
            State::Ready(read) => Ok((read.0, Some(read.1))),
            State::Lost => Err(lost()),
        }
    }

    /// Uses the file at a place of its own; what was read ahead is kept.
    fn beside<T>(&mut self, work: impl FnOnce(&mut CallFile) -> Result<T, Error>) -> Result<T, Error> {
        let (mut file, ahead) = self.take()?;
        let result = work(&mut file);
        self.state = match ahead {
            Some(next) => State::Ready(Box::new((file, next))),
            None => State::Idle(file),
        };
        result
    }
}

fn read(mut file: Box<CallFile>, record_count: usize, room: CallBatch) -> Read {
    file.leave(room);
    let next = file.next_decoded(record_count);
    (file, next)
}

#[cold]
fn lost() -> Error {
    let what = "reading a call file broke off in the middle; rate it again, and report it if it happens again";
    Error::Damaged(what.to_owned())
}

impl CallSource for ReadAhead {
    fn seek(&mut self, offset: u64, line: u64) -> Result<(), Error> {
        let (mut file, _) = self.take()?;
        let result = file.seek(offset, line);
        self.state = State::Idle(file);
        result
    }

    fn read_ahead(&mut self, record_count: usize) {
        self.state = match std::mem::replace(&mut self.state, State::Lost) {
            State::Idle(file) => {
                let room = std::mem::take(&mut self.room);
                State::Reading(thread::spawn(move || read(file, record_count, room)))
            }
            busy => busy,
        };
    }

    fn next_chunk(&mut self, record_count: usize) -> Result<Option<Chunk>, Error> {
        let (mut file, ahead) = self.take()?;
        // What was read ahead was decoded: it is read once more.
        let back = match &ahead {
            Some(Ok(Some(next))) => file.seek(next.range.start, next.first_line),
            _ => Ok(()),
        };
        let next = back.and_then(|()| file.next_chunk(record_count));
        self.state = State::Idle(file);
        next
    }

    fn next_decoded(&mut self, record_count: usize) -> Result<Option<Decoded>, Error> {
        let (file, next) = match self.take()? {
            (file, Some(next)) => (file, next),
            (file, None) => read(file, record_count, std::mem::take(&mut self.room)),
        };
        self.state = State::Idle(file);
        if let Ok(Some(_)) = &next {
            self.read_ahead(record_count);
        }
        next
    }

    fn chunk(&mut self, range: Range<u64>, first_line: u64) -> Result<Chunk, Error> {
        self.beside(|file| file.chunk(range, first_line))
    }

    fn head_digest(&mut self, bytes: u64) -> Result<Option<[u8; 32]>, Error> {
        self.beside(|file| file.head_digest(bytes))
    }

    fn decode(&self, chunk: Chunk) -> CallBatch {
        self.layout.decode(chunk, self.name.clone())
    }

    fn leave(&mut self, room: CallBatch) {
        self.room = room;
    }
}
