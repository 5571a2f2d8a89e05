//! Unsettled claims, done again in order from the same input, which must be what was claimed.

use crate::desk::{Desk, Input, Task, is_given_up};
use crate::error::{RunError, Stop};
use crate::feeder::Feeder;
use crate::outside::Outside;
use crate::waiting::{decoded, input_digest, rows_at};
use didtron_ports::{CallSource, Claim, Error, Feed};

/// Claims of one partition, in order.
pub(crate) struct Redo {
    claims: std::vec::IntoIter<Claim>,
    /// The feed that was read last, still open.
    open: Option<(i64, Box<dyn CallSource>)>,
}

impl Redo {
    pub(crate) fn new(claims: Vec<Claim>) -> Self {
        Self { claims: claims.into_iter(), open: None }
    }

    async fn read<O: Outside>(&mut self, claim: &Claim, desk: &mut Desk<'_, O>) -> Result<Input, RunError> {
        match &claim.request.feed {
            Feed::File { .. } if is_given_up(&claim.request.range, claim.request.line_count) => Ok(Input::Lost),
            Feed::File { feed } => self.read_file(*feed, claim, desk).await,
            Feed::Redrive { reason } => {
                let places = desk.index().await?.waiting(&claim.request.range, *reason);
                let rows = rows_at(desk, &places).await?;
                check(claim, input_digest(&rows), "records that wait in suspense")?;
                decoded(desk, rows)
            }
            Feed::Dismiss { .. } => {
                let places = desk.index().await?.waiting(&claim.request.range, None);
                let mut rows = rows_at(desk, &places).await?;
                check(claim, input_digest(&rows), "a record that waits in suspense")?;
                let row = rows.pop().ok_or_else(|| changed(claim, "a record that waits in suspense".to_owned()))?;
                Ok(Input::Dismissal(Box::new(row)))
            }
        }
    }

    async fn read_file<O: Outside>(&mut self, feed: i64, claim: &Claim, desk: &Desk<'_, O>) -> Result<Input, RunError> {
        let source = match self.open.take() {
            Some((known, source)) if known == feed => source,
            _ => desk.outside.open(feed).await?,
        };
        let source = &mut self.open.insert((feed, source)).1;
        let input = format!("feed {feed} from line {}", claim.request.first_line);
        let chunk = match source.chunk(claim.request.range.clone(), claim.request.first_line) {
            // A feed that ends before the range is not the one that was claimed, whatever else it is.
            Err(Error::Damaged(why)) => return Err(changed(claim, format!("{input}: {why}"))),
            chunk => chunk?,
        };
        check(claim, chunk.digest, &input)?;
        Ok(Input::Calls(source.decode(chunk)))
    }
}

impl<O: Outside> Feeder<O> for Redo {
    async fn begin(&mut self, _: &mut Desk<'_, O>) -> Result<(), Stop> {
        Ok(())
    }

    async fn next(&mut self, desk: &mut Desk<'_, O>) -> Result<Option<Task>, Stop> {
        let Some(claim) = self.claims.next() else { return Ok(None) };
        let (claimed, own) = (claim.request.rating_revision, desk.settings.rating_revision);
        if claimed != own {
            let (partition, seq) = (claim.request.partition, claim.request.seq);
            return Err(RunError::OtherRevision { partition, seq, claimed, own }.into());
        }
        let input = self.read(&claim, desk).await?;
        Ok(Some(Task { claim, input }))
    }
}

fn check(claim: &Claim, found: [u8; 32], input: &str) -> Result<(), RunError> {
    if found == claim.request.digest { Ok(()) } else { Err(changed(claim, input.to_owned())) }
}

#[cold]
fn changed(claim: &Claim, input: String) -> RunError {
    let (partition, seq) = (claim.request.partition, claim.request.seq);
    RunError::InputChanged { partition, seq, input, range: claim.request.range.clone() }
}
