//! Catalog versions, deck versions and mappings.

use crate::fresh;
use didtron_books::{Books, ChangeCounts, MappingKind, Mode, NewDeckVersion};
use didtron_domain::Instant;
use didtron_domain::catalog::CatalogSpec;
use didtron_domain::deck::VersionMode;
use didtron_ports::{Books as _, Error};
use didtron_schemas::catalog_file;

const AT: Instant = Instant(1_780_000_000_000_000);

pub(crate) fn spec() -> CatalogSpec {
    let text = "base_currency = \"USD\"\n\
        [[deck]]\nname = \"base\"\ndirection = \"customer\"\ncurrency = \"USD\"\nversions = []\n\
        [[plan]]\nname = \"retail\"\ndecks = [\"base\"]\n\
        [[carrier]]\nname = \"acme\"\nkind = \"customer\"\nbilling_model = \"wholesaler\"\ncurrency = \"EUR\"\n\
        [[interconnect]]\nname = \"acme-in\"\ncarrier = \"acme\"\ndirection = \"ingress\"\n\
        [[service]]\nname = \"acme-1\"\ninterconnect = \"acme-in\"\ndirection = \"ingress\"\nplan = \"retail\"\n";
    catalog_file::parse(text).unwrap().spec
}

fn deck(csv: &str, mode: VersionMode, effective: Option<i64>) -> NewDeckVersion {
    NewDeckVersion {
        deck: "base".to_owned(),
        mode,
        effective: effective.map(Instant),
        csv: csv.as_bytes().to_vec(),
        row_count: 1,
        imported_at: AT,
        source_file: "base.csv".to_owned(),
    }
}

#[tokio::test]
async fn the_same_catalog_is_the_same_version() {
    let (dir, books) = fresh().await;
    assert_eq!(books.newest().await.unwrap(), None);
    let mut spec = spec();
    let first = books.publish(&spec, AT).await.unwrap();
    assert_eq!((first.number, first.is_new, first.changes.added), (1, true, 6));
    let again = books.publish(&spec, Instant(AT.0 + 1)).await.unwrap();
    assert_eq!((again.number, again.is_new, again.changes), (1, false, ChangeCounts::default()));
    let old = spec.clone();
    spec.plans[0].policies.decimals = 4;
    spec.carriers[0].name = "other".to_owned();
    let second = books.publish(&spec, AT).await.unwrap();
    assert_eq!((second.number, second.changes), (2, ChangeCounts { added: 1, changed: 1, removed: 1 }));
    let third = books.publish(&old, AT).await.unwrap();
    assert_eq!((third.number, third.is_new), (3, true), "going back is a version of its own");
    books.close().await.unwrap();
    let books = Books::open(dir.path(), Mode::Reader).await.unwrap();
    assert_eq!(books.catalog(1).await.unwrap(), Some(old.clone()));
    assert_eq!(books.catalog(2).await.unwrap(), Some(spec));
    assert_eq!(books.catalog(4).await.unwrap(), None);
    let (version, newest) = books.newest().await.unwrap().unwrap();
    assert_eq!((version.number, newest), (3, old));
    let versions = books.versions().await.unwrap();
    assert_eq!(versions.iter().map(|version| version.number).collect::<Vec<_>>(), [1, 2, 3]);
    assert_eq!((versions[0].digest, versions[0].published_at), (versions[2].digest, AT));
}

#[tokio::test]
async fn publishing_gives_names_their_ids() {
    let (_dir, books) = fresh().await;
    books.publish(&spec(), AT).await.unwrap();
    let mut names: Vec<_> = books.names().await.unwrap().into_iter().map(|(_, name)| name).collect();
    names.sort();
    assert_eq!(names, ["acme", "acme-1", "acme-in", "base", "retail"]);
    assert_eq!(books.intern(&["acme".to_owned()]).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_catalog_names_stored_deck_versions_only() {
    let (_dir, books) = fresh().await;
    let mut spec = spec();
    spec.decks[0].versions = vec![1];
    let error = books.publish(&spec, AT).await.unwrap_err();
    assert!(matches!(&error, Error::Damaged(text) if text.contains("deck base has no version 1")), "{error}");
    assert_eq!(books.names().await.unwrap(), [], "a refused catalog leaves nothing");
    books.add_deck_version(deck("a", VersionMode::Full, None)).await.unwrap();
    assert_eq!(books.publish(&spec, AT).await.unwrap().number, 1);
}

#[tokio::test]
async fn deck_versions_are_known_by_content_mode_and_time() {
    let (dir, books) = fresh().await;
    let csv = "prefix,destination\n49,Germany\n".repeat(1000);
    let (first, is_new) = books.add_deck_version(deck(&csv, VersionMode::Full, None)).await.unwrap();
    assert_eq!((first.number, is_new, first.object_path.as_str()), (1, true, "decks/base/1.csv.zst"));
    for (number, version) in [
        (2, deck(&csv, VersionMode::Delta, None)),
        (3, deck(&csv, VersionMode::Full, Some(5))),
        (4, deck("other", VersionMode::Full, None)),
    ] {
        let (info, is_new) = books.add_deck_version(version.clone()).await.unwrap();
        assert_eq!((info.number, is_new), (number, true));
        let (known, is_new) = books.add_deck_version(version).await.unwrap();
        assert_eq!((known, is_new), (info, false));
    }
    let (same, is_new) = books.add_deck_version(deck(&csv, VersionMode::Full, None)).await.unwrap();
    assert_eq!((&same, is_new), (&first, false));
    let mut other = deck("x", VersionMode::Full, None);
    other.deck = "../Sneaky".to_owned();
    let (info, _) = books.add_deck_version(other).await.unwrap();
    assert_eq!((info.number, info.object_path.as_str()), (1, "decks/%2e%2e%2f%53neaky/1.csv.zst"));
    assert_eq!(books.deck_csv(&first).await.unwrap(), csv.as_bytes());
    assert!(std::fs::metadata(dir.path().join(&first.object_path)).unwrap().len() < 1000, "objects are compressed");
    assert_eq!(books.deck_versions("base").await.unwrap().len(), 4);
    assert_eq!(books.all_deck_versions().await.unwrap().len(), 5);
    assert_eq!(books.deck_versions("none").await.unwrap(), []);
}

#[tokio::test]
async fn a_deck_that_is_not_what_was_imported_is_damage() {
    let (dir, books) = fresh().await;
    let (info, _) = books.add_deck_version(deck("prefix\n49\n", VersionMode::Full, None)).await.unwrap();
    let path = dir.path().join(&info.object_path);
    std::fs::write(&path, zstd::encode_all(&b"prefix\n48\n"[..], 3).unwrap()).unwrap();
    let error = books.deck_csv(&info).await.unwrap_err();
    assert!(matches!(&error, Error::Damaged(text) if text.contains("its digest differs")), "{error}");
    std::fs::remove_file(&path).unwrap();
    let error = books.deck_csv(&info).await.unwrap_err();
    assert!(matches!(error, Error::Unavailable { .. }), "{error}");
}

#[tokio::test]
async fn mappings_keep_their_versions() {
    let (_dir, books) = fresh().await;
    assert_eq!(books.mapping(MappingKind::Calls, "switch", None).await.unwrap(), None);
    assert_eq!(books.save_mapping(MappingKind::Calls, "switch", "a = 1", AT).await.unwrap(), 1);
    assert_eq!(books.save_mapping(MappingKind::Calls, "switch", "a = 1", AT).await.unwrap(), 1);
    assert_eq!(books.save_mapping(MappingKind::Calls, "switch", "a = 2", AT).await.unwrap(), 2);
    assert_eq!(books.save_mapping(MappingKind::Deck, "switch", "b = 1", AT).await.unwrap(), 1);
    let text = |found: Option<didtron_books::SavedMapping>| found.unwrap().text;
    assert_eq!(text(books.mapping(MappingKind::Calls, "switch", None).await.unwrap()), "a = 2");
    assert_eq!(text(books.mapping(MappingKind::Calls, "switch", Some(1)).await.unwrap()), "a = 1");
    let list: Vec<_> = books.mappings().await.unwrap().into_iter().map(|m| (m.kind, m.name, m.number)).collect();
    let name = || "switch".to_owned();
    assert_eq!(list, [(MappingKind::Calls, name(), 2), (MappingKind::Deck, name(), 1)]);
}
