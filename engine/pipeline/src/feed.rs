//! Files and streams, known by their content and never by their name: found again, verified, continued.

use crate::desk::{Desk, Input, Order, Task};
use crate::error::{RunError, Stop};
use crate::outside::Outside;
use crate::report::{Progress, RunReport};
use crate::run::{Feeder, Pipeline};
use didtron_ports::{Books, CallSource, ClaimedRange, Error, Feed, KnownFeed};
use std::ops::Range;

/// How many bytes of a feed's front name it.
const HEAD_BYTES_MAX: u64 = 4096;

/// What goes with a feed's content to make it the same feed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedName {
    /// The mapping that decodes it.
    pub mapping: String,
    /// What `--source` named; empty where nothing did.
    pub source: String,
    /// Where it lies, for people; it may lie elsewhere tomorrow.
    pub path: String,
}

impl<O: Outside> Pipeline<'_, O> {
    /// Rates all of `source` that was not rated yet, after what was left unsettled.
    ///
    /// Content that was read before with the same mapping and source name is continued from its end; content that
    /// changed before that point is another feed, whose calls the identity index knows.
    pub async fn rate(
        &mut self,
        source: &mut dyn CallSource,
        name: &FeedName,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<RunReport, RunError> {
        self.work(&mut FileFeeder { source, name, known: None }, progress).await
    }

    /// [`Pipeline::rate`] for many feeds in their order. The next one is read while the last batches of the one before
    /// are still written and settled.
    pub async fn rate_all(
        &mut self,
        feeds: &mut dyn Feeds,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<RunReport, RunError> {
        self.work(&mut FilesFeeder { feeds, current: None }, progress).await
    }
}

/// A feed that was opened, and its name.
pub type NamedFeed = (Box<dyn CallSource>, FeedName);

/// Feeds one after the other, each opened when the one before was read to its end.
pub trait Feeds {
    /// The next one; `None` after the last.
    fn next(&mut self) -> Result<Option<NamedFeed>, Error>;
}

struct FilesFeeder<'a> {
    feeds: &'a mut dyn Feeds,
    current: Option<OpenFeed>,
}

/// The feed that is being read.
struct OpenFeed {
    source: Box<dyn CallSource>,
    name: FeedName,
    known: Option<i64>,
}

impl OpenFeed {
    async fn begin<O: Outside>(&mut self, desk: &mut Desk<'_, O>) -> Result<(), Stop> {
        let mut feeder = FileFeeder { source: &mut *self.source, name: &self.name, known: self.known };
        feeder.begin(desk).await?;
        self.known = feeder.known;
        Ok(())
    }

    async fn next<O: Outside>(&mut self, desk: &mut Desk<'_, O>) -> Result<Option<Task>, Stop> {
        let mut feeder = FileFeeder { source: &mut *self.source, name: &self.name, known: self.known };
        let task = feeder.next(desk).await?;
        self.known = feeder.known;
        Ok(task)
    }
}

impl<O: Outside> Feeder<O> for FilesFeeder<'_> {
    async fn begin(&mut self, desk: &mut Desk<'_, O>) -> Result<(), Stop> {
        match &mut self.current {
            Some(current) => current.begin(desk).await,
            None => Ok(()),
        }
    }

    async fn next(&mut self, desk: &mut Desk<'_, O>) -> Result<Option<Task>, Stop> {
        loop {
            if let Some(current) = &mut self.current {
                if let Some(task) = current.next(desk).await? {
                    return Ok(Some(task));
                }
                self.current = None;
            }
            let Some((source, name)) = self.feeds.next()? else { return Ok(None) };
            self.current.insert(OpenFeed { source, name, known: None }).begin(desk).await?;
        }
    }
}

struct FileFeeder<'a> {
    source: &'a mut dyn CallSource,
    name: &'a FeedName,
    /// The feed's id in the books, once it has one.
    known: Option<i64>,
}

impl<O: Outside> Feeder<O> for FileFeeder<'_> {
    async fn begin(&mut self, desk: &mut Desk<'_, O>) -> Result<(), Stop> {
        let found = find(desk.outside.books(), self.source, self.name).await?;
        let (offset, line) = found.as_ref().map_or((0, 1), |found| (found.end, found.line));
        self.known = found.map(|found| found.feed);
        self.source.seek(offset, line)?;
        Ok(())
    }

    async fn next(&mut self, desk: &mut Desk<'_, O>) -> Result<Option<Task>, Stop> {
        let Some(next) = self.source.next_decoded(desk.settings.batch_rows())? else { return Ok(None) };
        let feed = match self.known {
            Some(feed) => feed,
            None => enter(desk.outside.books(), self.source, self.name).await?,
        };
        self.known = Some(feed);
        let order = Order {
            feed: Feed::File { feed },
            range: next.range,
            first_line: next.first_line,
            line_count: next.line_count,
            digest: next.digest,
        };
        let claim = desk.claim(order).await?;
        Ok(Some(Task { claim, input: Input::Calls(next.batch) }))
    }
}

/// A feed that was read before, up to `end`, which lies on `line`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Found {
    feed: i64,
    end: u64,
    line: u64,
}

/// The feed with this content. Of several whose claimed parts all agree, the one that was read furthest.
async fn find<B: Books>(books: &B, source: &mut dyn CallSource, name: &FeedName) -> Result<Option<Found>, RunError> {
    let mut best: Option<Found> = None;
    for known in books.feeds(&name.mapping, &name.source).await? {
        if source.head_digest(known.head_bytes)? != Some(known.head_digest) {
            continue;
        }
        let ranges = books.feed_ranges(known.id).await?;
        if let Some((end, line)) = verify(source, ranges)? {
            best = best.into_iter().chain([Found { feed: known.id, end, line }]).max_by_key(|found| found.end);
        }
    }
    Ok(best)
}

/// Where the claimed parts end, without a gap; `None` when the content differs from what was claimed.
fn verify(source: &mut dyn CallSource, mut ranges: Vec<ClaimedRange>) -> Result<Option<(u64, u64)>, RunError> {
    ranges.sort_by_key(|claimed| (claimed.range.start, claimed.range.end));
    let (mut end, mut line) = (0, 1);
    for claimed in ranges {
        // Behind a gap lies what was voided: it is claimed again from there.
        if claimed.range.start > end {
            break;
        }
        if !is_given_up(&claimed.range, claimed.line_count) && !agrees(source, &claimed)? {
            return Ok(None);
        }
        if claimed.range.end > end {
            (end, line) = (claimed.range.end, claimed.first_line + claimed.line_count);
        }
    }
    Ok(Some((end, line)))
}

fn agrees(source: &mut dyn CallSource, claimed: &ClaimedRange) -> Result<bool, RunError> {
    match source.chunk(claimed.range.clone(), claimed.first_line) {
        Ok(chunk) => Ok(chunk.digest == claimed.digest),
        Err(Error::Damaged(_)) => Ok(false), // It is shorter, so it is another feed.
        Err(error) => Err(error.into()),
    }
}

/// Bytes without a line: an operator gave them up, and their claim stands for that alone.
pub(crate) const fn is_given_up(range: &Range<u64>, line_count: u64) -> bool {
    range.start < range.end && line_count == 0
}

/// Enters a feed that was never seen.
async fn enter<B: Books>(books: &B, source: &mut dyn CallSource, name: &FeedName) -> Result<i64, RunError> {
    let head_bytes = head_bytes(source)?;
    let head_digest = source.head_digest(head_bytes)?;
    let changed = || RunError::damaged(format!("{} became shorter while it was read; rate it again", name.path));
    let known = KnownFeed {
        id: 0,
        mapping: name.mapping.clone(),
        source: name.source.clone(),
        path: name.path.clone(),
        head_bytes,
        head_digest: head_digest.ok_or_else(changed)?,
    };
    Ok(books.add_feed(&known).await?)
}

/// How many bytes the front has, up to the most that names a feed. Its size may be unknown (compressed feeds).
fn head_bytes(source: &mut dyn CallSource) -> Result<u64, RunError> {
    let (mut there, mut beyond) = (0, HEAD_BYTES_MAX + 1);
    let mut tried = HEAD_BYTES_MAX;
    while beyond - there > 1 {
        match source.head_digest(tried)? {
            Some(_) => there = tried,
            None => beyond = tried,
        }
        tried = there.midpoint(beyond);
    }
    Ok(there)
}
