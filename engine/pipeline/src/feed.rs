//! Files and streams, known by their content and never by their name: found again, verified, continued.

use crate::desk::{Desk, Input, Order, Task, is_given_up};
use crate::error::{RunError, Stop};
use crate::feeder::Feeder;
use crate::outside::Outside;
use crate::report::{Progress, RunReport};
use crate::run::Pipeline;
use didtron_ports::{Books, CallSource, ClaimedRange, Error, Feed, KnownFeed};

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
        self.work(&mut FileFeeder { source, name, entry: None }, progress).await
    }

    /// [`Pipeline::rate`] for many feeds in their order. The next one is read while the last batches of the one before
    /// are still written and settled.
    pub async fn rate_all(
        &mut self,
        feeds: &mut dyn Feeds,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<RunReport, RunError> {
        self.work(&mut FilesFeeder { feeds, current: None, upcoming: None }, progress).await
    }
}

/// A feed that was opened, and its name.
pub type NamedFeed = (Box<dyn CallSource>, FeedName);

/// Feeds one after the other, each opened when the one before was read to its end, or seems to be.
pub trait Feeds {
    /// The next one; `None` after the last.
    fn next(&mut self) -> Result<Option<NamedFeed>, Error>;

    /// Whether it can be opened without waiting for somebody to write it.
    fn is_at_hand(&self) -> bool;
}

struct FilesFeeder<'a> {
    feeds: &'a mut dyn Feeds,
    current: Option<OpenFeed>,
    /// Opened while the last batch of the one before is worked on; an error waits for its turn.
    upcoming: Option<Result<OpenFeed, Stop>>,
}

impl FilesFeeder<'_> {
    /// Opens the next feed, if there is one, and reads its front.
    async fn open<O: Outside>(&mut self, desk: &mut Desk<'_, O>) -> Result<Option<OpenFeed>, Stop> {
        let Some((source, name)) = self.feeds.next()? else { return Ok(None) };
        let mut feed = OpenFeed { source, name, entry: None };
        feed.begin(desk).await?;
        Ok(Some(feed))
    }

    /// Opens the next feed ahead of its turn.
    async fn look_ahead<O: Outside>(&mut self, desk: &mut Desk<'_, O>) {
        if self.upcoming.is_none() && self.feeds.is_at_hand() {
            self.upcoming = self.open(desk).await.transpose();
            if let Some(Ok(feed)) = &mut self.upcoming {
                feed.source.read_ahead(desk.settings.batch_rows());
            }
        }
    }
}

/// The feed that is being read.
struct OpenFeed {
    source: Box<dyn CallSource>,
    name: FeedName,
    entry: Option<Entry>,
}

impl OpenFeed {
    async fn begin<O: Outside>(&mut self, desk: &mut Desk<'_, O>) -> Result<(), Stop> {
        let mut feeder = FileFeeder { source: &mut *self.source, name: &self.name, entry: self.entry };
        feeder.begin(desk).await?;
        self.entry = feeder.entry;
        Ok(())
    }

    async fn next<O: Outside>(&mut self, desk: &mut Desk<'_, O>) -> Result<Option<Task>, Stop> {
        let mut feeder = FileFeeder { source: &mut *self.source, name: &self.name, entry: self.entry };
        let task = feeder.next(desk).await?;
        self.entry = feeder.entry;
        Ok(task)
    }
}

impl<O: Outside> Feeder<O> for FilesFeeder<'_> {
    async fn begin(&mut self, desk: &mut Desk<'_, O>) -> Result<(), Stop> {
        for feed in self.current.iter_mut().chain(self.upcoming.iter_mut().flatten()) {
            feed.begin(desk).await?;
        }
        Ok(())
    }

    async fn next(&mut self, desk: &mut Desk<'_, O>) -> Result<Option<Task>, Stop> {
        loop {
            if let Some(current) = &mut self.current {
                if let Some(task) = current.next(desk).await? {
                    // It grew after its end: what is upcoming may be the same content, and then begins later.
                    if let Some(Ok(upcoming)) = &mut self.upcoming {
                        upcoming.begin(desk).await?;
                    }
                    if task.claim.request.line_count < desk.settings.batch_rows() as u64 {
                        self.look_ahead(desk).await;
                    }
                    return Ok(Some(task));
                }
                self.current = None;
            }
            self.current = match self.upcoming.take() {
                Some(feed) => Some(feed?),
                None => self.open(desk).await?,
            };
            if self.current.is_none() {
                return Ok(None);
            }
        }
    }
}

/// What the books know of a feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Entry {
    /// Its id.
    Known(i64),
    /// Nothing yet: it is entered with its first batch, under its front.
    New(Head),
}

/// So many bytes of a feed's front, and their digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Head {
    bytes: u64,
    digest: [u8; 32],
}

struct FileFeeder<'a> {
    source: &'a mut dyn CallSource,
    name: &'a FeedName,
    /// `None` before it was looked for.
    entry: Option<Entry>,
}

impl<O: Outside> Feeder<O> for FileFeeder<'_> {
    async fn begin(&mut self, desk: &mut Desk<'_, O>) -> Result<(), Stop> {
        let found = find(desk.outside.books(), self.source, self.name).await?;
        let (offset, line) = found.as_ref().map_or((0, 1), |found| (found.end, found.line));
        self.entry = Some(match found {
            Some(found) => Entry::Known(found.feed),
            None => Entry::New(head(self.source, self.name)?),
        });
        self.source.seek(offset, line)?;
        Ok(())
    }

    async fn next(&mut self, desk: &mut Desk<'_, O>) -> Result<Option<Task>, Stop> {
        self.source.leave(desk.flight.take_calls());
        self.source.read_ahead(desk.settings.batch_rows());
        desk.prepare().await;
        let Some(next) = self.source.next_decoded(desk.settings.batch_rows())? else { return Ok(None) };
        let feed = match self.entry.expect("a feeder begins before it is asked") {
            Entry::Known(feed) => feed,
            Entry::New(head) => enter(desk.outside.books(), self.name, head).await?,
        };
        self.entry = Some(Entry::Known(feed));
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

/// Enters a feed that was never seen.
async fn enter<B: Books>(books: &B, name: &FeedName, head: Head) -> Result<i64, RunError> {
    let known = KnownFeed {
        id: 0,
        mapping: name.mapping.clone(),
        source: name.source.clone(),
        path: name.path.clone(),
        head_bytes: head.bytes,
        head_digest: head.digest,
    };
    Ok(books.add_feed(&known).await?)
}

/// The front that a feed is known by.
fn head(source: &mut dyn CallSource, name: &FeedName) -> Result<Head, RunError> {
    let bytes = head_bytes(source)?;
    let digest = source.head_digest(bytes)?;
    let changed = || RunError::damaged(format!("{} became shorter while it was read; rate it again", name.path));
    Ok(Head { bytes, digest: digest.ok_or_else(changed)? })
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
