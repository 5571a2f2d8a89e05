//! Random histories against a naive model in memory, and the speed of claim and settle.

use crate::{accrual, claim, furnished, request, settlement};
use didtron_books::{Books, Mode};
use didtron_domain::{Day, Side};
use didtron_ports::{Accrual, Books as _, Claim, ClaimOutcome, SettleOutcome};
use proptest::prelude::*;
use std::collections::BTreeMap;

/// What may happen; `who` is one of two owners of the same books.
#[derive(Clone, Debug)]
enum Step {
    Claim { who: usize },
    Settle { who: usize, at: usize, amounts: Vec<(u32, bool, u8, i64)> },
    Void { who: usize },
    Close { who: usize, day: u8 },
    Restart { who: usize },
}

fn step() -> impl Strategy<Value = Step> {
    let who = 0..2usize;
    let amounts = prop::collection::vec((1..3u32, any::<bool>(), 0..4u8, -50..100i64), 0..5);
    prop_oneof![
        6 => who.clone().prop_map(|who| Step::Claim { who }),
        6 => (who.clone(), 0..3usize, amounts).prop_map(|(who, at, amounts)| Step::Settle { who, at, amounts }),
        1 => who.clone().prop_map(|who| Step::Void { who }),
        2 => (who.clone(), 0..4u8).prop_map(|(who, day)| Step::Close { who, day }),
        1 => who.prop_map(|who| Step::Restart { who }),
    ]
}

const FIRST_DAY: i32 = 20_000;

/// The naive books: lists in memory.
#[derive(Default)]
struct Model {
    claims: Vec<Claim>,
    /// How many of them are behind the cursor.
    done: usize,
    closed: Option<i32>,
    money: BTreeMap<(u32, bool, i32), i64>,
}

impl Model {
    fn is_open(&self, accruals: &[Accrual]) -> bool {
        accruals.iter().all(|accrual| self.closed.is_none_or(|closed| accrual.day.0 > closed))
    }

    fn settle(&mut self, accruals: &[Accrual]) {
        self.done += 1;
        for accrual in accruals {
            let key = (accrual.carrier.0, accrual.side == Side::Customer, accrual.day.0);
            *self.money.entry(key).or_default() += accrual.amount;
        }
    }
}

async fn apply(step: Step, owners: &mut [Books; 2], dir: &std::path::Path, model: &mut Model) {
    match step {
        Step::Claim { who } => {
            let last = model.claims.last().map(|claim| claim.request.id.clone());
            let seq = model.claims.len() as u64;
            let asked = request(seq, &format!("claim_{seq}"), last.as_deref());
            let ClaimOutcome::Claimed(claim) = owners[who].claim(asked).await.unwrap() else { panic!("list moved on") };
            assert_eq!(claim.first_open_day.0, model.closed.map_or(-719_162, |closed| closed + 1));
            model.claims.push(claim);
        }
        Step::Settle { who, at, amounts } => {
            let Some(claim) = model.claims.get(model.done + at).cloned() else { return };
            let accruals: Vec<Accrual> = amounts.iter().map(|x| money(*x)).collect();
            let outcome = owners[who].settle(&settlement(claim, accruals.clone())).await;
            match (at, model.is_open(&accruals)) {
                (0, true) => {
                    assert_eq!(outcome.unwrap(), SettleOutcome::Settled);
                    model.settle(&accruals);
                }
                (0, false) => assert!(outcome.is_err()),
                _ => assert_eq!(outcome.unwrap(), SettleOutcome::Lost),
            }
        }
        Step::Void { who } => {
            assert_eq!(owners[who].void(0, "a step").await.unwrap(), model.claims[model.done..]);
            model.done = model.claims.len();
        }
        Step::Close { who, day } => {
            let day = FIRST_DAY + i32::from(day);
            let awaited = model.claims[model.done..].iter().any(|claim| claim.first_open_day.0 <= day);
            assert_eq!(owners[who].close_through(Day(day)).await.unwrap(), !awaited);
            if !awaited {
                model.closed = model.closed.max(Some(day));
            }
        }
        Step::Restart { who } => owners[who] = Books::open(dir, Mode::Writer).await.unwrap(),
    }
}

fn money((carrier, is_customer, day, amount): (u32, bool, u8, i64)) -> Accrual {
    let side = if is_customer { Side::Customer } else { Side::Supplier };
    let day = Day(FIRST_DAY + i32::from(day)).to_string();
    accrual(carrier, side, "EUR", &day, amount)
}

async fn check(books: &Books, model: &Model) {
    let accrued: BTreeMap<_, _> = books
        .accrued_by()
        .await
        .unwrap()
        .into_iter()
        .map(|total| ((total.carrier.0, total.side == Side::Customer, total.day.0), total.amount))
        .collect();
    let expected: BTreeMap<_, _> = model.money.iter().filter(|(_, x)| **x != 0).map(|(k, x)| (*k, *x)).collect();
    assert_eq!(accrued, expected);
    let balances = books.balances().await.unwrap();
    assert_eq!(balances.iter().map(|balance| balance.amount).sum::<i64>(), 0);
    let chain = books.verify_chain().await.unwrap();
    assert_eq!(chain.findings, Vec::<String>::new());
    let posted = expected.keys().filter(|key| model.closed.is_some_and(|closed| key.2 <= closed)).count();
    assert_eq!(chain.transaction_count, posted as u64);
    let state = books.partition(0).await.unwrap();
    assert_eq!(state.unsettled, model.claims[model.done..]);
    let cursor = model.done.checked_sub(1).map(|at| (at as u64, model.claims[at].request.id.clone()));
    assert_eq!(state.cursor, cursor);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, max_shrink_iters: 50, ..ProptestConfig::default() })]

    #[test]
    fn any_history_leaves_the_books_of_the_naive_model(steps in prop::collection::vec(step(), 1..25)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let (dir, one) = furnished().await;
            let mut owners = [one, Books::open(dir.path(), Mode::Writer).await.unwrap()];
            let mut model = Model::default();
            for step in steps {
                apply(step, &mut owners, dir.path(), &mut model).await;
            }
            check(&owners[0], &model).await;
            check(&owners[1], &model).await;
        });
    }
}

#[tokio::test]
async fn claims_and_settles_keep_pace() {
    let (_dir, books) = furnished().await;
    let accruals: Vec<Accrual> = (0..100).map(|n| money((1 + n % 2, n % 3 == 0, (n % 4) as u8, 5))).collect();
    let begin = std::time::Instant::now();
    let mut last: Option<String> = None;
    let count = 300;
    for seq in 0..count {
        let claimed = claim(&books, request(seq, &format!("claim_{seq}"), last.as_deref())).await;
        last = Some(claimed.request.id.clone());
        assert_eq!(books.settle(&settlement(claimed, accruals.clone())).await.unwrap(), SettleOutcome::Settled);
    }
    let took = begin.elapsed();
    println!("{count} batches: {took:?}, {:.0} a second", count as f64 / took.as_secs_f64());
    assert_eq!(books.partition(0).await.unwrap().cursor, Some((count - 1, format!("claim_{}", count - 1))));
}
