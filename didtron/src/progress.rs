//! A progress bar for work of more than two seconds, on a terminal only.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::time::{Duration, Instant};

const SHOWN_AFTER: Duration = Duration::from_secs(2);

/// How far a long piece of work is, in bytes of input.
pub(crate) struct Progress {
    bar: ProgressBar,
    begun: Instant,
    is_shown: bool,
}

impl Progress {
    /// Nothing is shown yet. `total_bytes` is `None` where nobody knows (compressed input).
    pub(crate) fn new(what: &str, total_bytes: Option<u64>) -> Self {
        let bar = total_bytes.map_or_else(ProgressBar::no_length, ProgressBar::new);
        bar.set_draw_target(ProgressDrawTarget::hidden());
        let template = match total_bytes {
            Some(_) => "{prefix} [{bar:30}] {bytes}/{total_bytes}, {msg}, {eta} left",
            None => "{prefix} {spinner} {bytes}, {msg}, {elapsed}",
        };
        bar.set_style(ProgressStyle::with_template(template).expect("the template is one of two constants"));
        bar.set_prefix(what.to_owned());
        Self { bar, begun: Instant::now(), is_shown: false }
    }

    /// Tells how far it is: bytes read, and records with their rate.
    pub(crate) fn at(&mut self, bytes: u64, records: u64) {
        let elapsed = self.begun.elapsed();
        if !self.is_shown && elapsed > SHOWN_AFTER {
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
            self.is_shown = true;
        }
        if self.is_shown {
            let a_second = u128::from(records) * 1000 / elapsed.as_millis().max(1);
            self.bar.set_position(bytes);
            self.bar.set_message(format!("{records} records, {a_second}/s"));
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
