//! Seeded chance, and the pauses at which owners are interleaved.

use std::cell::Cell;
use std::future::poll_fn;
use std::task::Poll;

/// SplitMix64.
#[derive(Debug)]
pub struct Chance(Cell<u64>);

impl Chance {
    pub fn new(seed: u64) -> Self {
        Self(Cell::new(seed))
    }

    pub fn next(&self) -> u64 {
        self.0.set(self.0.get().wrapping_add(0x9e37_79b9_7f4a_7c15));
        let mut z = self.0.get();
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&self, count: usize) -> usize {
        (self.next() % count as u64) as usize
    }

    pub fn one_in(&self, count: usize) -> bool {
        self.below(count) == 0
    }
}

/// Gives the turn away once.
pub async fn pause() {
    let mut has_paused = false;
    poll_fn(|context| {
        if std::mem::replace(&mut has_paused, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
