//! The idx files of MNIST and its relatives: images in one file, labels in another.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use image::GrayImage;
use ndarray::{Array3, Axis};

use super::entries;

/// How the names of the files end, behind the name of the part they hold such as `t10k-`.
const IMAGES: [&str; 2] = ["images-idx3-ubyte", "images.idx3-ubyte"];
const LABELS: [&str; 2] = ["labels-idx1-ubyte", "labels.idx1-ubyte"];

/// The part that is scored where there are several.
const TEST: &str = "t10k-";

/// Two files that belong together.
pub(super) struct Pair {
    pub(super) images: PathBuf,
    pub(super) labels: PathBuf,
}

/// The pair of a folder: that of the test images, else the only one.
pub(super) fn pair(folder: &Path) -> Result<Option<Pair>> {
    let mut found: Vec<(String, PathBuf)> = Vec::new();
    for path in entries(folder)? {
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
        let part = IMAGES.iter().find_map(|ending| name.strip_suffix(ending));
        found.extend(part.map(str::to_owned).map(|part| (part, path)));
    }
    found.sort();
    let (part, images) = match found.as_slice() {
        [] => return Ok(None),
        [only] => only,
        several => match several.iter().find(|(part, _)| part == TEST) {
            Some(test) => test,
            None => bail!(
                "{} holds {} idx files of images and none begins with `{TEST}`: leave one of them there",
                folder.display(),
                several.len()
            ),
        },
    };
    let labels: Vec<PathBuf> = LABELS.iter().map(|ending| folder.join(format!("{part}{ending}"))).collect();
    let Some(labels) = labels.iter().find(|path| path.is_file()) else {
        bail!("{} has no labels beside it: {} is missing", images.display(), labels[0].display());
    };
    Ok(Some(Pair { images: images.clone(), labels: labels.clone() }))
}

impl Pair {
    /// The first images `[images, height, width]` and the class of each.
    pub(super) fn read(&self, limit: Option<usize>) -> Result<(Array3<u8>, Vec<usize>)> {
        let ([count, height, width], mut images) = open(&self.images)?;
        let ([labelled], mut labels) = open(&self.labels)?;
        ensure!(
            count == labelled,
            "{} holds {count} images, but {} holds {labelled} labels",
            self.images.display(),
            self.labels.display()
        );
        ensure!(count * height * width > 0, "{} holds no images", self.images.display());
        let count = count.min(limit.unwrap_or(usize::MAX));
        let pixels = read(&self.images, &mut images, count * height * width)?;
        let labels = read(&self.labels, &mut labels, count)?;
        let images =
            Array3::from_shape_vec((count, height, width), pixels).expect("as many bytes as were asked for");
        Ok((images, labels.into_iter().map(usize::from).collect()))
    }
}

/// One of the images.
pub(super) fn image(images: &Array3<u8>, number: usize) -> GrayImage {
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
