//! How long each stage of the demo took, by the wall and by the processors.

use crate::show::{self, Out};
use anyhow::Result;
use std::fs;
use std::io::Write;
use std::time::{Duration, Instant};

/// Stages in order.
#[derive(Debug, Default)]
pub(super) struct Stages(Vec<Stage>);

#[derive(Debug)]
struct Stage {
    name: &'static str,
    wall: Duration,
    /// Of all threads; `None` where the system does not say.
    cpu: Option<Duration>,
}

impl Stages {
    pub(super) fn time<T>(&mut self, name: &'static str, work: impl FnOnce() -> T) -> T {
        let begun = (Instant::now(), cpu_time());
        let done = work();
        self.add(name, begun);
        done
    }

    pub(super) async fn time_async<T>(&mut self, name: &'static str, work: impl Future<Output = T>) -> T {
        let begun = (Instant::now(), cpu_time());
        let done = work.await;
        self.add(name, begun);
        done
    }

    fn add(&mut self, name: &'static str, (wall, cpu): (Instant, Option<Duration>)) {
        let cpu = cpu.zip(cpu_time()).map(|(before, after)| after.saturating_sub(before));
        self.0.push(Stage { name, wall: wall.elapsed(), cpu });
    }

    pub(super) fn show(&self, records: u64, out: &mut Out) -> Result<()> {
        let seconds = |time: Duration| format!("{}.{:03}", time.as_secs(), time.subsec_millis());
        let rows = self.0.iter().map(|stage| {
            let cpu = stage.cpu.map_or_else(|| "-".to_owned(), seconds);
            vec![stage.name.to_owned(), seconds(stage.wall), cpu]
        });
        writeln!(out, "{}", show::table(&["stage", "wall s", "cpu s"], &["wall s", "cpu s"], rows))?;
        if let Some(rate) = self.0.iter().find(|stage| stage.name.starts_with("rate")) {
            let a_second = u128::from(records) * 1000 / rate.wall.as_millis().max(1);
            writeln!(out, "{a_second} records a second")?;
        }
        Ok(())
    }
}

/// Processor time of the process so far: fields 14 and 15 of the system's own account, in ticks of 10 ms.
fn cpu_time() -> Option<Duration> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_ascii_whitespace().skip(11);
    let ticks: u64 = fields.next()?.parse::<u64>().ok()? + fields.next()?.parse::<u64>().ok()?;
    Some(Duration::from_millis(ticks * 10))
}
