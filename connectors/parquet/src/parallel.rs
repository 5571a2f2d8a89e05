//! The same work over many files or row groups, on as many threads as the machine has cores.

use std::num::NonZero;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

/// Does `work` on every item and returns the results in the items' order, or the first error. Stops early then.
pub(crate) fn each<'a, T: Sync, R: Send, E: Send>(
    items: &'a [T],
    work: impl Fn(&'a T) -> Result<R, E> + Sync,
) -> Result<Vec<R>, E> {
    let thread_count = thread::available_parallelism().map_or(1, NonZero::get).min(items.len());
    let next = AtomicUsize::new(0);
    let failed = AtomicBool::new(false);
    let done = Mutex::new(Vec::with_capacity(items.len()));
    let toil = || {
        while !failed.load(Ordering::Relaxed) {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(at) else { break };
            let result = work(item);
            failed.fetch_or(result.is_err(), Ordering::Relaxed);
            done.lock().expect("no thread panics while it holds the list").push((at, result));
        }
    };
    thread::scope(|scope| {
        for _ in 1..thread_count {
            scope.spawn(toil);
        }
        toil();
    });
    let mut done = done.into_inner().expect("no thread panics while it holds the list");
    done.sort_unstable_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_order_and_reports_an_error() {
        let items: Vec<u32> = (0..1000).collect();
        assert_eq!(each(&items, |x| Ok::<_, u32>(x * 2)), Ok((0..1000).map(|x| x * 2).collect()));
        assert_eq!(each(&items, |x| if *x == 700 { Err(*x) } else { Ok(*x) }), Err(700));
        assert_eq!(each(&[], |x: &u32| Ok::<_, u32>(*x)), Ok(vec![]));
    }
}
