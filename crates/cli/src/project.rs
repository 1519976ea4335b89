//! A project: lacuna.yaml and the weights beside it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use lacuna_approximation::Approximation;
use lacuna_fixed_point::IntNetwork;
use lacuna_network::{InputSpec, Layer, LayerSpec, ModelSpec, Shape, TrainedNetwork};
use lacuna_rtl::Plan;
use serde::{Deserialize, Serialize};

use crate::calibration::{self, Place};
use crate::figures::Figures;
use crate::owned::{Kind, MANIFEST};
use crate::synth::Board;
use crate::{folder, print, unasked};

/// The keys of lacuna.yaml.
#[derive(Debug, Deserialize, Serialize)]
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
    hardware: lacuna_rtl::Request,
    #[serde(default)]
    detector: lacuna_detection::Config,
}

/// What stands beside a saved project: by whom it was made, and what the approximation cost.
#[derive(Serialize)]
struct Manifest<'a> {
    generator: &'static str,
    approximation: &'a Figures,
}

/// So many pixels show what values a network takes; more only take time.
const LARGE: usize = 1 << 17;

/// Values of an input that is not tried at all: some 100 MB for a dozen.
const TOO_LARGE: usize = 1 << 20;

const GENERATOR: &str = concat!("lacuna ", env!("CARGO_PKG_VERSION"));

fn default_weights() -> PathBuf {
    "weights.safetensors".into()
}

fn grey() -> InputSpec {
    InputSpec { maps: 1, ..InputSpec::default() }
}

/// The project and what may be said of it on the command line.
#[derive(Args)]
pub(crate) struct ProjectArguments {
    /// A lacuna.yaml or the folder that holds one
    project: PathBuf,
    /// The dyadic set of all kernels instead of the project's, such as ternary or "k/4 |k|<=8", or a named configuration
    /// such as A_7,3,3
    #[arg(long, value_name = "SET")]
    pub(crate) set: Option<String>,
    /// Sample inputs to approximate for: a folder of images or idx files, or a tensor in a .npy or .safetensors file, such as
    /// the network will see (instead of the project's key `calibration`)
    #[arg(long, value_name = "PATH")]
    calibration: Option<PathBuf>,
}

impl ProjectArguments {
    /// Reads the project.
    pub(crate) fn load(&self) -> Result<Project> {
        let mut project = Project::load(&self.project)?;
        if let Some(set) = &self.set {
            let shown = || format!("--set {set}");
            let approximation = &mut project.approximation;
            if set.starts_with("A_") {
                approximation.configuration = Some(set.parse().with_context(shown)?);
                approximation.set = None;
            } else {
                approximation.set = Some(set.parse().with_context(shown)?);
                approximation.configuration = None;
            }
            approximation.layers.values_mut().for_each(|layer| layer.set = None);
        }
        if let Some(path) = &self.calibration {
            project.calibration = Some(Place { path: path.clone(), said_by: "--calibration".to_owned() });
        }
        Ok(project)
    }
}

/// A project whose file and weights have been read and fit each other.
#[derive(Clone, Debug)]
pub(crate) struct Project {
    pub(crate) name: String,
    /// As the user would name it, for messages.
    pub(crate) path: PathBuf,
    /// The file of the weights.
    pub(crate) weights: PathBuf,
    pub(crate) model: ModelSpec,
    pub(crate) trained: TrainedNetwork,
    pub(crate) approximation: lacuna_approximation::Config,
    pub(crate) calibration: Option<Place>,
    pub(crate) fixed_point: lacuna_fixed_point::Config,
    pub(crate) hardware: lacuna_rtl::Request,
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
        let place = |named: &PathBuf| Place {
            path: folder.join(named),
            said_by: format!("key `calibration` of {shown}"),
        };
        let calibration = file.approximation.calibration.as_ref().map(place);
        Ok(Self {
            name,
            path,
            weights,
            model,
            calibration,
            trained,
            approximation: file.approximation,
            fixed_point: file.fixed_point,
            hardware: file.hardware,
            detector: file.detector,
        })
    }

    /// The network in dyadic numbers, fitted to the calibration inputs where there are any.
    pub(crate) fn approximate(&self) -> Result<Approximation> {
        let shown = || self.path.display().to_string();
        let Some(place) = &self.calibration else {
            return lacuna_approximation::approximate(&self.trained, &self.approximation).with_context(shown);
        };
        let inputs = calibration::read(place, &self.model.input, &self.trained)?;
        if inputs.inputs.iter().flatten().all(|&value| value >= 0.0) {
            print::note(&format!(
                "warning: {} ({}): no input has a pixel below 128; floats are (p - 128) / 128, pixels themselves are written as uint8",
                place.path.display(),
                place.said_by
            ));
        }
        let waiting = print::waiting(&format!("fitting the network to {} inputs", inputs.inputs.len()));
        let fitted = lacuna_approximation::approximate_with_data(&self.trained, &self.approximation, &inputs);
        waiting.finish_and_clear();
        fitted.with_context(shown)
    }

    /// Says which layers have lost all their weights, which nobody wants and few would notice.
    pub(crate) fn warn_of_constants(&self, approximation: &Approximation) {
        for node in approximation.network.nodes() {
            let Layer::Conv2d(conv) = &node.layer else { continue };
            let trained = self.trained.nodes().iter().find(|other| other.name == node.name);
            let had_any = trained.is_none_or(|trained| match &trained.layer {
                Layer::Conv2d(conv) => conv.kernels.iter().any(|w| *w != 0.0),
                _ => true,
            });
            if had_any && conv.kernels.iter().all(|w| w.is_zero()) {
                print::note(&format!(
                    "warning: {}: all weights of layer `{}` became zero, so that its outputs are constants: allow more \
                     signed digits, or fewer zeros",
                    self.path.display(),
                    node.name
                ));
            }
        }
    }

    /// Writes a project whose weights are the approximated ones, to be taken as they are.
    pub(crate) fn save(&self, approximation: &Approximation, figures: &Figures, folder: &Path) -> Result<()> {
        let shown = || self.path.display().to_string();
        let network =
            lacuna_approximation::as_trained(&self.trained, &self.approximation, &approximation.network)
                .with_context(shown)?;
        let (model, weights) = lacuna_network::save(&network).with_context(shown)?;
        let file = ProjectFile {
            name: Some(self.name.clone()),
            weights: default_weights(),
            // The mean and the scale have become a layer.
            input: InputSpec { mean: Vec::new(), scale: Vec::new(), ..self.model.input.clone() },
            layers: model.layers,
            approximation: self.approximation.keeping(),
            fixed_point: self.formats(approximation)?,
            hardware: self.hardware.clone(),
            detector: self.detector.clone(),
        };
        let text = serde_yaml::to_string(&file).with_context(shown)?;
        let manifest = Manifest { generator: GENERATOR, approximation: figures };
        let mut manifest = serde_json::to_vec_pretty(&manifest).with_context(shown)?;
        manifest.push(b'\n');
        let files: [(&str, &[u8]); 3] =
            [("lacuna.yaml", text.as_bytes()), ("weights.safetensors", &weights), (MANIFEST, &manifest)];
        folder::refuse_to_replace(&self.path, folder)?;
        folder::write_files(folder, Kind::Project, &files)
    }

    /// The network in integers.
    pub(crate) fn quantize(&self, approximation: &Approximation) -> Result<IntNetwork> {
        lacuna_fixed_point::quantize(&approximation.network, &self.formats(approximation)?)
            .with_context(|| self.path.display().to_string())
    }

    /// The bit widths, and how far values reach: on the calibration inputs where there are any, else as far as can be expected.
    fn formats(&self, approximation: &Approximation) -> Result<lacuna_fixed_point::Config> {
        let mut config = self.fixed_point.clone();
        let network = &approximation.network;
        let reaches = match &self.calibration {
            Some(place) => {
                let inputs = calibration::read(place, &self.model.input, &self.trained)?.inputs;
                lacuna_fixed_point::reaches(network, &config, &inputs)
            }
            None => match self.usual_input() {
                Some(shape) => lacuna_fixed_point::expected_reaches(network, &config, shape),
                None => Ok(BTreeMap::new()),
            },
        };
        for (layer, reach) in reaches.with_context(|| self.path.display().to_string())? {
            config.reach.entry(layer).or_insert(reach);
        }
        Ok(config)
    }

    /// The input that `lacuna.yaml` asks for; the least that gives a result where it asks for none or a very large one. None where
    /// that is too large to be tried.
    fn usual_input(&self) -> Option<Shape> {
        let window = self.trained.field_of_view().window;
        let shape = match self.model.input.size() {
            Ok(Some([height, width])) if height * width <= LARGE => Shape { height, width, ..window },
            _ => window,
        };
        let values = shape.height.checked_mul(shape.width)?.checked_mul(shape.maps)?;
        (values <= TOO_LARGE).then_some(shape)
    }

    /// The board that the core is to fit, if the project names one.
    pub(crate) fn board(&self) -> Result<Option<Board>> {
        let Some(name) = &self.hardware.board else { return Ok(None) };
        let shown = || format!("{}: `board: {name}` of `hardware`", self.path.display());
        Board::find(name).map(Some).with_context(shown)
    }

    /// Chooses how the layers are built: for a board, or where one is too large to be unrolled.
    pub(crate) fn plan(&self, network: &IntNetwork, board: Option<&Board>) -> Result<Plan> {
        let waiting = print::waiting("choosing how the layers are built");
        let plan = if board.is_none() && unasked::applies(network, &self.hardware) {
            unasked::plan(&self.name, network, &self.hardware)
        } else {
            let choose = board.is_some() || lacuna_rtl::is_large(network, &self.hardware);
            let part = board.map_or_else(|| Board::largest().part(), Board::part);
            lacuna_rtl::plan(&self.name, network, &self.hardware, &part, choose)
        };
        waiting.finish_and_clear();
        plan.with_context(|| self.path.display().to_string())
    }

    /// How the layers of a core without a board were chosen, in a sentence, where they were.
    pub(crate) fn chosen_unasked(&self, network: &IntNetwork, plan: &Plan) -> Option<String> {
        if unasked::applies(network, &self.hardware) {
            return Some(format!("{}: {}", self.path.display(), unasked::said(network, plan)));
        }
        plan.chosen.then(|| {
            format!(
                "{}: no board is named, and unrolled this network would be very large: its layers are chosen for {}, a pixel in {} clock(s)",
                self.path.display(),
                Board::largest().name,
                plan.config.clocks_per_pixel
            )
        })
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
