//! Repeated measuring of work in this process, by processor time.

use crate::process::own_cpu;
use anyhow::{Context, Result};

/// Nanoseconds an item, in ascending order.
#[derive(Clone, Debug)]
pub(crate) struct Samples(Vec<f64>);

impl Samples {
    /// Of samples that were taken.
    pub(crate) fn of(mut samples: Vec<f64>) -> Self {
        samples.sort_by(f64::total_cmp);
        Self(samples)
    }

    pub(crate) fn median(&self) -> f64 {
        self.0[self.0.len() / 2]
    }

    pub(crate) fn least(&self) -> f64 {
        self.0[0]
    }

    pub(crate) fn most(&self) -> f64 {
        self.0[self.0.len() - 1]
    }

    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }
}

/// What `work` over so many items takes an item, in all threads of this process, to hundredths of a second.
pub(crate) fn process_nanos_an_item(items: usize, work: impl FnOnce()) -> Result<f64> {
    let before = own_cpu()?;
    work();
    Ok((own_cpu()? - before).as_nanos() as f64 / items as f64)
}

/// What `work` over so many items takes an item, in this thread.
pub(crate) fn nanos_an_item(items: usize, work: impl FnOnce()) -> Result<f64> {
    let before = thread_nanos()?;
    work();
    Ok((thread_nanos()? - before) as f64 / items as f64)
}

/// Processor time of this thread. The system brings it up to date some hundred times a second.
fn thread_nanos() -> Result<u64> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").context("could not read a thread's time")?;
    let nanos = text.split(' ').next().and_then(|text| text.parse().ok());
    nanos.context("the system's account of a thread's time has another form")
}
