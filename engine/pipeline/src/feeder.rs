//! Where batches come from.

use crate::desk::{Desk, Task};
use crate::error::Stop;
use crate::outside::Outside;

/// Where batches come from.
pub(crate) trait Feeder<O: Outside> {
    /// Called before the first batch, and again after the partition was read anew.
    async fn begin(&mut self, desk: &mut Desk<'_, O>) -> Result<(), Stop>;

    /// Claims the next batch, or takes an unsettled one, and reads its records; `None` at the end.
    async fn next(&mut self, desk: &mut Desk<'_, O>) -> Result<Option<Task>, Stop>;
}
