//! YAML on one line, as a person writes a layer: `{name: C1, op: conv, maps: 4, kernel: [5, 5]}`.

use std::fmt::Write;

use anyhow::{Context, Result};
use serde::Serialize;
use serde_yaml::Value;

/// Words that mean something else than text where they stand alone.
const WORDS: [&str; 12] =
    ["null", "true", "false", "yes", "no", "on", "off", "y", "n", "nan", "inf", "infinity"];

/// A value on one line.
pub(crate) fn line(value: &impl Serialize) -> Result<String> {
    let value = serde_yaml::to_value(value).context("cannot write the layer as YAML")?;
    let mut text = String::new();
    write(&value, &mut text);
    Ok(text)
}

fn write(value: &Value, text: &mut String) {
    match value {
        Value::Sequence(items) => {
            text.push('[');
            for (n, item) in items.iter().enumerate() {
                text.push_str(if n == 0 { "" } else { ", " });
                write(item, text);
            }
            text.push(']');
        }
        Value::Mapping(entries) => {
            text.push('{');
            for (n, (key, value)) in entries.iter().enumerate() {
                text.push_str(if n == 0 { "" } else { ", " });
                write(key, text);
                text.push_str(": ");
                write(value, text);
            }
            text.push('}');
        }
        Value::String(string) => text.push_str(&scalar(string)),
        Value::Number(number) => {
            let _ = write!(text, "{number}");
        }
        Value::Bool(value) => {
            let _ = write!(text, "{value}");
        }
        Value::Null | Value::Tagged(_) => text.push_str("null"),
    }
}

/// A text as it is where nothing in it can be taken for anything else, in quotes otherwise.
pub(crate) fn scalar(text: &str) -> String {
    let plain = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "._-()".contains(c))
        && !WORDS.contains(&text.to_lowercase().as_str());
    if plain { text.to_owned() } else { serde_json::Value::from(text).to_string() }
}
