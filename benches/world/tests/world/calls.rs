//! The call files as written: when calls are, how many are answered, how they spread over destinations and carriers.

use crate::World;
use std::collections::{HashMap, HashSet};
use std::fs;

/// The cells of all lines that have as many as the header, with their file.
fn records(world: &World) -> Vec<(usize, Vec<String>)> {
    let mut records = Vec::new();
    for (file, path) in world.call_files().iter().enumerate() {
        let text = fs::read_to_string(path).expect("UTF-8");
        let width = text.lines().next().expect("a header").split(',').count();
        let cells = text.lines().skip(1).map(|line| line.split(',').map(str::to_owned).collect::<Vec<_>>());
        records.extend(cells.filter(|cells| cells.len() == width).map(|cells| (file, cells)));
    }
    records
}

#[test]
fn calls_are_those_of_a_busy_month() {
    let world = World::new(20_000, 9, 3000);
    let records = records(&world);
    let answered = records.iter().filter(|(_, cells)| cells[6] == "answered").count();
    assert!((62..70).contains(&(answered * 100 / records.len())), "{answered}");
    let days: HashSet<&str> = records.iter().filter_map(|(_, cells)| cells[3].get(..10)).collect();
    assert!((1..=30).all(|day| days.contains(format!("2026-06-{day:02}").as_str())), "{days:?}");
    let mut by_front: HashMap<String, usize> = HashMap::new();
    for (_, cells) in &records {
        let digits = cells[10].trim_start_matches('+').trim_start_matches("00").chars().take(5).collect();
        *by_front.entry(digits).or_default() += 1;
    }
    let mut counts: Vec<usize> = by_front.values().copied().collect();
    counts.sort_unstable_by(|a, b| b.cmp(a));
    let head: usize = counts.iter().take(counts.len() / 20).sum();
    assert!(head * 100 / records.len() > 30, "the first twentieth has much of the calls: {head}");
    for (column, trunks) in [(7, 20), (8, 10)] {
        let known: HashSet<&str> = records.iter().map(|(_, cells)| cells[column].as_str()).collect();
        assert!(known.iter().filter(|name| !name.is_empty() && !name.starts_with("trunk-")).count() == trunks);
    }
}

#[test]
fn late_calls_come_in_a_later_file_than_their_time() {
    let world = World::new(20_000, 10, 500);
    let records = records(&world);
    // Each file's calls lie about its own three days; what is a day and more before them came late or again.
    let mut seen = HashSet::new();
    let mut late = 0;
    for (file, cells) in &records {
        let first_time = seen.insert(cells[1].clone());
        let day: Option<usize> = cells[3].get(8..10).and_then(|day| day.parse().ok());
        late += u64::from(first_time && day.is_some_and(|day| day + 1 < file * 3));
    }
    let planned = world.truth.kinds.late;
    assert!(late * 10 > planned * 5 && late <= planned + 5, "{late} of {planned}");
}
