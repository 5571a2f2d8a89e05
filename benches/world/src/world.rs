//! Writes a whole world, stage by stage.

use crate::call::Month;
use crate::catalog;
use crate::decks;
use crate::directory::{TRUTH, prepare, write_file};
use crate::error::WorldError;
use crate::options::Options;
use crate::plan::Plan;
use crate::prefixes::Numbering;
use crate::progress::{Progress, Watch};
use crate::traffic;
use crate::truth::Truth;
use std::path::Path;

/// Writes a world into `out`: `catalog.toml`, `decks/*.csv`, `calls/*.csv` and, last, `truth.json`.
///
/// `out` must not exist, be empty, or hold an earlier world, which is replaced.
pub fn write(options: &Options, out: &Path) -> Result<Truth, WorldError> {
    write_watched(options, out, &mut |_| {})
}

/// Like [`write()`], and tells `watch` how far it is.
pub fn write_watched(options: &Options, out: &Path, watch: &mut dyn FnMut(Progress)) -> Result<Truth, WorldError> {
    options.check()?;
    prepare(out)?;
    let plan = Plan::new(options);
    let truth = Truth::of(&plan);
    let numbering = Numbering::new(options);
    write_decks(&numbering, &out.join("decks"), watch)?;
    write_file(&out.join("catalog.toml"), catalog::text(options.seed).as_bytes())?;
    let month = Month::new(&numbering, plan.count);
    let rows = traffic::write_files((&month, &plan), (options.seed, truth.rows), &out.join("calls"), watch)?;
    assert_eq!(rows, truth.rows, "the rows written are those that the truth counts");
    let mut text = serde_json::to_vec_pretty(&truth).expect("counts with fixed names are JSON");
    text.push(b'\n');
    write_file(&out.join(TRUTH), &text)?;
    Ok(truth)
}

fn write_decks(numbering: &Numbering, folder: &Path, watch: &mut Watch<'_>) -> Result<(), WorldError> {
    let files = decks::files();
    let total = files.len() as u64;
    for (file, done) in files.into_iter().zip(1..) {
        write_file(&folder.join(file.name), &(file.rows)(numbering, file.carrier).bytes)?;
        watch(Progress { part: "decks", done, total });
    }
    Ok(())
}
