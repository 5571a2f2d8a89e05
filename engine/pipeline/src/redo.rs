//! Unsettled claims, done again in order from the same input, which must be what was claimed.

use crate::desk::{Desk, Input, Task, is_given_up};
use crate::error::{RunError, Stop};
use crate::feeder::Feeder;
use crate::outside::Outside;
use crate::rerate::again::Again;
use crate::rerate::judge::Part;
use crate::waiting::{decoded, input_digest, rows_at};
use didtron_ports::{CallSource, Claim, Error, Feed};

/// Claims of one partition, in order.
pub(crate) struct Redo<O: Outside> {
    claims: std::vec::IntoIter<Claim>,
    /// The feed that was read last, still open.
    open: Option<(i64, Box<dyn CallSource>)>,
    /// The re-rate that was scanned last, for all its claims.
    again: Option<Again<O>>,
}

impl<O: Outside> Redo<O> {
    /// Of one re-rate there is at most one run of claims.
    pub(crate) fn new(claims: Vec<Claim>) -> Self {
        Self { claims: claims.into_iter(), open: None, again: None }
    }

    async fn read(&mut self, claim: &Claim, desk: &mut Desk<'_, O>) -> Result<Input, RunError> {
        match &claim.request.feed {
            Feed::File { .. } if is_given_up(&claim.request.range, claim.request.line_count) => Ok(Input::Lost),
            Feed::File { feed } => self.read_file(*feed, claim, desk).await,
            Feed::Redrive { reason } => {
                let places = desk.index().await?.waiting(&claim.request.range, *reason);
                let rows = rows_at(desk, &places).await?;
                check(claim, input_digest(&rows), "records that wait in suspense")?;
                decoded(desk, rows)
            }
            Feed::Rerate { rerate } => self.read_rerate(*rerate, claim, desk).await,
            Feed::Dismiss { .. } => {
                let places = desk.index().await?.waiting(&claim.request.range, None);
                let mut rows = rows_at(desk, &places).await?;
                check(claim, input_digest(&rows), "a record that waits in suspense")?;
                let row = rows.pop().ok_or_else(|| changed(claim, "a record that waits in suspense".to_owned()))?;
                Ok(Input::Dismissal(Box::new(row)))
            }
        }
    }

    /// Claims of one re-rate share no call, so that what the first one scans serves all.
    async fn read_rerate(&mut self, number: i64, claim: &Claim, desk: &Desk<'_, O>) -> Result<Input, RunError> {
        let (outside, settings, range) = (desk.outside, desk.settings, &claim.request.range);
        if self.again.as_ref().is_none_or(|again| again.entry.number != number) {
            self.again = Some(Again::open(outside, number).await?);
        }
        let again = self.again.as_mut().expect("it was just opened");
        let last = self.claims.as_slice().iter().rfind(|other| other.request.feed == claim.request.feed);
        let end = last.map_or(range.end, |last| last.request.range.end);
        again.scan(outside, settings, &Part { range: range.start..end, before: claim.request.seq }).await?;
        let (rows, digest) = again.rows(outside, settings, range).await?;
        check(claim, digest, &format!("the calls that re-rate {} changes", again.entry.id))?;
        Ok(Input::Changed(Box::new(again.changed(rows, range, settings.threads).await?)))
    }

    async fn read_file(&mut self, feed: i64, claim: &Claim, desk: &Desk<'_, O>) -> Result<Input, RunError> {
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

impl<O: Outside> Feeder<O> for Redo<O> {
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
