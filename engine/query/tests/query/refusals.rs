//! What is not answered, and how that is said.

use crate::world::{ask, small};
use didtron_query::{Error, Format, Session};

async fn refusal(session: &Session, sql: &str) -> String {
    match session.sql(sql).await {
        Err(e @ Error::Statement(_)) => e.to_string(),
        Err(e) => panic!("{sql}: {e}"),
        Ok(_) => panic!("{sql} was answered"),
    }
}

#[tokio::test]
async fn what_would_change_or_write_is_refused() {
    let (_folder, session) = small().await;
    for sql in [
        "create table t as select * from usage",
        "create view v as select 1",
        "create external table t stored as csv location '/etc/passwd'",
        "drop table usage",
        "drop view usage",
        "insert into usage values (1)",
        "update usage set sign = 1",
        "delete from usage",
        "copy usage to 'usage.csv'",
        "copy (select 1) to 'one.parquet'",
        "set datafusion.execution.batch_size = 1",
        "begin",
        "prepare p as select 1",
        "explain insert into usage select * from usage",
        "select * into t from usage",
        "truncate table usage",
    ] {
        let text = refusal(&session, sql).await;
        assert!(text.contains("only queries") || text.contains("cannot run"), "{sql}: {text}");
        assert!(session.sql("select count(*) from usage").await.is_ok());
    }
}

#[tokio::test]
async fn mistakes_are_named() {
    let (_folder, session) = small().await;
    for (sql, hint) in [
        ("select margn from usage", "margn"),
        ("select * from usages", "usages"),
        ("selec 1", "selec"),
        ("select 1; select 2", "single SQL statement"),
        ("", "No SQL statements"),
        ("select * from '/etc/passwd'", "/etc/passwd"),
    ] {
        let text = refusal(&session, sql).await;
        assert!(text.contains(hint), "{sql}: {text}");
    }
}

#[tokio::test]
async fn a_query_may_look_around() {
    let (_folder, session) = small().await;
    let tables = ask(&session, Format::Csv, "show tables").await;
    let views = "usage usage_current usage_history margin_by_minute margin_by_route decks carriers suspense";
    for view in views.split(' ') {
        assert!(tables.contains(&format!("didtron,public,{view},")), "{view}: {tables}");
    }
    let described = ask(&session, Format::Csv, "describe usage_current").await;
    assert!(described.contains("customer_rate_per_min,\"Decimal128(18, 9)\",YES"), "{described}");
    assert!(ask(&session, Format::Csv, "explain select * from usage").await.contains("DataSourceExec"));
    let with = "with worst as (select margin from usage_current order by 1 limit 1) select * from worst";
    assert_eq!(ask(&session, Format::Csv, with).await, "margin\n-0.300000\n");
}

#[tokio::test]
async fn what_cannot_be_computed_breaks_off_with_a_reason() {
    let (_folder, session) = small().await;
    let mut out = Vec::new();
    let answer = session.sql("select 1 / (row - row) from usage").await.unwrap();
    let error = answer.write(Format::Csv, &mut out).await.unwrap_err();
    assert!(matches!(&error, Error::Query(why) if why.contains("Divide by zero")), "{error}");
}
