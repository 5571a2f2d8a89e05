//! `RESULTS.md`: two tables, and what was written below them by hand.

use crate::machine::Machine;
use crate::parts::Part;
use crate::whole::Line;
use std::fmt::Write as _;
use std::time::Duration;

/// All that a run found.
#[derive(Debug)]
pub(crate) struct Results {
    pub(crate) before: Machine,
    pub(crate) after: Machine,
    /// The build, and whether it was the short form.
    pub(crate) form: String,
    pub(crate) parts: Vec<Part>,
    pub(crate) lines: Vec<Line>,
}

/// From here on the page is kept when it is written again.
const BY_HAND: &str = "\n## By hand\n";
/// Of the machine's processor time in a run; more makes its figures doubtful.
const OTHERS_PERCENT_MAX: u128 = 10;

/// The page, whole; `known` is the one before it.
pub(crate) fn page(results: &Results, known: &str) -> String {
    let Results { before, after, form, parts, lines } = results;
    let Machine { processor, threads, memory_gib, load } = before;
    let mut text = format!(
        "# Results\n\nWritten by `make bench` ({form}). Machine: {processor}, {threads} threads, {memory_gib} GiB; load {load} before, {} after.\n",
        after.load
    );
    text.push_str(
        "\n## Parts, in one process\n\nNanoseconds of processor time an item, medians; what stands beside a part ran in the same rounds.\n\n| what | bound | ns | least to most | beside it | ns | ratio | rounds | |\n|---|---|---|---|---|---|---|---|---|\n",
    );
    for part in parts {
        text.push_str(&part_row(part));
    }
    text.push_str(&whole_program(lines, *threads));
    if let Some(at) = known.find(BY_HAND) {
        text.push_str(&known[at..]);
    }
    text
}

/// The table of the whole program, under its title.
pub(crate) fn whole_program(lines: &[Line], threads: usize) -> String {
    let mut text = String::new();
    let others = |line: &Line| share(line.median.others, line.median.wall * u32::try_from(threads).unwrap_or(1));
    let busy = match lines.iter().any(|line| others(line) > OTHERS_PERCENT_MAX) {
        true => {
            " **The machine was busy: others took more than a tenth of it in some runs, whose figures say little.**"
        }
        false => "",
    };
    writeln!(
        text,
        "\n## The whole program\n\nEach figure is the median run by wall time, with the processor time of all its threads beside it, and what others took of the machine meanwhile.{busy}\n\n| what | bound | wall s | least to most | CPU s | ns of CPU a call | calls/s | others % | MiB | runs | |\n|---|---|---|---|---|---|---|---|---|---|---|"
    )
    .expect("a string takes any text");
    for line in lines {
        text.push_str(&line_row(line, others(line)));
    }
    text
}

fn part_row(part: &Part) -> String {
    let Part { what, bound, ours, beside, note } = part;
    let (name, other) = beside.as_ref().map_or(("", String::new()), |(name, other)| (*name, tenths(other.median())));
    let ratio = part.ratio().map_or_else(String::new, tenths);
    let (median, least, most) = (tenths(ours.median()), tenths(ours.least()), tenths(ours.most()));
    format!(
        "| {what} | {bound} | {median} | {least} to {most} | {name} | {other} | {ratio} | {} | {note} |\n",
        ours.count()
    )
}

fn line_row(line: &Line, others: u128) -> String {
    let Line { what, bound, median, least, most, runs, calls, note } = line;
    let nanos = line.nanos_a_call().map_or_else(String::new, |nanos| nanos.to_string());
    let a_second = |calls: u64| u128::from(calls) * 1000 / median.wall.as_millis().max(1);
    let rate = calls.map_or_else(String::new, |calls| a_second(calls).to_string());
    let (wall, cpu, memory) = (seconds(median.wall), seconds(median.cpu), median.memory_bytes >> 20);
    format!(
        "| {what} | {bound} | {wall} | {} to {} | {cpu} | {nanos} | {rate} | {others} | {memory} | {runs} | {note} |\n",
        seconds(*least),
        seconds(*most)
    )
}

fn tenths(value: f64) -> String {
    format!("{value:.1}")
}

fn share(part: Duration, whole: Duration) -> u128 {
    part.as_millis() * 100 / whole.as_millis().max(1)
}

fn seconds(time: Duration) -> String {
    format!("{}.{:03}", time.as_secs(), time.subsec_millis())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_by_hand_stays() {
        let machine = Machine { processor: "one".into(), threads: 2, memory_gib: 4, load: "0".into() };
        let results =
            Results { before: machine.clone(), after: machine, form: "short".into(), parts: vec![], lines: vec![] };
        let first = page(&results, "# Results\nold figures\n## By hand\nkept\n");
        assert!(first.ends_with("\n## By hand\nkept\n") && !first.contains("old figures"), "{first}");
        assert_eq!(page(&results, &first), first);
    }
}
