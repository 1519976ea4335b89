//! A project: lacuna.yaml and the weights beside it.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use lacuna_approximation::Approximation;
use lacuna_fixed_point::IntNetwork;
use lacuna_network::{InputSpec, LayerSpec, ModelSpec, TrainedNetwork};
use serde::Deserialize;

use crate::folder;

/// The keys of lacuna.yaml.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a mapping with at least the key `layers`")]
struct ProjectFile {
    /// The name of the generated core; the folder's name when absent.
    name: Option<String>,
    /// Relative to lacuna.yaml.
    #[serde(default = "default_weights")]
    weights: PathBuf,
    #[serde(default = "grey")]
    input: InputSpec,
    layers: Vec<LayerSpec>,
    #[serde(default)]
    approximation: lacuna_approximation::Config,
    #[serde(default)]
    fixed_point: lacuna_fixed_point::Config,
    #[serde(default)]
    hardware: lacuna_rtl::Config,
    #[serde(default)]
    detector: lacuna_detection::Config,
}

fn default_weights() -> PathBuf {
    "weights.safetensors".into()
}

fn grey() -> InputSpec {
    InputSpec { maps: 1, height: None, width: None }
}

/// The project and what may be said of it on the command line.
#[derive(Args)]
pub(crate) struct ProjectArguments {
    /// A lacuna.yaml or the folder that holds one
    project: PathBuf,
    /// The dyadic set of all kernels instead of the project's, such as ternary or "k/4 |k|<=8"
    #[arg(long, value_name = "SET")]
    set: Option<String>,
}

impl ProjectArguments {
    /// Reads the project.
    pub(crate) fn load(&self) -> Result<Project> {
        let mut project = Project::load(&self.project)?;
        if let Some(set) = &self.set {
            project.approximation.set = set.parse().with_context(|| format!("--set {set}"))?;
            project.approximation.configuration = None;
            project.approximation.layers.values_mut().for_each(|layer| layer.set = None);
        }
        Ok(project)
    }
}

/// A project whose file and weights have been read and fit each other.
#[derive(Debug)]
pub(crate) struct Project {
    pub(crate) name: String,
    /// As the user would name it, for messages.
    pub(crate) path: PathBuf,
    pub(crate) trained: TrainedNetwork,
    pub(crate) approximation: lacuna_approximation::Config,
    pub(crate) fixed_point: lacuna_fixed_point::Config,
    pub(crate) hardware: lacuna_rtl::Config,
    pub(crate) detector: lacuna_detection::Config,
}

impl Project {
    /// Reads a lacuna.yaml, or the one in a folder, and its weights.
    fn load(path: &Path) -> Result<Self> {
        let path = if path.is_dir() { path.join("lacuna.yaml") } else { path.to_owned() };
        let shown = path.display();
        let text = fs::read_to_string(&path).with_context(|| match path.exists() {
            true => format!("cannot read {shown}"),
            false => format!("cannot read {shown}: PROJECT is a lacuna.yaml or a folder that holds one"),
        })?;
        let file: ProjectFile = serde_yaml::from_str(&text).with_context(|| shown.to_string())?;
        let folder = folder::parent_of(&path);
        let weights = folder.join(&file.weights);
        let shown_weights = format!("{} (key `weights` of {shown})", weights.display());
        let bytes = fs::read(&weights).with_context(|| format!("cannot read {shown_weights}"))?;
        let model = ModelSpec { input: file.input, layers: file.layers };
        let trained = lacuna_network::load(&model, &bytes).map_err(|error| {
            let place = if error.concerns_weights() { shown_weights } else { shown.to_string() };
            anyhow::Error::new(error).context(place)
        })?;
        let name = match file.name {
            Some(name) => name,
            None => folder_name(folder).with_context(|| format!("{shown}: give the core a `name`"))?,
        };
        Ok(Self {
            name,
            path,
            trained,
            approximation: file.approximation,
            fixed_point: file.fixed_point,
            hardware: file.hardware,
            detector: file.detector,
        })
    }

    /// The network in dyadic numbers.
    pub(crate) fn approximate(&self) -> Result<Approximation> {
        lacuna_approximation::approximate(&self.trained, &self.approximation)
            .with_context(|| self.path.display().to_string())
    }

    /// The network in integers.
    pub(crate) fn quantize(&self, approximation: &Approximation) -> Result<IntNetwork> {
        lacuna_fixed_point::quantize(&approximation.network, &self.fixed_point)
            .with_context(|| self.path.display().to_string())
    }

    /// The hardware of the integer network.
    pub(crate) fn design(&self, network: &IntNetwork) -> Result<lacuna_rtl::Design> {
        lacuna_rtl::design(&self.name, network, &self.hardware)
            .with_context(|| self.path.display().to_string())
    }

    /// The window that slides over a photograph, for a network that can be a detector.
    pub(crate) fn window(&self) -> Result<lacuna_detection::Window> {
        let shown = self.path.display();
        if (self.trained.input_maps(), self.trained.output_maps()) != (1, 1) {
            bail!(
                "{shown}: a detector has one grey input map and one output map, this network has {} and {}",
                self.trained.input_maps(),
                self.trained.output_maps()
            );
        }
        let view = self.trained.field_of_view();
        ensure!(
            !self.trained.is_padded(),
            "{}: a network with padding cannot slide over a photograph",
            self.path.display()
        );
        let [down, across] = view.stride;
        ensure!(
            down == across,
            "{}: a detector must move equally far in both directions",
            self.path.display()
        );
        lacuna_detection::Window::new(view.window.width, view.window.height, across)
            .with_context(|| shown.to_string())
    }
}

fn folder_name(folder: &Path) -> Result<String> {
    let folder = fs::canonicalize(folder)?;
    let Some(name) = folder.file_name().and_then(|n| n.to_str()) else { bail!("its folder has no name") };
    Ok(name.to_owned())
}
