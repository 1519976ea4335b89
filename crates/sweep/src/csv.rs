//! Records as a table for spreadsheets.

use crate::Record;
use crate::record::Outcome;

const HEADER: [&str; 15] = [
    "key",
    "set",
    "configuration",
    "budget",
    "method",
    "outcome",
    "relative_error",
    "signed_digits",
    "zeros",
    "adders_before",
    "adders",
    "shifts",
    "storage_bits",
    "metric",
    "score",
];

/// A table with a header, comma-separated as RFC 4180 says. What a record does not have is an empty field.
pub fn csv<'a>(records: impl IntoIterator<Item = &'a Record>) -> String {
    let mut text = HEADER.join(",") + "\n";
    for record in records {
        let fields: Vec<String> = row(record).iter().map(|field| quoted(field)).collect();
        text += &(fields.join(",") + "\n");
    }
    text
}

fn row(record: &Record) -> [String; HEADER.len()] {
    let written = |text: &Option<String>| text.clone().unwrap_or_default();
    let cost = |of: fn(&crate::Cost) -> String| record.cost().map(of).unwrap_or_default();
    let outcome = match &record.outcome {
        Outcome::Float { .. } => "float".to_owned(),
        Outcome::Built { .. } => "built".to_owned(),
        Outcome::Infeasible { reason } => format!("infeasible: {reason}"),
    };
    [
        record.key.clone(),
        written(&record.set),
        written(&record.configuration),
        record.budget.map(|digits| digits.to_string()).unwrap_or_default(),
        record.method.map(|method| method.name().to_owned()).unwrap_or_default(),
        outcome,
        cost(|c| c.relative_error.to_string()),
        cost(|c| c.signed_digits.to_string()),
        cost(|c| c.zeros.to_string()),
        cost(|c| c.adders_before.to_string()),
        cost(|c| c.adders.to_string()),
        cost(|c| c.shifts.to_string()),
        cost(|c| c.storage_bits.to_string()),
        record.score().map(|score| score.metric.name().to_owned()).unwrap_or_default(),
        record.score().map(|score| score.value.to_string()).unwrap_or_default(),
    ]
}

fn quoted(field: &str) -> String {
    if field.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", field.replace('"', "\"\""))
    } else {
        field.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::csv;
    use crate::testing::{built, float, infeasible};

    #[test]
    fn a_table_word_for_word() {
        let records = [float(0.9), built("{0, ±1}", Some(300), 400, Some(0.5)), infeasible("ternary", 10)];
        let key = &records[1].key;
        let expected = format!(
            "key,set,configuration,budget,method,outcome,relative_error,signed_digits,zeros,adders_before,adders,shifts,\
             storage_bits,metric,score\n\
             float,,,,,float,,,,,,,,ap,0.9\n\
             {key},\"{{0, ±1}}\",,300,nearest,built,0.125,800,7,500,400,30,4000,ap,0.5\n\
             ternary.10.nearest,ternary,,10,nearest,\"infeasible: too \"\"small\"\", by far\",,,,,,,,,\n"
        );
        assert_eq!(csv(&records), expected);
    }
}
