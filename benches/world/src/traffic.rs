//! The call files: calls in the order in which they ended, and among them what comes late, again, or changed.

use crate::broken::break_last_line;
use crate::call::{HEADER, Month};
use crate::dice::{Dice, Stream};
use crate::error::WorldError;
use crate::plan::{Plan, Role};
use crate::progress::{Progress, Watch};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

const BUFFER: usize = 512 * 1024;

/// A row that is due behind the first row of the call numbered `slot`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Due {
    slot: u64,
    index: u64,
    /// 0 is the call's first row, then its steps in order.
    step: usize,
}

/// One file while it is written.
struct CallFile {
    path: PathBuf,
    file: File,
    buffer: Vec<u8>,
}

struct Traffic<'a, 'w> {
    month: &'a Month<'a>,
    plan: &'a Plan,
    seed: u64,
    due: BinaryHeap<Reverse<Due>>,
    written: u64,
    total: u64,
    watch: &'a mut Watch<'w>,
}

/// Writes all call files into `folder` and returns how many rows they have.
pub(crate) fn write_files(
    (month, plan): (&Month<'_>, &Plan),
    (seed, total): (u64, u64),
    folder: &Path,
    watch: &mut Watch<'_>,
) -> Result<u64, WorldError> {
    let mut traffic = Traffic { month, plan, seed, due: BinaryHeap::new(), written: 0, total, watch };
    for file in 0..plan.file_count {
        let mut out = CallFile::create(folder.join(format!("calls-{:02}.csv", file + 1)))?;
        for slot in plan.first_of_file(file)..plan.first_of_file(file + 1) {
            traffic.first(slot, &mut out)?;
            traffic.send_due(slot, &mut out)?;
        }
        if file + 1 == plan.file_count {
            traffic.send_due(u64::MAX, &mut out)?;
        }
        traffic.flush(&mut out)?;
    }
    Ok(traffic.written)
}

impl Traffic<'_, '_> {
    /// The first row of the call whose turn it is, unless it comes late.
    fn first(&mut self, index: u64, out: &mut CallFile) -> Result<(), WorldError> {
        let next_file = self.plan.file_of(index) + 1;
        if self.plan.of_call(index).0 == Role::Late && next_file < self.plan.file_count {
            let later = self.plan.first_of_file(next_file)..self.plan.count;
            let slot = Dice::new(self.seed, Stream::Delay, index).within(later);
            self.due.push(Reverse(Due { slot, index, step: 0 }));
            return Ok(());
        }
        self.send(Due { slot: index, index, step: 0 }, out)
    }

    fn send_due(&mut self, slot: u64, out: &mut CallFile) -> Result<(), WorldError> {
        while self.due.peek().is_some_and(|Reverse(due)| due.slot <= slot) {
            if let Some(Reverse(due)) = self.due.pop() {
                self.send(due, out)?;
            }
        }
        Ok(())
    }

    fn send(&mut self, due: Due, out: &mut CallFile) -> Result<(), WorldError> {
        let (role, steps) = self.plan.of_call(due.index);
        let mut call = self.month.call(due.index, self.time_of(due.index, role), (role, steps));
        // A line that nobody can read is a duplicate only where it is the same to the byte.
        if due.step > 0 && role != Role::Malformed {
            call = call.after(steps[due.step - 1]);
        }
        call.write(&mut out.buffer);
        if role == Role::Malformed {
            break_last_line(&mut out.buffer, due.index);
        }
        self.written += 1;
        if due.step < steps.len() {
            let slot = due.slot + self.delay(due);
            self.due.push(Reverse(Due { slot, step: due.step + 1, ..due }));
        }
        if out.buffer.len() >= BUFFER { self.flush(out) } else { Ok(()) }
    }

    fn flush(&mut self, out: &mut CallFile) -> Result<(), WorldError> {
        out.flush()?;
        (self.watch)(Progress { part: "calls", done: self.written, total: self.total });
        Ok(())
    }

    /// How much later the next row of a call comes: soon, or with another file.
    fn delay(&self, due: Due) -> u64 {
        let mut dice = Dice::new(self.seed, Stream::Delay, due.index * 4 + due.step as u64);
        let file = self.plan.count / self.plan.file_count;
        if dice.per_mille(500) { dice.within(1..200) } else { file * dice.within(1..3) }
    }

    /// The call in whose place this one ended: itself, but behind the last file there is none to be late in, so a late
    /// call there has a time of the file before.
    fn time_of(&self, index: u64, role: Role) -> u64 {
        let file = self.plan.file_of(index);
        if role != Role::Late || file + 1 < self.plan.file_count {
            return index;
        }
        let before = self.plan.first_of_file(file - 1)..self.plan.first_of_file(file);
        Dice::new(self.seed, Stream::Delay, index).within(before)
    }
}

impl CallFile {
    fn create(path: PathBuf) -> Result<Self, WorldError> {
        let file = File::create(&path).map_err(WorldError::io("create", &path))?;
        let mut buffer = Vec::with_capacity(BUFFER + 4096);
        buffer.extend_from_slice(HEADER.as_bytes());
        Ok(Self { path, file, buffer })
    }

    fn flush(&mut self) -> Result<(), WorldError> {
        self.file.write_all(&self.buffer).map_err(WorldError::io("write", &self.path))?;
        self.buffer.clear();
        Ok(())
    }
}
