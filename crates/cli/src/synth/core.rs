//! What is put on a board: a core that `lacuna generate` wrote, or one of the adder graphs of `lacuna adders -o`.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use lacuna_rtl::{BOARD_TOP, Family, SourceFile};
use serde_json::{Map, Value};

use crate::generated::{core_manifest, damaged, read_any_manifest};
use crate::owned::MANIFEST;

/// A core with everything that synthesis needs of it.
#[derive(Clone, Debug)]
pub(crate) struct Core {
    /// The top module.
    pub(crate) name: String,
    /// Its Verilog.
    pub(crate) sources: Vec<SourceFile>,
    /// The module around it, `synth/board_top.v`.
    pub(crate) board_top: SourceFile,
    /// Clocks from a frame to the next, where the core takes frames.
    pub(crate) clocks_per_frame: Option<f64>,
    /// What the manifest says of its size, in the words of a report: perhaps per family.
    estimates: Map<String, Value>,
    /// Whether the SPI shell stands around it.
    has_shell: bool,
}

/// What stands around a core.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Around<'a> {
    /// What measures it.
    Measure,
    /// The SPI shell.
    Spi,
    /// A Verilog file of the user's own.
    File(&'a Path),
}

impl Core {
    /// Reads a folder. `chosen` names one of several cores.
    pub(crate) fn read(folder: &Path, chosen: Option<&str>, around: Around<'_>) -> Result<Self> {
        let (text, manifest) = read_any_manifest(folder, "`lacuna generate` or `lacuna adders -o`")?;
        let estimates = manifest["estimate"].as_object().cloned().unwrap_or_default();
        let mut core = None;
        let (name, paths, clocks_per_frame) = match manifest["kind"].as_str() {
            Some("adders") => {
                let name = chosen_name(&manifest, chosen)?;
                (name.clone(), adder_sources(folder, &name)?, None)
            }
            Some("core") | None => {
                let manifest = core_manifest(folder, &text, &[])?;
                if let Some(chosen) = chosen.filter(|chosen| *chosen != manifest.top) {
                    bail!("{} holds the core `{}`, not `{chosen}`", folder.display(), manifest.top);
                }
                let clocks = manifest.frame_clocks;
                let (top, sources) = (manifest.top.clone(), manifest.sources.clone());
                core = Some(manifest);
                (top, sources, Some(clocks as f64))
            }
            Some(kind) => bail!(
                "{} is output of another kind ({kind}): DIR is a folder written by `lacuna generate` or `lacuna adders -o`",
                folder.display()
            ),
        };
        let read = |path: &String| {
            let file = folder.join(path);
            let text =
                fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
            Ok(SourceFile { path: path.clone(), text })
        };
        let sources: Vec<SourceFile> = paths.iter().map(read).collect::<Result<_>>()?;
        let board_top = match around {
            Around::File(path) => shell(path)?,
            Around::Measure => own_top(&name, &sources).with_context(|| folder.display().to_string())?,
            Around::Spi => {
                let manifest =
                    core.context("only a core that `lacuna generate` wrote has frames for the SPI shell")?;
                let source = source_of(&name, &sources).with_context(|| folder.display().to_string())?;
                lacuna_rtl::spi_top(&manifest, source)?
            }
        };
        let has_shell = matches!(around, Around::Spi);
        Ok(Self { name, sources, board_top, clocks_per_frame, estimates, has_shell })
    }

    /// Its size on parts of a family: as the manifest has it, and the shell.
    pub(crate) fn estimate(&self, family: Family) -> Map<String, Value> {
        let key = serde_json::to_value(family).ok();
        let own = key.and_then(|key| self.estimates.get(key.as_str()?)?.as_object().cloned());
        let mut estimate = own.unwrap_or_else(|| self.estimates.clone());
        if self.has_shell {
            for (name, more) in lacuna_rtl::spi_shell(family).list() {
                if let Some(cells) = estimate.get_mut(name)
                    && let Some(core) = cells.as_u64()
                {
                    *cells = (core + more).into();
                }
            }
        }
        estimate
    }

    /// What stands around it, for people.
    pub(crate) fn surroundings(&self) -> &'static str {
        if self.has_shell {
            "the SPI shell (--shell spi)"
        } else {
            "what stands around it (synth/board_top.v)"
        }
    }

    /// A core that has just been made, before it is written.
    pub(crate) fn new(name: &str, files: &[SourceFile]) -> Result<Self> {
        let mut sources: Vec<SourceFile> =
            files.iter().filter(|f| f.path.starts_with("rtl/")).cloned().collect();
        // The order of a manifest: what Yosys makes of modules depends on the order in which it reads them.
        sources.sort_by(|a, b| a.path.cmp(&b.path));
        let board_top = own_top(name, &sources)?;
        let (name, estimates) = (name.to_owned(), Map::new());
        Ok(Self { name, sources, board_top, clocks_per_frame: None, estimates, has_shell: false })
    }
}

fn own_top(name: &str, sources: &[SourceFile]) -> Result<SourceFile> {
    Ok(lacuna_rtl::board_top(name, source_of(name, sources)?)?)
}

/// The text of a core's top module.
fn source_of<'a>(name: &str, sources: &'a [SourceFile]) -> Result<&'a str> {
    let path = format!("rtl/{name}.v");
    let source = sources.iter().find(|file| file.path == path);
    Ok(source.with_context(|| format!("it has no {path}"))?.text.as_str())
}

/// A shell of the user's own around the core.
fn shell(path: &Path) -> Result<SourceFile> {
    let shown = path.display();
    let text = fs::read_to_string(path).with_context(|| format!("cannot read {shown}"))?;
    let words: Vec<&str> = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').collect();
    let is_there = words.windows(2).any(|pair| pair == ["module", BOARD_TOP]);
    ensure!(is_there, "{shown} has no module {BOARD_TOP}, as what stands on the board's pins is called");
    Ok(SourceFile { path: "synth/board_top.v".to_owned(), text })
}

fn chosen_name(manifest: &Value, chosen: Option<&str>) -> Result<String> {
    let matrices = manifest["matrices"].as_array().map(Vec::as_slice).unwrap_or_default();
    let names: Vec<&str> = matrices.iter().filter_map(|matrix| matrix["name"].as_str()).collect();
    match chosen {
        Some(chosen) if names.contains(&chosen) => Ok(chosen.to_owned()),
        Some(chosen) => bail!("there is no core `{chosen}` in the folder: there are {}", names.join(", ")),
        None if names.len() == 1 => Ok(names[0].to_owned()),
        None => bail!("the folder holds several cores: choose one with --core, of {}", names.join(", ")),
    }
}

/// The core's own file and the modules that all cores share.
fn adder_sources(folder: &Path, name: &str) -> Result<Vec<String>> {
    let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    ensure!(plain, "{}: `{name}` is no name of a core", damaged(&folder.join(MANIFEST)));
    let rtl = folder.join("rtl");
    let entries = fs::read_dir(&rtl).with_context(|| format!("cannot read the folder {}", rtl.display()))?;
    let mut paths = vec![format!("rtl/{name}.v")];
    for entry in entries {
        let entry = entry.with_context(|| format!("cannot read the folder {}", rtl.display()))?;
        let file = entry.file_name().to_string_lossy().into_owned();
        let module = file.strip_suffix(".v").and_then(|file| file.strip_prefix("lacuna_"));
        if module.is_some_and(|rest| rest.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')) {
            paths.push(format!("rtl/{file}"));
        }
    }
    paths.sort();
    Ok(paths)
}
