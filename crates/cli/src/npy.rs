//! NumPy's `.npy` files: a header that is a Python dictionary, then the bare numbers.
//!
//! The format is NumPy's own (`numpy.lib.format`, versions 1 to 3). Read here are bytes and little-endian floats in C order,
//! which is what `numpy.save` writes of such arrays.

use anyhow::{Context, Result, bail, ensure};

use crate::tensor::{Numbers, Tensor};

const MAGIC: &[u8] = b"\x93NUMPY";

/// The array in a `.npy` file.
pub(crate) fn read(bytes: &[u8]) -> Result<Tensor> {
    let rest = bytes.strip_prefix(MAGIC).context("it does not begin as a .npy file does")?;
    let (version, rest) = rest.split_at_checked(2).context("it ends inside the header")?;
    let length_bytes = if version[0] == 1 { 2 } else { 4 };
    let (length, rest) = rest.split_at_checked(length_bytes).context("it ends inside the header")?;
    let length = length.iter().rev().fold(0_usize, |sum, &byte| sum << 8 | usize::from(byte));
    let (header, data) = rest.split_at_checked(length).context("it ends inside the header")?;
    let header = std::str::from_utf8(header).context("its header is no text")?;
    let numbers = match value_of(header, "descr")?.trim_matches(['\'', '"']) {
        "|u1" | "u1" => Numbers::Bytes,
        "<f4" => Numbers::Floats,
        "<f8" => Numbers::Doubles,
        other => {
            bail!("its numbers are `{other}`: write 8-bit pixels (uint8), float32 or float64, little-endian")
        }
    };
    ensure!(
        value_of(header, "fortran_order")? == "False",
        "it is in Fortran order: write numpy.ascontiguousarray of the array"
    );
    let shape = value_of(header, "shape")?.trim_matches(['(', ')']);
    let shape: Result<Vec<usize>> = shape
        .split(',')
        .map(str::trim)
        .filter(|side| !side.is_empty())
        .map(|side| side.parse().with_context(|| format!("`{side}` in its shape is no number")))
        .collect();
    Tensor::new(shape?, numbers, data)
}

/// What the dictionary says of a key, up to the comma behind it.
fn value_of<'a>(header: &'a str, key: &str) -> Result<&'a str> {
    let missing = || format!("its header has no `{key}`");
    let (_, after) = header.split_once(&format!("'{key}':")).with_context(missing)?;
    let after = after.trim_start();
    let end = if after.starts_with('(') { after.find(')').map(|at| at + 1) } else { after.find([',', '}']) };
    Ok(after[..end.with_context(missing)?].trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file as NumPy writes it.
    fn file(header: &str, data: &[u8]) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.extend([1, 0, header.len() as u8, 0]);
        bytes.extend(header.as_bytes());
        bytes.extend(data);
        bytes
    }

    #[test]
    fn reads_what_numpy_writes() {
        let pixels =
            file("{'descr': '|u1', 'fortran_order': False, 'shape': (2, 1, 2), }  \n", &[0, 128, 255, 64]);
        let inputs = read(&pixels).unwrap().inputs(1).unwrap();
        assert_eq!(inputs.len(), 2);
        assert_eq!(inputs[0].iter().copied().collect::<Vec<f32>>(), [-1.0, 0.0]);
        let floats = file("{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2, 1, 1), }", &{
            let mut data = 0.5_f32.to_le_bytes().to_vec();
            data.extend((-0.25_f32).to_le_bytes());
            data
        });
        let inputs = read(&floats).unwrap().inputs(2).unwrap();
        assert_eq!(inputs[0].iter().copied().collect::<Vec<f32>>(), [0.5, -0.25]);
    }

    #[test]
    fn faults_are_said() {
        let refuse = |bytes: &[u8]| format!("{:#}", read(bytes).and_then(|t| t.inputs(1)).unwrap_err());
        let header = |what: &str| file(&format!("{{'descr': {what}, }}"), &[0; 8]);
        assert!(refuse(b"PK").contains("does not begin"));
        assert!(refuse(&file("{}", &[])[..9]).contains("ends inside"));
        assert!(refuse(&header("'>f4', 'fortran_order': False, 'shape': (1,)")).contains("`>f4`"));
        assert!(refuse(&header("'|u1', 'fortran_order': True, 'shape': (1,)")).contains("Fortran"));
        assert!(refuse(&header("'|u1', 'fortran_order': False, 'shape': (1, -3)")).contains("`-3`"));
        assert!(refuse(&header("'|u1', 'fortran_order': False, 'shape': (8,)")).contains("[8]"));
        assert!(refuse(&header("'|u1', 'fortran_order': False, 'shape': (3, 3, 3)")).contains("27"));
        assert!(
            refuse(&header("'|u1', 'fortran_order': False, 'shape': (4294967296, 4294967296, 9)"))
                .contains("too large")
        );
        let nothing = file("{'descr': '|u1', 'fortran_order': False, 'shape': (0, 3, 3), }", &[]);
        assert!(refuse(&nothing).contains("nothing"), "{}", refuse(&nothing));
    }
}
