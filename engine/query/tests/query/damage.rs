//! Files that are not as the books say, and a store that has none.

use crate::world::{World, ask, lines};
use didtron_query::{Error, Format, Report, Session};
use std::fs;

#[tokio::test]
async fn an_empty_store_has_empty_views_with_all_columns() {
    let world = World::empty();
    let source = didtron_query::Source { root: world.folder.path().join("not-made-yet"), ..world.source() };
    let session = Session::open(source, 2).await.unwrap();
    for view in ["usage", "usage_current", "usage_history", "margin_by_minute", "margin_by_route", "suspense"] {
        let text = ask(&session, Format::Csv, &format!("select * from {view}")).await;
        assert_eq!(text.lines().count(), 1, "{view}");
        assert!(text.contains(','), "{view}");
    }
    assert_eq!(lines(&session, "select count(*), sum(margin) from usage_current").await, ["0,"]);
    assert!(session.report(&Report::by_route()).await.unwrap().rows.is_empty());
}

#[tokio::test]
async fn a_missing_file_is_named() {
    let world = World::new().await;
    let path = &world.files[0].path;
    fs::remove_file(world.folder.path().join(path)).unwrap();
    let error = Session::open(world.source(), 2).await.unwrap_err();
    assert!(matches!(&error, Error::Damaged(_)), "{error}");
    let text = error.to_string();
    assert!(text.contains(path) && text.contains("restore"), "{text}");
}

#[tokio::test]
async fn a_file_that_goes_missing_later_is_named_too() {
    let world = World::new().await;
    let session = world.session().await;
    let path = &world.files[0].path;
    fs::remove_file(world.folder.path().join(path)).unwrap();
    let error = failure(&session, "select sum(margin) from usage").await;
    assert!(matches!(&error, Error::Damaged(text) if text.contains(path) && text.contains("restore")), "{error}");
    let error = failure(&session, "select sum(margin) from usage_current").await;
    assert!(matches!(&error, Error::Damaged(text) if text.contains(path)), "{error}");
}

#[tokio::test]
async fn a_file_of_another_length_is_named() {
    let world = World::new().await;
    let path = world.folder.path().join(&world.files[0].path);
    let bytes = fs::read(&path).unwrap();
    fs::write(&path, &bytes[..bytes.len() - 1]).unwrap();
    let text = Session::open(world.source(), 2).await.unwrap_err().to_string();
    assert!(text.contains(&world.files[0].path) && text.contains("the books say"), "{text}");
}

#[tokio::test]
async fn a_file_with_other_bytes_is_named_and_nothing_panics() {
    let world = World::new().await;
    let path = world.folder.path().join(&world.files[0].path);
    let bytes = fs::read(&path).unwrap();
    let mut spoilt = bytes.clone();
    let middle = bytes.len() / 4;
    spoilt[4..middle].fill(0xff);
    fs::write(&path, spoilt).unwrap();
    let session = world.session().await;
    let error = failure(&session, "select * from usage").await;
    assert!(matches!(&error, Error::Damaged(text) if text.contains(&world.files[0].path)), "{error}");
    let mut spoilt = bytes.clone();
    spoilt[bytes.len() - 200..].fill(0);
    fs::write(&path, spoilt).unwrap();
    let session = world.session().await;
    let error = failure(&session, "select * from usage").await;
    assert!(matches!(&error, Error::Damaged(text) if text.contains(&world.files[0].path)), "{error}");
}

#[tokio::test]
async fn a_name_that_the_books_lack_is_damage() {
    let world = World::new().await;
    let mut source = world.source();
    source.names.truncate(2);
    let session = Session::open(source, 2).await.unwrap();
    let error = failure(&session, "select customer_service from usage").await;
    assert!(matches!(&error, Error::Damaged(text) if text.contains("holds 4 as name")), "{error}");
    assert_eq!(lines(&session, "select distinct source from usage").await, ["switch-a"]);
}

async fn failure(session: &Session, sql: &str) -> Error {
    match session.sql(sql).await {
        Err(e) => e,
        Ok(answer) => answer.write(Format::Csv, &mut Vec::new()).await.unwrap_err(),
    }
}
