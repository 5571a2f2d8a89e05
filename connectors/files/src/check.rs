//! A file as a mapping understands it, without rating anything: the first records field by field, and every finding.

use crate::call_file::CallFile;
use crate::error::FileError;
use crate::fault::Fault;
use didtron_domain::CallRecord;
use didtron_ports::{CallSource, Chunk};
use didtron_schemas::call_mapping::{CallMapping, Field};
use serde::Serialize;
use std::path::Path;

const RECORDS_AT_A_TIME: usize = 4096;
/// The most findings that are kept; more are counted.
const FINDINGS_MAX: usize = 100_000;

/// What a file is by a mapping.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CheckReport {
    /// As it was named.
    pub file: String,
    /// The mapping's name.
    pub mapping: String,
    /// Records of any kind.
    pub record_count: u64,
    /// Records that were understood.
    pub understood_count: u64,
    /// Records that would be `malformed_record`.
    pub malformed_count: u64,
    /// The first records that were understood.
    pub calls: Vec<UnderstoodCall>,
    /// What was found, in the file's order; the first 100,000 of them.
    pub findings: Vec<Finding>,
    /// How many findings more there were.
    pub further_finding_count: u64,
}

/// A record as it was understood.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UnderstoodCall {
    /// Counted from 1.
    pub line: u64,
    /// Each field's name and text, empty ones left out; instants in RFC 3339, the duration in milliseconds.
    pub fields: Vec<(&'static str, String)>,
}

/// Something wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// As it was named.
    pub file: String,
    /// Counted from 1.
    pub line: u64,
    /// As the file calls it; `None` where the whole record is meant.
    pub column: Option<String>,
    /// What the cell holds, cut to a readable length.
    pub value: Option<String>,
    /// What is wrong with it.
    pub message: String,
}

/// Reads the whole of `path` by `mapping`; shows the first `limit` records that were understood.
///
/// A file that breaks off is a finding; one whose header does not fit is an error.
pub fn check(path: &Path, mapping: &CallMapping, limit: usize) -> Result<CheckReport, FileError> {
    let mut file = CallFile::open(path, mapping, None)?;
    let mut report = CheckReport::new(file.name(), &mapping.name);
    loop {
        match file.next_chunk(RECORDS_AT_A_TIME) {
            Ok(Some(chunk)) => report.take(&file, &chunk, limit),
            Ok(None) => return Ok(report),
            Err(error) => {
                report.broken(error.to_string());
                return Ok(report);
            }
        }
    }
}

impl CheckReport {
    fn new(file: &str, mapping: &str) -> Self {
        Self {
            file: file.to_owned(),
            mapping: mapping.to_owned(),
            record_count: 0,
            understood_count: 0,
            malformed_count: 0,
            calls: Vec::new(),
            findings: Vec::new(),
            further_finding_count: 0,
        }
    }

    fn take(&mut self, file: &CallFile, chunk: &Chunk, limit: usize) {
        file.layout().for_each_record(chunk, |_, line, understood| {
            self.record_count += 1;
            match understood {
                Ok((_, call)) => {
                    self.understood_count += 1;
                    if self.calls.len() < limit {
                        self.calls.push(UnderstoodCall { line, fields: fields(&call) });
                    }
                }
                Err(fault) => {
                    self.malformed_count += 1;
                    self.find(line, fault);
                }
            }
        });
    }

    fn find(&mut self, line: u64, Fault { column, value, message }: Fault) {
        if self.findings.len() < FINDINGS_MAX {
            self.findings.push(Finding { file: self.file.clone(), line, column, value, message });
        } else {
            self.further_finding_count += 1;
        }
    }

    /// The message of damage names its place itself; the finding stands on the last record's line.
    fn broken(&mut self, message: String) {
        let line = self.findings.last().map_or(0, |f| f.line).max(self.calls.last().map_or(0, |c| c.line));
        self.find(line, Fault::whole(message));
    }
}

fn fields(call: &CallRecord<'_>) -> Vec<(&'static str, String)> {
    let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let all = [
        (Field::Source.name(), text(call.source)),
        (Field::CallId.name(), text(call.call_id)),
        (Field::Branch.name(), text(call.branch)),
        (Field::Version.name(), call.version.map(|version| version.to_string())),
        (Field::Start.name(), Some(call.start.to_string())),
        (Field::Answer.name(), Some(call.answer.to_string())),
        ("duration_ms", Some(call.duration_ms.to_string())),
        ("answered", Some(call.marked_answered.to_string())),
        (Field::LastAttempt.name(), call.last_attempt.then(|| "true".to_owned())),
        ("clean", call.clean.then(|| "true".to_owned())),
        (Field::Ingress.name(), text(call.ingress)),
        (Field::Egress.name(), text(call.egress)),
        (Field::Caller.name(), text(call.caller)),
        (Field::Called.name(), text(call.called)),
        (Field::CalledEgress.name(), text(call.called_egress)),
        (Field::Lrn.name(), text(call.lrn)),
        (Field::StatedRevenue.name(), call.stated_revenue.map(|price| price.to_string())),
        (Field::StatedCost.name(), call.stated_cost.map(|price| price.to_string())),
    ];
    all.into_iter().filter_map(|(name, value)| value.map(|value| (name, value))).collect()
}
