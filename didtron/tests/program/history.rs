//! What a call cost before: corrections, re-rates and undos, in `explain --history` and in the views.

use crate::driver::World;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;

const DIFFERENCES: [&str; 3] = ["revenue_difference", "cost_difference", "margin_difference"];

fn json_of(world: &World, words: &[&str]) -> Value {
    serde_json::from_str(&world.succeeds("data", words)).expect("JSON")
}

fn ask(world: &World, query: &str) -> Vec<Value> {
    json_of(world, &["sql", query, "--format", "json"]).as_array().expect("rows").clone()
}

fn explain(world: &World, call: &str) -> Value {
    json_of(world, &["explain", call, "--history", "--json"])
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

/// A world whose customers and suppliers both pay otherwise since catalog version 2.
fn rated() -> World {
    let world = World::new(800);
    world.load("data");
    world.rate("data", &[]);
    let catalog = fs::read_to_string(world.top.path().join("world/catalog.toml")).expect("the catalog");
    let dearer: Vec<&str> = catalog.lines().filter(|line| !line.starts_with("min_charge")).collect();
    let dearer = dearer.join("\n").replace("[[plan]]", "[[plan]]\nmin_charge = \"0.75\"");
    fs::write(world.top.path().join("world/dearer.toml"), dearer).expect("written");
    world.succeeds("data", &["catalog", "load", &world.path("world/dearer.toml")]);
    world
}

/// An id of a call that both sides changed for.
fn both_changed(world: &World) -> String {
    let once = "select call_id from usage_history where in_force group by call_id having count(*) = 1";
    let query = format!(
        "select h.call_id from usage_history h join ({once}) o on h.call_id = o.call_id \
         where rerate = 'suppliers' and cost_difference <> 0 and h.call_id in \
         (select call_id from usage_history where rerate = 'customers' and revenue_difference <> 0) order by 1 limit 1"
    );
    text(&ask(world, &query)[0], "call_id").to_owned()
}

#[test]
fn sides_that_were_rated_apart_are_explained_apart() {
    let world = rated();
    world.succeeds("data", &["rerate", "--side", "customer", "--id", "customers"]);
    let half = ask(&world, "select call_id from usage_history where rerate = 'customers' and supplier is not null");
    let told = explain(&world, text(&half[0], "call_id"));
    assert_eq!(told["recomputed_equal"], true, "{told}");
    assert_eq!(told["in_force"]["customer_catalog_version"], 2, "{told}");
    assert_eq!(told["in_force"]["supplier_catalog_version"], 1, "{told}");
    let said = world.succeeds("data", &["explain", text(&half[0], "call_id")]);
    assert!(said.contains("version 2 for the customer's side and 1 for the supplier's: the same"), "{said}");

    world.succeeds("data", &["rerate", "--side", "supplier", "--id", "suppliers", "--catalog", "2"]);
    let call = both_changed(&world);
    let versions = |call: &str| {
        let told = explain(&world, call);
        assert_eq!(told["recomputed_equal"], true, "{told}");
        ["customer_catalog_version", "supplier_catalog_version"].map(|key| told["in_force"][key].clone())
    };
    assert_eq!(versions(&call), [json!(2), json!(2)]);
    world.succeeds("data", &["rerate", "--side", "customer", "--id", "back", "--catalog", "1"]);
    assert_eq!(versions(&call), [json!(1), json!(2)]);
    world.succeeds("data", &["rerate", "undo", "back"]);
    assert_eq!(versions(&call), [json!(2), json!(2)]);
    world.succeeds("data", &["rerate", "undo", "suppliers"]);
    world.succeeds("data", &["rerate", "undo", "undo-back"]);
    assert_eq!(versions(&call), [json!(1), json!(2)], "the suppliers' re-rate was no longer in force");

    let told = explain(&world, &call);
    let causes: Vec<&str> = told["ratings"].as_array().expect("ratings").iter().map(|r| text(r, "cause")).collect();
    assert_eq!(causes[causes.len() - 5..], ["rerate", "rerate", "rerate", "undo", "undo"], "{told}");
    let batches = world.succeeds("data", &["batch", "list", "--last", "0"]);
    assert!(batches.contains("re-rate suppliers") && batches.contains("re-rate undo-back"), "{batches}");
}

#[test]
fn the_history_of_a_call_is_what_the_view_has_of_it() {
    let world = rated();
    world.succeeds("data", &["rerate", "--id", "all"]);
    world.succeeds("data", &["rerate", "undo", "all"]);
    let (mut calls, mut causes) = (BTreeSet::new(), BTreeSet::new());
    for cause in ["correction", "undo"] {
        let query = format!("select call_id from usage_history where cause = '{cause}' order by 1 limit 4");
        calls.extend(ask(&world, &query).iter().map(|row| text(row, "call_id").to_owned()));
    }
    for call in calls {
        let told = explain(&world, &call);
        // Another call may have the id; its ratings are no part of this one's history.
        let Some(ratings) = told["ratings"].as_array() else { continue };
        let query = format!("select * from usage_history where call_id = '{call}' order by seq, row");
        let rows = ask(&world, &query);
        assert_eq!(ratings.len(), rows.len(), "{told}");
        for (rating, row) in ratings.iter().zip(&rows) {
            for key in ["cause", "rerate", "catalog_version", "posting_day", "in_force", "revenue", "cost", "margin"] {
                assert_eq!(rating[key], row[key], "{key} of {call}");
            }
            for key in DIFFERENCES {
                assert_eq!(rating[key], row[key], "{key} of {call}");
            }
            causes.insert(text(rating, "cause").to_owned());
        }
        let said = world.succeeds("data", &["explain", &call, "--history"]);
        assert!(said.contains("claimed at") && said.contains("change"), "{said}");
    }
    assert!(["correction", "first", "rerate", "undo"].iter().all(|cause| causes.contains(*cause)), "{causes:?}");
    let history = "select sum(revenue_difference) r, sum(cost_difference) c from usage_history";
    let current = "select sum(revenue) r, sum(cost) c from usage_current";
    assert_eq!(ask(&world, history), ask(&world, current));
}
