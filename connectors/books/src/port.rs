//! The books as the pipeline sees them: each call is one transaction.

use crate::open::Books;
use crate::transaction::{begin, begin_read, commit};
use crate::{claims, days, feeds, files, names, rerates, settle};
use didtron_domain::{Day, NameId};
use didtron_ports::{
    Claim, ClaimOutcome, ClaimRequest, ClaimedRange, Error, KnownFeed, PartitionState, Rerate, SettleOutcome,
    Settlement, StoredFile,
};

impl didtron_ports::Books for Books {
    async fn partition(&self, partition: u32) -> Result<PartitionState, Error> {
        let mut connection = self.reader().await?;
        let mut transaction = begin_read(&mut connection).await?;
        let state = claims::partition(&mut transaction, partition).await?;
        commit(transaction).await?;
        Ok(state)
    }

    async fn claim(&self, request: ClaimRequest) -> Result<ClaimOutcome, Error> {
        let mut writer = self.writer().await?;
        let mut transaction = begin(&mut writer.connection).await?;
        let outcome = claims::add(&mut transaction, request).await?;
        if let ClaimOutcome::Claimed(_) = outcome {
            commit(transaction).await?;
        }
        Ok(outcome)
    }

    async fn settle(&self, settlement: &Settlement) -> Result<SettleOutcome, Error> {
        settle::settle(self, settlement).await
    }

    async fn void(&self, partition: u32, note: &str) -> Result<Vec<Claim>, Error> {
        let mut writer = self.writer().await?;
        let mut transaction = begin(&mut writer.connection).await?;
        let voided = claims::void(&mut transaction, partition, note).await?;
        commit(transaction).await?;
        Ok(voided)
    }

    async fn feeds(&self, mapping: &str, source: &str) -> Result<Vec<KnownFeed>, Error> {
        feeds::named(&mut *self.reader().await?, mapping, source).await
    }

    async fn feed_ranges(&self, feed: i64) -> Result<Vec<ClaimedRange>, Error> {
        feeds::ranges(&mut *self.reader().await?, feed).await
    }

    async fn rerate(&self, number: i64) -> Result<Rerate, Error> {
        rerates::of_number(&mut *self.reader().await?, number).await
    }

    async fn rerate_ranges(&self, partition: u32, number: i64) -> Result<Vec<ClaimedRange>, Error> {
        rerates::ranges(&mut *self.reader().await?, partition, number).await
    }

    async fn rerate_batches(&self, partition: u32) -> Result<Vec<(u64, i64)>, Error> {
        rerates::batches(&mut *self.reader().await?, partition).await
    }

    async fn add_feed(&self, feed: &KnownFeed) -> Result<i64, Error> {
        let mut writer = self.writer().await?;
        let mut transaction = begin(&mut writer.connection).await?;
        let id = feeds::add(&mut transaction, feed).await?;
        commit(transaction).await?;
        Ok(id)
    }

    async fn live_files(&self, partition: u32) -> Result<Vec<StoredFile>, Error> {
        files::live(&mut *self.reader().await?, partition).await
    }

    async fn raise_first_open_day(&self, day: Day) -> Result<(), Error> {
        let mut writer = self.writer().await?;
        let mut transaction = begin(&mut writer.connection).await?;
        days::raise(&mut transaction, day).await?;
        commit(transaction).await
    }

    async fn close_through(&self, day: Day) -> Result<bool, Error> {
        let mut writer = self.writer().await?;
        let mut transaction = begin(&mut writer.connection).await?;
        let closed = days::close(&mut transaction, day).await?;
        if closed {
            commit(transaction).await?;
        }
        Ok(closed)
    }

    async fn intern(&self, names: &[String]) -> Result<Vec<NameId>, Error> {
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        // Most calls ask for names that are there: those need no transaction that writes.
        let known = names::find(&mut *self.reader().await?, &names).await?;
        let ids: Option<Vec<NameId>> = names.iter().map(|name| known.get(*name).copied()).collect();
        if let Some(ids) = ids {
            return Ok(ids);
        }
        let mut writer = self.writer().await?;
        let mut transaction = begin(&mut writer.connection).await?;
        let ids = names::intern(&mut transaction, &names).await?;
        commit(transaction).await?;
        Ok(ids)
    }
}
