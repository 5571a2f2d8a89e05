//! Records as they wait in suspense, read again.

use crate::desk::{Desk, Input};
use crate::error::RunError;
use crate::flight;
use crate::outside::Outside;
use didtron_domain::IdentityKey;
use didtron_ports::{RowPlace, SuspenseRow};

/// The rows of suspense at places, in that order.
pub(crate) async fn rows_at<O: Outside>(
    desk: &Desk<'_, O>,
    waiting: &[(IdentityKey, RowPlace)],
) -> Result<Vec<SuspenseRow<'static>>, RunError> {
    let places: Vec<RowPlace> = waiting.iter().map(|(_, place)| *place).collect();
    let mut rows = flight::suspense_rows(desk.outside, desk.settings, desk.flight, &places).await?;
    let row = |place: &RowPlace| rows.remove(place).ok_or_else(|| RunError::not_waiting(*place));
    places.iter().map(row).collect()
}

/// The records of a re-drive by the mapping's present form.
pub(crate) fn decoded<O: Outside>(desk: &Desk<'_, O>, rows: Vec<SuspenseRow<'static>>) -> Result<Input, RunError> {
    let Some(first) = rows.first() else { return Err(RunError::damaged("a re-drive was claimed of no records")) };
    let records: Vec<_> = rows.iter().map(|row| (row.record.to_vec(), row.at.to_string())).collect();
    let batch = desk.outside.decoder().decode_records(&first.mapping, &first.header, &records)?;
    if batch.len() != rows.len() {
        let (given, got) = (rows.len(), batch.len());
        let what = format!("mapping {} made {got} records of {given} in suspense; mend it", first.mapping);
        return Err(RunError::damaged(what));
    }
    Ok(Input::Waiting(rows, batch))
}

/// BLAKE3 of what a claim on suspense reads.
pub(crate) fn input_digest(rows: &[SuspenseRow<'_>]) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    for row in rows {
        hasher.update(&row.place.packed().to_le_bytes());
        for text in [&*row.record, row.mapping.as_bytes(), row.header.as_bytes(), row.at.as_bytes()] {
            hasher.update(&(text.len() as u64).to_le_bytes()).update(text);
        }
    }
    *hasher.finalize().as_bytes()
}
