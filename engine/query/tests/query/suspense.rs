//! `suspense`: who waits, and in what words.

use crate::world::{ask, lines, small};
use didtron_query::Format;

#[tokio::test]
async fn shows_one_row_per_identity_that_waits() {
    let (_folder, session) = small().await;
    assert_eq!(
        ask(&session, Format::Csv, "select * from suspense order by id").await,
        "record,source,call_id,branch,start,reason,side,place,customer_charge,supplier_charge,first_seen,id,mapping,note\n\
         \"broken \u{fffd},line\",,,,,malformed_record,,calls.csv:2,,,2026-06-03T00:00:00Z,0-1-0,plain,start: not an \
         instant\n\
         \"c9,...\",switch-a,c9,,2026-06-01T09:00:00Z,no_rate,customer,calls.csv:4,,0.125000,2026-06-03T00:00:00Z,\
         0-1-2,plain,\n"
    );
}

#[tokio::test]
async fn counts_by_reason() {
    let (_folder, session) = small().await;
    let rows = lines(&session, "select reason, count(*) from suspense group by reason order by reason").await;
    assert_eq!(rows, ["malformed_record,1", "no_rate,1"]);
}
