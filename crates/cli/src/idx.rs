//! The idx files of MNIST and its relatives: images in one file, labels in another.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use image::GrayImage;
use ndarray::{Array3, Axis};

use crate::listing::entries;

/// How the names of the files end, behind the name of the part they hold such as `t10k-`.
const IMAGES: [&str; 2] = ["images-idx3-ubyte", "images.idx3-ubyte"];
const LABELS: [&str; 2] = ["labels-idx1-ubyte", "labels.idx1-ubyte"];

/// The part that is scored, and the one to approximate for, where there are several.
const TEST: &str = "t10k-";
const TRAINING: &str = "train-";

/// Two files that belong together.
pub(crate) struct Pair {
    pub(crate) images: PathBuf,
    pub(crate) labels: PathBuf,
}

/// The images of a folder, those of the preferred part where there are several files, and the name of their part.
fn images(folder: &Path, preferred: &str) -> Result<Option<(String, PathBuf)>> {
    let mut found: Vec<(String, PathBuf)> = Vec::new();
    for path in entries(folder)? {
        let Some(name) = path.file_name().and_then(|name| name.to_str()).filter(|_| path.is_file()) else {
            continue;
        };
        let part = IMAGES.iter().find_map(|ending| name.strip_suffix(ending));
        found.extend(part.map(str::to_owned).map(|part| (part, path)));
    }
    found.sort();
    let files = found.len();
    if files > 1 {
        found.retain(|(part, _)| part == preferred);
        ensure!(
            !found.is_empty(),
            "{} holds {files} idx files of images and none begins with `{preferred}`: leave one of them there",
            folder.display()
        );
    }
    Ok(found.into_iter().next())
}

/// The images of a folder to approximate for, the first of the training images, else of the only file; and that file.
///
/// # Errors
/// There are only test images: who fits to them cannot score on them.
pub(crate) fn training(folder: &Path, limit: usize) -> Result<Option<(PathBuf, Array3<u8>)>> {
    let Some((part, path)) = images(folder, TRAINING)? else { return Ok(None) };
    ensure!(
        part != TEST,
        "{} holds test images: approximate for others, such as those of `{TRAINING}`",
        path.display()
    );
    let (sides, mut file) = open(&path)?;
    let images = read_images(&path, sides, &mut file, limit)?;
    Ok(Some((path, images)))
}

/// The pair of a folder: that of the test images, else the only one.
pub(crate) fn pair(folder: &Path) -> Result<Option<Pair>> {
    let Some((part, images)) = images(folder, TEST)? else { return Ok(None) };
    let labels: Vec<PathBuf> = LABELS.iter().map(|ending| folder.join(format!("{part}{ending}"))).collect();
    let Some(labels) = labels.iter().find(|path| path.is_file()) else {
        bail!("{} has no labels beside it: {} is missing", images.display(), labels[0].display());
    };
    Ok(Some(Pair { images, labels: labels.clone() }))
}

impl Pair {
    /// The first images `[images, height, width]` and the class of each.
    pub(crate) fn read(&self, limit: Option<usize>) -> Result<(Array3<u8>, Vec<usize>)> {
        let (sides, mut images) = open(&self.images)?;
        let count = sides[0];
        let ([labelled], mut labels) = open(&self.labels)?;
        ensure!(
            count == labelled,
            "{} holds {count} images, but {} holds {labelled} labels",
            self.images.display(),
            self.labels.display()
        );
        let images = read_images(&self.images, sides, &mut images, limit.unwrap_or(usize::MAX))?;
        let labels = read(&self.labels, &mut labels, images.len_of(Axis(0)))?;
        Ok((images, labels.into_iter().map(usize::from).collect()))
    }
}

/// The first images `[images, height, width]` of a file behind its header.
fn read_images(
    path: &Path,
    [count, height, width]: [usize; 3],
    file: &mut File,
    limit: usize,
) -> Result<Array3<u8>> {
    ensure!(count * height * width > 0, "{} holds no images", path.display());
    let count = count.min(limit);
    let pixels = read(path, file, count * height * width)?;
    Ok(Array3::from_shape_vec((count, height, width), pixels).expect("as many bytes as were asked for"))
}

/// Whether a network that reads so many maps can read the images of a file.
pub(crate) fn check_maps(path: &Path, maps: usize) -> Result<()> {
    ensure!(maps == 1, "{}: its images are grey, of one map, but the network reads {maps}", path.display());
    Ok(())
}

/// One of the images.
pub(crate) fn image(images: &Array3<u8>, number: usize) -> GrayImage {
    let image = images.index_axis(Axis(0), number);
    let (height, width) = image.dim();
    let pixels = image.iter().copied().collect();
    GrayImage::from_raw(width as u32, height as u32, pixels)
        .expect("an image has as many pixels as it is large")
}

/// Reads the header of a file, of which nothing is believed before the file is known to be as long as it says.
fn open<const N: usize>(path: &Path) -> Result<([usize; N], File)> {
    let shown = path.display();
    let cannot = || format!("cannot read {shown}");
    let length = fs::metadata(path).with_context(cannot)?.len();
    let mut file = File::open(path).with_context(cannot)?;
    let mut magic = Vec::new();
    file.by_ref().take(4).read_to_end(&mut magic).with_context(cannot)?;
    let right = [0, 0, 8, N as u8];
    ensure!(
        magic == right,
        "{shown} is no idx file of bytes with {N} dimension(s): it begins with {magic:?}, not with {right:?}"
    );
    let mut header = Vec::new();
    file.by_ref().take(4 * N as u64).read_to_end(&mut header).with_context(cannot)?;
    ensure!(header.len() == 4 * N, "{shown} ends within its header");
    let mut sides = [0; N];
    for (side, bytes) in sides.iter_mut().zip(header.chunks_exact(4)) {
        *side = u32::from_be_bytes(bytes.try_into().expect("four bytes")) as usize;
    }
    let promised = sides.iter().try_fold(1_u64, |product, &side| product.checked_mul(side as u64));
    let follow = length.saturating_sub(4 + 4 * N as u64);
    ensure!(
        promised == Some(follow),
        "{shown}: its header promises {} bytes, but {follow} follow it",
        sides.map(|side| side.to_string()).join(" x ")
    );
    Ok((sides, file))
}

fn read(path: &Path, file: &mut File, bytes: usize) -> Result<Vec<u8>> {
    let shown = path.display();
    let mut read = Vec::new();
    file.take(bytes as u64).read_to_end(&mut read).with_context(|| format!("cannot read {shown}"))?;
    ensure!(read.len() == bytes, "{shown} ends too early");
    Ok(read)
}
