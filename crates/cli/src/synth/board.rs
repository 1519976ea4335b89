//! A board: the part on it, what the part has, its pins. One folder each, in `constraints` or wherever `--board` says.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use lacuna_rtl::{Cells, Part};
use serde::Deserialize;

/// All files of all boards of the repository: folder, file, text.
const FILES: &[(&str, &str, &str)] = &include!(concat!(env!("OUT_DIR"), "/boards.rs"));

const DESCRIPTION: &str = "board.yaml";

/// A board that has been read and checked.
#[derive(Clone, Debug)]
pub(crate) struct Board {
    /// The name of its folder.
    pub(crate) name: String,
    pub(crate) description: Description,
    /// The text of the file with its pins.
    pub(crate) pins: String,
}

/// `board.yaml`; `constraints/README.md` says what each key means.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Description {
    pub(crate) title: String,
    pub(crate) family: Family,
    pub(crate) part: String,
    pub(crate) device: String,
    pub(crate) package: String,
    pub(crate) clock_mhz: f64,
    pins: String,
    pub(crate) resources: Cells,
    #[serde(default)]
    pub(crate) synth_options: Vec<String>,
    #[serde(default)]
    pub(crate) route_options: Vec<String>,
    pub(crate) target_mhz: f64,
}

/// Which tools, and which primitives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Family {
    Ice40,
    Ecp5,
}

impl Board {
    /// The boards of the repository, by name.
    pub(crate) fn all() -> Vec<Self> {
        let names = FILES.iter().filter(|(_, file, _)| *file == DESCRIPTION).map(|(name, ..)| *name);
        let boards = names.map(|name| Self::built_in(name).and_then(|board| board.context("its files")));
        boards.map(|board| board.expect("the boards of the repository are tested")).collect()
    }

    /// The largest board there is.
    pub(crate) fn largest() -> Self {
        let boards = Self::all().into_iter();
        boards.max_by_key(|board| board.description.resources.luts).expect("there are boards")
    }

    /// What a core has to fit.
    pub(crate) fn part(&self) -> Part {
        Part { family: self.description.family.cells(), cells: self.description.resources }
    }

    /// A board by its name, or by its folder if there is a `/` in what the user wrote.
    pub(crate) fn find(written: &str) -> Result<Self> {
        if written.contains('/') {
            return Self::read(Path::new(written)).with_context(|| format!("board {written}"));
        }
        match Self::built_in(written)? {
            Some(board) => Ok(board),
            None => {
                let names: Vec<String> = Self::all().into_iter().map(|board| board.name).collect();
                bail!(
                    "there is no board `{written}`: known are {}; a folder of your own is written with a `/`, as ./{written}",
                    names.join(", ")
                )
            }
        }
    }

    fn built_in(name: &str) -> Result<Option<Self>> {
        let file = |wanted: &str| {
            let found = FILES.iter().find(|(board, file, _)| *board == name && *file == wanted);
            found.map(|(.., text)| (*text).to_owned())
        };
        let Some(text) = file(DESCRIPTION) else { return Ok(None) };
        let read = |pins: &str| file(pins).with_context(|| format!("it has no file {pins}"));
        Self::new(name, &text, read).map(Some)
    }

    fn read(folder: &Path) -> Result<Self> {
        let file = |name: &str| {
            let path = folder.join(name);
            fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))
        };
        let whole = fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
        let name = whole.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Self::new(&name, &file(DESCRIPTION)?, file)
    }

    fn new(name: &str, text: &str, read: impl Fn(&str) -> Result<String>) -> Result<Self> {
        let plain = |text: &str| {
            text.starts_with(|c: char| c.is_ascii_alphanumeric())
                && text.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c))
        };
        ensure!(plain(name), "its folder is named `{name}`: letters, digits, `.`, `_` and `-` are possible");
        let description: Description = serde_yaml::from_str(text).context(DESCRIPTION)?;
        let ending = description.family.pins_ending();
        // These words stand in a script: nothing in them may mean something else there.
        let words = [&description.device, &description.package, &description.pins];
        let option = |text: &str| plain(text.trim_start_matches('-'));
        if let Some(word) = words.into_iter().find(|word| !plain(word)) {
            bail!("{DESCRIPTION}: `{word}` is no word of letters, digits, `.`, `_` and `-`");
        }
        let mut options = description.synth_options.iter().chain(&description.route_options);
        if let Some(word) = options.find(|word| !option(word)) {
            bail!("{DESCRIPTION}: `{word}` is no option of letters, digits, `.`, `_` and `-`");
        }
        ensure!(
            description.pins.ends_with(&format!(".{ending}")),
            "{DESCRIPTION}: `pins: {}` does not end in .{ending}",
            description.pins
        );
        for (key, mhz) in [("clock_mhz", description.clock_mhz), ("target_mhz", description.target_mhz)] {
            ensure!((0.001..=10_000.0).contains(&mhz), "{DESCRIPTION}: `{key}: {mhz}` is out of range");
        }
        let pins = read(&description.pins)?;
        Ok(Self { name: name.to_owned(), description, pins })
    }
}

impl Family {
    /// The family in the words of the estimates.
    pub(crate) fn cells(self) -> lacuna_rtl::Family {
        match self {
            Self::Ice40 => lacuna_rtl::Family::Ice40,
            Self::Ecp5 => lacuna_rtl::Family::Ecp5,
        }
    }

    /// How the name of a file with pins ends.
    pub(crate) fn pins_ending(self) -> &'static str {
        match self {
            Self::Ice40 => "pcf",
            Self::Ecp5 => "lpf",
        }
    }
}
