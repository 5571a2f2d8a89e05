//! The full decks as written: sizes, nesting, prices and margins like those of real ones.

use crate::World;
use crate::catalog::Catalog;
use std::collections::HashMap;
use std::fs;

/// Nano-units of decimal text.
fn nano(text: &str) -> i64 {
    let (whole, fraction) = text.split_once('.').expect("a decimal point");
    format!("{whole}{fraction:0<9}").parse().expect("digits")
}

#[test]
fn full_decks_look_like_real_ones() {
    let world = World::new(10, 5, 20_000);
    let catalog = Catalog::read(world.path());
    let (sell, buy) = (&catalog.decks["atoz-sell"].versions, &catalog.decks["atoz-buy"].versions);
    assert_eq!(sell[0].len(), 20_000);
    assert!((19_200..19_600).contains(&buy[0].len()), "{}", buy[0].len());
    assert!(buy[0].keys().all(|prefix| sell[0].contains_key(prefix)));
    let status = |status: &str| sell[0].values().filter(|row| row.status == status).count();
    assert!(status("blocked") > 5 && status("closed") > 20);
    let from = |day: &str| sell[0].values().filter(|row| row.from.starts_with(day)).count();
    assert!(from("2026-01") > 10_000 && from("2026-04") > 5_000 && from("2026-09") > 500);
    let changes = |rows: &HashMap<_, _>| (400..1500).contains(&rows.len());
    assert!(changes(&sell[1]) && changes(&buy[1]));
    let fine = sell[0].values().filter(|row| row.rate.len() >= "0.12345678".len()).count();
    assert!(fine > 500, "{fine} prices have 8 decimals");
    let lengths = sell[0].keys().map(String::len);
    assert!(lengths.clone().max().is_some_and(|most| most <= 10) && lengths.min() == Some(1));
}

#[test]
fn prefixes_nest_as_in_real_decks() {
    let world = World::new(10, 6, 30_000);
    let catalog = Catalog::read(world.path());
    let rows = &catalog.decks["atoz-sell"].versions[0];
    let mut by_ancestors = [0usize; 8];
    let mut like_parent = 0;
    for (prefix, row) in rows {
        let above: Vec<_> = (1..prefix.len()).rev().filter_map(|length| rows.get(&prefix[..length])).collect();
        by_ancestors[above.len()] += 1;
        like_parent += usize::from(above.len() > 1 && above[0].rate == row.rate);
    }
    // Below the country: none, one, two, and more rows above.
    let share = |rows: usize| rows * 100 / 30_000;
    let [none, one, two] = [1, 2, 3].map(|above| share(by_ancestors[above]));
    assert!((25..45).contains(&none) && (45..65).contains(&one) && (5..13).contains(&two), "{by_ancestors:?}");
    assert!((8..20).contains(&share(like_parent)), "{like_parent}");
}

#[test]
fn margins_are_small_and_some_routes_lose() {
    let world = World::new(10, 7, 20_000);
    let catalog = Catalog::read(world.path());
    let (sell, buy) = (&catalog.decks["atoz-sell"].versions[0], &catalog.decks["atoz-buy"].versions[0]);
    let open = sell.iter().filter(|(_, row)| !row.rate.is_empty());
    let pairs: Vec<(i64, i64)> = open
        .filter_map(|(prefix, row)| {
            Some((nano(&row.rate), nano(&buy.get(prefix).filter(|b| !b.rate.is_empty())?.rate)))
        })
        .collect();
    let losing = pairs.iter().filter(|(sold, bought)| bought > sold).count() * 1000 / pairs.len();
    assert!((15..50).contains(&losing), "{losing} of 1000 routes lose");
    let margins: i64 = pairs.iter().map(|(sold, bought)| (sold - bought) * 1000 / sold).sum();
    let mean = margins / i64::try_from(pairs.len()).expect("few");
    assert!((40..130).contains(&mean), "{mean} per mille");
}

#[test]
fn carriers_have_decks_of_their_own_over_the_full_ones() {
    let world = World::new(10, 8, 3000);
    let catalog = Catalog::read(world.path());
    assert_eq!(catalog.decks.len(), 32);
    let own = catalog.decks.iter().filter(|(name, _)| !name.starts_with("atoz"));
    for (name, deck) in own {
        let full = if deck.direction == "customer" { "atoz-sell" } else { "atoz-buy" };
        let layers = catalog.trunks.values().flat_map(|trunk| &trunk.services).flat_map(|service| &service.plans);
        assert!(layers.into_iter().any(|(_, _, decks)| *decks == [name.as_str(), full]), "{name} over {full}");
        assert!((20..=200).contains(&deck.versions[0].len()), "{name}");
    }
    let trunks = |way: &str| catalog.trunks.values().filter(|trunk| trunk.direction == way).count();
    assert_eq!((trunks("ingress"), trunks("egress")), (20, 10));
    assert_eq!(fs::read_dir(world.path().join("decks")).expect("decks").count(), 34);
}
