//! Work on a thread of its own, so that the loop goes on meanwhile.

use futures::channel::oneshot;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::thread;

/// Rows below which a thread is not worth its start. Such work is done at once, where it is.
const ROWS_MIN: usize = 1024;

/// What `work` over so many rows gives. A panic of it goes on here.
pub(crate) async fn aside<T: Send + 'static>(rows: usize, work: impl FnOnce() -> T + Send + 'static) -> T {
    if rows < ROWS_MIN {
        return work();
    }
    let (done, outcome) = oneshot::channel();
    thread::spawn(move || {
        // What a panic leaves half done is dropped with the work. Nobody may be waiting any more.
        drop(done.send(catch_unwind(AssertUnwindSafe(work))));
    });
    match outcome.await.expect("the thread sends before it ends") {
        Ok(result) => result,
        Err(panic) => resume_unwind(panic),
    }
}
