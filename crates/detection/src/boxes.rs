//! Lists of boxes that people drew.

use std::collections::BTreeMap;

use crate::{BoundingBox, Error};

/// Reads lines of `file x1 y1 x2 y2`, in pixels, the last column and row belonging to the box; the boxes by file name,
/// each file's in the order of the lines.
///
/// A photograph without faces has no line and so is not among them, though its false alarms count.
///
/// Blank lines and lines that begin with `#` are skipped. The edges of a [`BoundingBox`] are exclusive: its `x2` is the
/// last column plus one.
///
/// # Errors
/// The first line that is no box, and what is wrong with it.
pub fn parse_boxes(text: &str) -> Result<BTreeMap<String, Vec<BoundingBox>>, Error> {
    let mut boxes = BTreeMap::<String, Vec<BoundingBox>>::new();
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    for (number, content) in text.lines().enumerate() {
        if content.trim().is_empty() || content.trim_start().starts_with('#') {
            continue;
        }
        let line = number + 1;
        let fields: Vec<&str> = content.split_whitespace().collect();
        let &[file, x1, y1, x2, y2] = fields.as_slice() else {
            return Err(Error::FieldCount { line, got: fields.len() });
        };
        let (x1, x2) = span(line, 'x', corner(line, "x1", x1)?, corner(line, "x2", x2)?)?;
        let (y1, y2) = span(line, 'y', corner(line, "y1", y1)?, corner(line, "y2", y2)?)?;
        boxes.entry(file.to_owned()).or_default().push(BoundingBox { x1, y1, x2, y2 });
    }
    Ok(boxes)
}

/// A number of pixels.
fn corner(line: usize, field: &'static str, text: &str) -> Result<f64, Error> {
    let number = text.parse().ok().filter(|number: &f64| number.is_finite());
    number.ok_or_else(|| Error::NotANumber { line, field, text: text.to_owned() })
}

/// From the first and the last pixel to the edges.
fn span(line: usize, axis: char, first: f64, last: f64) -> Result<(f64, f64), Error> {
    if last < first {
        return Err(Error::Backwards { line, axis, first, last });
    }
    Ok((first, last + 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boxes_by_file_with_exclusive_edges() {
        let text =
            "\u{feff}# file x1 y1 x2 y2\r\nb.jpg 1 2 3 4\r\n\n  # more\na.png\t-1 0.5 -1 0.5\nb.jpg 5 6 7 8";
        let boxes = parse_boxes(text).unwrap();
        assert_eq!(boxes.keys().collect::<Vec<_>>(), ["a.png", "b.jpg"]);
        assert_eq!(boxes["a.png"], [BoundingBox { x1: -1.0, y1: 0.5, x2: 0.0, y2: 1.5 }]);
        assert_eq!(
            boxes["b.jpg"],
            [
                BoundingBox { x1: 1.0, y1: 2.0, x2: 4.0, y2: 5.0 },
                BoundingBox { x1: 5.0, y1: 6.0, x2: 8.0, y2: 9.0 }
            ]
        );
        assert!(parse_boxes("").unwrap().is_empty());
    }

    #[test]
    fn errors_say_the_line_and_what_would_be_right() {
        for (wrong, message) in [
            ("a.jpg 1 2 3", "line 3: 4 fields, but a box is `file x1 y1 x2 y2` (a file name has no blanks)"),
            (
                "a b.jpg 1 2 3 4",
                "line 3: 6 fields, but a box is `file x1 y1 x2 y2` (a file name has no blanks)",
            ),
            (
                "a.jpg 1 2 3 4 # me",
                "line 3: 7 fields, but a box is `file x1 y1 x2 y2` (a file name has no blanks)",
            ),
            ("a.jpg 1 2 3 four", "line 3: y2 is `four`, but it must be a number of pixels"),
            ("a.jpg nan 2 3 4", "line 3: x1 is `nan`, but it must be a number of pixels"),
            ("a.jpg 1 2 1e999 4", "line 3: x2 is `1e999`, but it must be a number of pixels"),
            ("a.jpg 4 2 3.5 4", "line 3: x2 is 3.5 and x1 is 4, but a box ends where it begins or after"),
            ("a.jpg 1 2 3 1", "line 3: y2 is 1 and y1 is 2, but a box ends where it begins or after"),
        ] {
            let text = format!("# boxes\n\n{wrong}\na.jpg 1\n");
            assert_eq!(parse_boxes(&text).unwrap_err().to_string(), message);
        }
    }
}
