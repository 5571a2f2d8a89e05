//! An import never guesses about money: what is refused, where the finding points, and what single rows cost.

use crate::shown::{assert_found, assert_noted, assert_rows, builtin, findings, head, mapping, read, rows};
use didtron_domain::Instant;
use didtron_sheets::{Scope, SheetFile, read_deck};

#[test]
fn ambiguous_decimal_signs() {
    let price = |a: &str, b: &str| format!("Code;Destination;Rate\n49;Germany;{a}\n33;France;{b}\n");
    assert_rows(&read(&price("0,05", "1,234"), None), &["2: 49 Germany | 0.05 | 1/1", "3: 33 France | 1.234 | 1/1"]);
    assert_rows(&read(&price("0.05", "1.234"), None), &["2: 49 Germany | 0.05 | 1/1", "3: 33 France | 1.234 | 1/1"]);
    for (a, b, word) in [
        ("1,234", "2,500", "may be thousands or have decimals"),
        ("1.234", "2", "may be thousands or have decimals"),
        ("0.05", "1,234", "the comma may separate thousands or decimals"),
        ("0,05", "1.234", "the point may separate thousands or decimals"),
        ("0.05", "0,06", "some prices have a decimal point and this one a decimal comma"),
    ] {
        let reading = read(&price(a, b), None);
        assert_found(&reading, word);
        assert!(reading.rows.is_empty() && !reading.is_importable(true), "{a} {b}");
        assert_eq!(reading.findings[0].column, "Rate");
    }
    let comma = mapping("[prices]\ndecimal_sign = 'comma'");
    assert_rows(
        &read(&price("1,234", "2,500"), Some(&comma)),
        &["2: 49 Germany | 1.234 | 1/1", "3: 33 France | 2.5 | 1/1"],
    );
    assert_eq!(rows(&read("Code,Destination,Rate\n49,Germany,\"0,05\"\n", None)), ["2: 49 Germany | 0.05 | 1/1"]);
}

#[test]
fn ambiguous_dates() {
    let dated =
        |a: &str, b: &str| format!("Code,Destination,Rate,Effective Date\n49,Germany,0.1,{a}\n33,France,0.1,{b}\n");
    let reading = read(&dated("03/04/2027", "2027-05-01"), None);
    assert_eq!(
        findings(&reading),
        [
            "row 2, column Effective Date: \"03/04/2027\": may begin with the day or the month, and no date proves which; \
          say in a mapping whether dates.order is day_first or month_first"
        ]
    );
    assert_eq!(reading.findings[0].scope, Scope::File);
    assert_found(&read(&dated("13/04/2027", "04/13/2027"), None), "this one with the month");
    let proved = read(&dated("03/04/2027", "13/04/2027"), None);
    assert_eq!(rows(&proved)[0], "2: 49 Germany | 0.1 | 1/1 | 2027-04-03T00:00:00Z..");
    let american = mapping("[dates]\norder = 'month_first'");
    assert_eq!(
        rows(&read(&dated("03/04/2027", "03/31/2027"), Some(&american)))[0],
        "2: 49 Germany | 0.1 | 1/1 | 2027-03-04T00:00:00Z.."
    );
    let refused = read(&dated("2026-01-01", "2027-01-01"), Some(&mapping("[dates]\npast = 'refuse'")));
    assert_found(&refused, "row 2, column Effective Date: \"2026-01-01\": lies in the past");
}

#[test]
fn several_columns_for_one_field() {
    assert_found(
        &read("Code,Destination,Rate Peak,Rate Off-peak\n44,UK,0.01,0.005\n", None),
        "column Rate Peak, Rate Off-peak: several columns could be a price",
    );
    assert_found(&read("Code,Prefix,Destination,Rate\n44,44,UK,0.01\n", None), "several columns could be prefix");
    assert_found(&read("Code,Name,Interstate,Rate\n1201,NJ,0.01,0.01\n", None), "prices by state need all three");
    let codes = "Country Code,Dial Code,Destination,Rate\n34,346,Spain,0.01\n";
    assert_found(
        &read(codes, None),
        "column Country Code, Dial Code: the codes may begin with the country code or lack it",
    );
    let whole = mapping("[columns]\nprefix = 'Dial Code'\ndestination = 'Destination'\nrate = 'Rate'");
    assert_rows(&read(codes, Some(&whole)), &["2: 346 Spain | 0.01 | 1/1"]);
    let twice = mapping("[columns]\nprefix = 'Code'\ndestination = 'Name'\nrate = 'Rate'");
    assert_found(&read("Code,Name,Rate,Rate\n44,UK,0.01,0.02\n", Some(&twice)), "two columns of this name");
    assert_found(&read("Code,Name,Price\n44,UK,0.01\n", Some(&twice)), "lacks rate");
}

#[test]
fn everything_wrong_at_once_and_good_rows_beside_it() {
    let text = "Code,Destination,Rate,Billing,Status,Connection Fee\n\
        49,Germany,0.01,60/1,,\n\
        4x,Germany,0.01,60/1,,\n\
        491,Germany,-0.01,60/1,,-1\n\
        492,Germany,31,0/0,,\n\
        493,Germany,0.0000000001,60/x,,\n\
        494,,0.01,60/1,pending,\n\
        495,Germany,,60/1,,\n\
        496,Germany,,,Blocked,\n\
        ,Germany,0.01,60/1,,\n\
        497,Germany,1e-2,60/1,,\n\
        33,France,0.02,60/1,,\n\
        34-35,Spain,0.02,60/1,,\n\
        33,France,0.03,60/1,,\n";
    let reading = read(text, Some(&mapping("[codes]\nhyphen = 'refuse'")));
    assert_eq!(rows(&reading), ["2: 49 Germany | 0.01 | 60/1", "9: 496 Germany | blocked"]);
    let mut found: Vec<(u64, &str)> =
        reading.findings.iter().map(|f| (f.row.expect("a row"), f.column.as_str())).collect();
    found.sort_unstable();
    assert_eq!(
        found,
        [
            (3, "Code"),
            (4, "Connection Fee"),
            (4, "Rate"),
            (5, "Billing"),
            (5, "Rate"),
            (6, "Billing"),
            (6, "Rate"),
            (7, "Destination"),
            (7, "Status"),
            (8, "Rate"),
            (10, "Code"),
            (11, "Rate"),
            (12, "prefix"),
            (13, "Code"),
            (14, "prefix"),
        ]
    );
    assert!(reading.is_importable(true) && !reading.is_importable(false));
}

#[test]
fn the_same_prefix_twice_unless_the_dates_follow_each_other() {
    let text = "Code,Destination,Rate,Effective From,Effective To\n\
        49,Germany,0.1,2026-10-01,2026-11-01\n49,Germany,0.2,2026-11-01,\n\
        \"33,331\",France,0.1,2026-10-01,2026-11-02\n33,France,0.2,2026-11-01,\n";
    let reading = read(text, None);
    assert_eq!(rows(&reading).len(), 2, "all of a refused row goes, 331 too");
    assert_eq!(
        findings(&reading),
        [
            "row 4, column prefix: \"33\": is on row 5 too, for the same callers, hours and dates; keep one of the two",
            "row 5, column prefix: \"33\": is on row 4 too, for the same callers, hours and dates; keep one of the two",
        ]
    );
}

#[test]
fn missing_increments_are_one_finding_where_there_is_no_column() {
    let file = SheetFile { name: "deck.csv", bytes: b"Code,Destination,Rate\n49,Germany,0.1\n33,France,0.1\n" };
    let reading = read_deck(&file, &[], None, &head(None), Instant(0));
    assert_eq!(findings(&reading), ["the sheet has no increments, and neither its mapping nor its deck names any"]);
    assert!(!reading.is_importable(true));
}

#[test]
fn columns_that_only_look_like_others() {
    let text = "Destination,City Code(s),Price($),Effective Date,Comments,BI Type,BI Effective Date\n\
        Afghanistan-A,93-76,0.15,21-Sep-26,No Change,60/1,19-Oct-07\n";
    assert_rows(&read(text, None), &["2: 9376 Afghanistan-A | 0.15 | 60/1 | 2026-09-21T00:00:00Z.."]);
    let astpp = "Code,Destination,Connection Cost (USD),Grace Time,Cost / Min (USD),Initial Increment,Increment\n1,USA,0.02,3,0.01,30,60\n";
    for mapping in [None, Some(builtin("astpp"))] {
        let reading = read(astpp, mapping.as_ref());
        assert_rows(&reading, &["2: 1 USA | 0.01 + 0.02 | 30/60"]);
        assert_eq!(reading.rows[0].0.grace_s, Some(3));
    }
    let american = "npanxx,interstate,intrastate,indeterminate,effective_date\n201200,0.01,0.02,0.03,9/1/2026\n";
    assert_rows(
        &read(american, Some(&builtin("npanxx"))),
        &["2: 1201200 North America | 0.01 0.02 0.03 | 6/6 | 2026-09-01T00:00:00Z.."],
    );
}

#[test]
fn titles_terms_blank_rows_and_repeated_headers_are_no_rates() {
    let text = "Rates of 2026\n,,\nCode,Destination,Rate\nEurope,,\n49,Germany,0.1\n\nCode,Destination,Rate\n33,France,0.1\n\
        End of list\n44,UK,0.1\n,\"Subject to change, prices without VAT\",\n";
    let reading = read(text, Some(&mapping("[layout]\nend_texts = ['End of']")));
    assert_rows(&reading, &["5: 49 Germany | 0.1 | 1/1", "8: 33 France | 0.1 | 1/1"]);
    assert_noted(&reading, "2 rows have neither a code nor a price and were passed over: 4, 7");
}
