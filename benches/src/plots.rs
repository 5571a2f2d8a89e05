//! The pictures of the results.

use crate::page::Results;
use crate::parts::Part;
use anyhow::{Result, anyhow};
use plotters::coord::ranged1d::IntoSegmentedCoord as _;
use plotters::coord::ranged1d::SegmentValue;
use plotters::prelude::*;
use std::path::Path;

/// A bar: what it stands for, how long it is, and whether it is ours.
type Bar = (String, f64, bool);

const SIZE: (u32, u32) = (760, 320);
const OURS: RGBColor = RGBColor(38, 110, 178);
const THEIRS: RGBColor = RGBColor(168, 168, 168);

/// Draws every picture into `folder`.
pub(crate) fn draw(results: &Results, folder: &Path) -> Result<()> {
    std::fs::create_dir_all(folder)?;
    let (lookups, others): (Vec<&Part>, Vec<&Part>) =
        results.parts.iter().partition(|part| part.what.starts_with("longest prefix"));
    bars(
        &folder.join("lookup.svg"),
        "Longest prefix: ns a number",
        &lookups.into_iter().flat_map(pair).collect::<Vec<_>>(),
    )?;
    let rated: Vec<Bar> = others.into_iter().filter(|part| part.beside.is_some()).flat_map(pair).collect();
    bars(&folder.join("in-memory.svg"), "CSV records to rated columns: ns a record", &rated)?;
    let whole = results.lines.iter().filter_map(|line| {
        let nanos = line.nanos_a_call()? as f64;
        Some((line.what.trim_start_matches("rate ").to_owned(), nanos, true))
    });
    bars(&folder.join("whole.svg"), "The whole program: ns of CPU a call", &whole.collect::<Vec<_>>())
}

fn pair(part: &Part) -> Vec<Bar> {
    let ours = (part.what.clone(), part.ours.median(), true);
    let theirs = part.beside.as_ref().map(|(name, samples)| ((*name).to_owned(), samples.median(), false));
    std::iter::once(ours).chain(theirs).collect()
}

fn bars(path: &Path, title: &str, bars: &[Bar]) -> Result<()> {
    let failed = |error: &dyn std::fmt::Display| anyhow!("could not draw {}: {error}", path.display());
    let Some(last) = bars.len().checked_sub(1) else { return Ok(()) };
    let most = bars.iter().map(|(_, length, _)| *length).fold(1.0, f64::max) * 1.15;
    let root = SVGBackend::new(path, SIZE).into_drawing_area();
    root.fill(&WHITE).map_err(|error| failed(&error))?;
    let mut chart = ChartBuilder::on(&root)
        .caption(title, ("sans-serif", 18))
        .margin(12)
        .x_label_area_size(28)
        .y_label_area_size(300)
        .build_cartesian_2d(0.0..most, (0..last).into_segmented())
        .map_err(|error| failed(&error))?;
    let name = |at: &SegmentValue<usize>| match at {
        SegmentValue::CenterOf(at) => bars.iter().rev().nth(*at).map_or_else(String::new, |bar| bar.0.clone()),
        _ => String::new(),
    };
    let mut mesh = chart.configure_mesh();
    mesh.disable_mesh()
        .x_label_formatter(&|nanos| format!("{nanos:.0}"))
        .y_labels(bars.len())
        .y_label_formatter(&name)
        .draw()
        .map_err(|error| failed(&error))?;
    for (at, (_, length, is_ours)) in bars.iter().rev().enumerate() {
        let color = if *is_ours { OURS } else { THEIRS };
        let corners = [(0.0, SegmentValue::Exact(at)), (*length, SegmentValue::Exact(at + 1))];
        let mut bar = Rectangle::new(corners, color.filled());
        bar.set_margin(4, 4, 0, 0);
        let label = Text::new(format!("{length:.0}"), (length * 1.01, SegmentValue::CenterOf(at)), ("sans-serif", 13));
        chart.draw_series([bar]).map_err(|error| failed(&error))?;
        chart.draw_series([label]).map_err(|error| failed(&error))?;
    }
    root.present().map_err(|error| failed(&error))
}
