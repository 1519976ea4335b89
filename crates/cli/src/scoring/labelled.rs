//! Where labelled images come from: idx files, a list, a folder per class, or numbers in front of names.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use image::DynamicImage;
use lacuna_network::InputSpec;
use ndarray::Array3;

use crate::idx::{self, Pair};
use crate::listing::{folders_in, images_in, name};
use crate::photograph;

/// The file that says of which class an image is, a line each.
pub(super) const LIST: &str = "labels.txt";

/// Images of which the class is known.
pub(crate) struct Labelled {
    pub(super) images: Images,
    /// One an image.
    pub(super) labels: Vec<usize>,
    /// What a score depends on besides files of images, with names that say their place in the folder.
    list: Vec<(String, PathBuf)>,
}

/// Where the pixels are.
pub(super) enum Images {
    /// Read already, `[images, height, width]`, and the file they come from.
    Idx(Array3<u8>, PathBuf),
    /// A file each, with its name as it stands in the folder.
    Files(Vec<(String, PathBuf)>),
}

impl Labelled {
    /// What a folder holds for a network that tells `classes` classes apart. With a limit, only so many images count: the
    /// first of each class in turn where there is a folder per class, else the first.
    pub(super) fn open(folder: &Path, limit: Option<usize>, classes: usize) -> Result<Self> {
        let list = folder.join(LIST);
        let mut data = if list.is_file() {
            Self::of_list(folder, &list, limit)?
        } else if let Some(pair) = idx::pair(folder)? {
            Self::of_idx(&pair, limit)?
        } else {
            let folders = folders_in(folder)?;
            if folders.is_empty() { Self::of_names(folder)? } else { Self::of_folders(&folders, classes)? }
        };
        if let Images::Files(files) = &mut data.images {
            files.truncate(limit.unwrap_or(usize::MAX));
            data.labels.truncate(files.len());
        }
        let beyond = data.labels.iter().position(|&label| label >= classes);
        if let Some(number) = beyond {
            bail!(
                "{}: it is of class {}, but the network tells {classes} apart, counted from 0",
                data.name(number),
                data.labels[number]
            );
        }
        Ok(data)
    }

    fn of_idx(pair: &Pair, limit: Option<usize>) -> Result<Self> {
        let (images, labels) = pair.read(limit)?;
        let of = |path: &Path| format!("{} of {}", labels.len(), name(path));
        let list = vec![(of(&pair.images), pair.images.clone()), (of(&pair.labels), pair.labels.clone())];
        Ok(Self { images: Images::Idx(images, pair.images.clone()), labels, list })
    }

    /// Lines `file label`; blank ones and those that begin with # say nothing.
    fn of_list(folder: &Path, list: &Path, limit: Option<usize>) -> Result<Self> {
        let shown = list.display();
        let text = fs::read_to_string(list).with_context(|| format!("cannot read {shown}"))?;
        let (mut files, mut labels) = (Vec::new(), Vec::new());
        let lines = text.lines().map(str::trim).enumerate();
        let lines = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
        for (number, line) in lines.take(limit.unwrap_or(usize::MAX)) {
            let wrong = || format!("{shown}, line {}: `{line}` is not of the form `file label`", number + 1);
            let (file, label) = line.rsplit_once(char::is_whitespace).with_context(wrong)?;
            labels.push(label.parse().ok().with_context(wrong)?);
            let (file, path) = (file.trim_end(), folder.join(file.trim_end()));
            ensure!(path.is_file(), "{shown}, line {}: there is no {}", number + 1, path.display());
            files.push((file.to_owned(), path));
        }
        ensure!(!files.is_empty(), "{shown} lists no image");
        Ok(Self { images: Images::Files(files), labels, list: vec![(LIST.to_owned(), list.to_owned())] })
    }

    /// The classes are the numbers in front of the folders' names, or the places of the names in alphabetical order.
    fn of_folders(folders: &[PathBuf], classes: usize) -> Result<Self> {
        let parent = folders[0].parent().unwrap_or(Path::new("")).display();
        let numbers: Option<Vec<usize>> =
            folders.iter().map(|folder| number_in_front(&name(folder))).collect();
        ensure!(
            numbers.is_some() || folders.len() == classes,
            "{parent} holds {} folders, but the network tells {classes} classes apart: a folder for each is wanted, or \
             folders with the number of their class in front of the name",
            folders.len()
        );
        let numbers = numbers.unwrap_or_else(|| (0..folders.len()).collect());
        let mut of_class: BTreeMap<usize, (&PathBuf, Vec<PathBuf>)> = BTreeMap::new();
        for (folder, number) in folders.iter().zip(numbers) {
            let images = images_in(folder)?;
            ensure!(!images.is_empty(), "{} holds no images", folder.display());
            if let Some((other, _)) = of_class.insert(number, (folder, images)) {
                bail!("{} and {} are both of class {number}", other.display(), folder.display());
            }
        }
        // Class after class in turn, so that the first images are of all classes.
        let mut taken: Vec<(usize, usize, (String, PathBuf))> = Vec::new();
        for (class, (folder, images)) in of_class {
            let named = |path: PathBuf| (format!("{}/{}", name(folder), name(&path)), path);
            taken.extend(images.into_iter().map(named).enumerate().map(|(turn, image)| (turn, class, image)));
        }
        taken.sort();
        let labels = taken.iter().map(|(_, class, _)| *class).collect();
        let files = taken.into_iter().map(|(_, _, file)| file).collect();
        Ok(Self { images: Images::Files(files), labels, list: Vec::new() })
    }

    fn of_names(folder: &Path) -> Result<Self> {
        let files: Vec<(String, PathBuf)> =
            images_in(folder)?.into_iter().map(|path| (name(&path), path)).collect();
        let labels: Option<Vec<usize>> = files.iter().map(|(name, _)| number_in_front(name)).collect();
        match labels {
            Some(labels) if !labels.is_empty() => {
                Ok(Self { images: Images::Files(files), labels, list: Vec::new() })
            }
            _ => bail!(
                "{} holds nothing to score a classifier on: neither a {LIST} (lines `file label`), nor idx files \
                 (t10k-images-idx3-ubyte and t10k-labels-idx1-ubyte), nor a folder per class, nor images with the number of \
                 their class in front of the name",
                folder.display()
            ),
        }
    }

    /// An image as the input of a network.
    pub(super) fn pixels(&self, number: usize, input: &InputSpec) -> Result<Array3<u8>> {
        match &self.images {
            Images::Idx(images, path) => {
                idx::check_maps(path, input.maps)?;
                let image = DynamicImage::ImageLuma8(idx::image(images, number));
                photograph::input(image, input).with_context(|| self.name(number))
            }
            Images::Files(files) => {
                let path = &files[number].1;
                let shown = || path.display().to_string();
                photograph::input(photograph::open(path)?, input).with_context(shown)
            }
        }
    }

    /// What an image is called in a message.
    pub(super) fn name(&self, number: usize) -> String {
        match &self.images {
            Images::Idx(_, path) => format!("{}, image {number} (counted from 0)", path.display()),
            Images::Files(files) => files[number].1.display().to_string(),
        }
    }

    pub(super) fn files(&self) -> Vec<(String, PathBuf)> {
        let mut files = self.list.clone();
        if let Images::Files(images) = &self.images {
            files.extend(images.iter().cloned());
        }
        files
    }
}

/// The number that a name begins with.
pub(super) fn number_in_front(name: &str) -> Option<usize> {
    let digits: String = name.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}
