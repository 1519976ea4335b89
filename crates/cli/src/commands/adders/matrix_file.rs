//! Matrix files.

use std::fs;
use std::path::Path;

use anyhow::{Context, Error, Result, anyhow, bail};
use lacuna_adder_graph::{Interval, Matrix};
use serde::Deserialize;
use serde_json::Value;

/// A matrix file. Other keys are allowed: generators note what they like.
#[derive(Deserialize)]
struct MatrixFile {
    name: Option<String>,
    n_in: Option<usize>,
    n_out: Option<usize>,
    #[serde(default)]
    input: Option<WrittenInterval>,
    #[serde(default)]
    inputs: Option<Vec<WrittenInterval>>,
    data: Vec<Vec<i64>>,
}

/// `{"signed": true, "bits": 8}` or `{"min": -128, "max": 127}`; where both stand, the latter holds.
#[derive(Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenInterval {
    min: Option<i64>,
    max: Option<i64>,
    bits: Option<u32>,
    #[serde(default)]
    signed: bool,
}

impl WrittenInterval {
    fn interval(self) -> Result<Interval> {
        match (self.min, self.max, self.bits) {
            (Some(min), Some(max), _) if min <= max => Ok(Interval::new(min, max)),
            (Some(min), Some(max), _) => bail!("its min {min} is above its max {max}"),
            (None, None, Some(bits @ 1..=62)) if self.signed => Ok(Interval::signed(bits)),
            (None, None, Some(bits @ 1..=62)) => Ok(Interval::unsigned(bits)),
            (None, None, Some(bits)) => bail!("its {bits} bits are out of range: 1 to 62"),
            _ => bail!("it needs `bits` (and `signed`), or both `min` and `max`"),
        }
    }
}

/// A matrix that has been read and checked.
pub(super) struct Task {
    pub(super) name: String,
    pub(super) matrix: Matrix,
    pub(super) inputs: Vec<Interval>,
}

/// Reads and checks a matrix.
pub(super) fn read(path: &Path) -> Result<Task> {
    let text = fs::read_to_string(path).context("cannot read the file")?;
    let file: MatrixFile = serde_json::from_str(&text).map_err(|error| explained(&text, error))?;
    let matrix = Matrix::from_rows(&file.data)?;
    for (key, said, is) in [("n_in", file.n_in, matrix.rows()), ("n_out", file.n_out, matrix.columns())] {
        if said.is_some_and(|said| said != is) {
            bail!("`{key}` is {}, but `data` has {is}", said.unwrap_or_default());
        }
    }
    let inputs: Vec<Interval> = match (file.inputs, file.input) {
        (Some(inputs), None) => inputs
            .into_iter()
            .enumerate()
            .map(|(i, written)| written.interval().with_context(|| format!("`inputs`, number {i}")))
            .collect::<Result<_>>()?,
        (None, Some(input)) => vec![input.interval().context("`input`")?; matrix.rows()],
        (None, None) => vec![Interval::signed(8); matrix.rows()],
        (Some(_), Some(_)) => bail!("it has both `input` and `inputs`: one of them must go"),
    };
    if inputs.len() != matrix.rows() {
        bail!("`inputs` has {} entries, but the matrix has {} inputs", inputs.len(), matrix.rows());
    }
    let stem = || path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    Ok(Task { name: file.name.unwrap_or_else(stem), matrix, inputs })
}

/// What a file is that is no matrix file, and what would be one.
fn explained(text: &str, error: serde_json::Error) -> Error {
    const FORM: &str = "a matrix file is {\"data\": [[1, -2], [3, 4]]}, one row an input";
    match serde_json::from_str(text) {
        Err(_) => Error::new(error).context("not JSON"),
        Ok(Value::Object(keys)) if keys.contains_key("data") => {
            Error::new(error).context("not a matrix of integers")
        }
        Ok(Value::Object(keys)) if keys.is_empty() => anyhow!("it has no `data`: {FORM}"),
        Ok(Value::Object(keys)) => {
            let keys: Vec<String> = keys.keys().map(|key| format!("`{key}`")).collect();
            anyhow!("it has no `data`, only {}: {FORM}", keys.join(", "))
        }
        Ok(Value::Array(_)) => anyhow!("it is a list, and the rows need a name: {FORM}"),
        Ok(_) => anyhow!("it is neither a list nor an object: {FORM}"),
    }
}
