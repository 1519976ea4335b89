use crate::Error;

/// A constant integer matrix: `rows` inputs, `columns` outputs, `y[o] = sum_i x[i] * matrix.get(i, o)`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Matrix {
    rows: usize,
    columns: usize,
    entries: Vec<i64>,
}

impl Matrix {
    /// The matrix with these rows, one an input.
    ///
    /// # Errors
    /// If there is no row or no column, if the rows differ in length, or if an entry does not fit in 62 bits.
    pub fn from_rows<R: AsRef<[i64]>>(rows: &[R]) -> Result<Self, Error> {
        let columns = rows.first().map_or(0, |row| row.as_ref().len());
        if columns == 0 {
            return Err(Error::Empty { rows: rows.len(), columns });
        }
        let mut entries = Vec::with_capacity(rows.len() * columns);
        for (i, row) in rows.iter().enumerate() {
            let row = row.as_ref();
            if row.len() != columns {
                return Err(Error::Ragged { row: i, found: row.len(), expected: columns });
            }
            if let Some(o) = row.iter().position(|&v| !fits(v)) {
                return Err(Error::EntryTooWide { row: i, column: o, value: row[o] });
            }
            entries.extend_from_slice(row);
        }
        Ok(Self { rows: rows.len(), columns, entries })
    }

    /// Number of inputs.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Number of outputs.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// The factor of input `row` in output `column`.
    ///
    /// # Panics
    /// If either is out of range.
    pub fn get(&self, row: usize, column: usize) -> i64 {
        assert!(column < self.columns, "column {column} of a matrix with {} columns", self.columns);
        self.entries[row * self.columns + column]
    }

    /// The factors of one input, one an output.
    ///
    /// # Panics
    /// If `row` is out of range.
    pub fn row(&self, row: usize) -> &[i64] {
        &self.entries[row * self.columns..(row + 1) * self.columns]
    }

    /// The factors of one output, one an input.
    ///
    /// # Panics
    /// If `column` is out of range.
    pub fn column(&self, column: usize) -> impl Iterator<Item = i64> + '_ {
        assert!(column < self.columns, "column {column} of a matrix with {} columns", self.columns);
        self.entries[column..].iter().step_by(self.columns).copied()
    }

    /// Rows and columns exchanged.
    #[must_use]
    pub fn transposed(&self) -> Self {
        let entries = (0..self.columns).flat_map(|o| self.column(o)).collect();
        Self { rows: self.columns, columns: self.rows, entries }
    }

    /// A matrix of zeros whose entries the caller sets; both sizes are at least one.
    pub(crate) fn zeros(rows: usize, columns: usize) -> Self {
        Self { rows, columns, entries: vec![0; rows * columns] }
    }

    pub(crate) fn set(&mut self, row: usize, column: usize, value: i64) {
        self.entries[row * self.columns + column] = value;
    }
}

fn fits(value: i64) -> bool {
    crate::Interval { lo: value, hi: value }.width() <= 62
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_and_entries_are_checked() {
        assert_eq!(Matrix::from_rows::<Vec<i64>>(&[]), Err(Error::Empty { rows: 0, columns: 0 }));
        assert_eq!(Matrix::from_rows(&[[0; 0]; 2]), Err(Error::Empty { rows: 2, columns: 0 }));
        let ragged = Matrix::from_rows(&[vec![1, 2], vec![3]]).unwrap_err();
        assert_eq!(ragged.to_string(), "the matrix is ragged: row 1 has 1 entries, row 0 has 2");
        let wide = Matrix::from_rows(&[[0, 1 << 61]]).unwrap_err();
        assert_eq!(
            wide.to_string(),
            "the entry 2305843009213693952 at row 0, column 1 does not fit in 62 bits"
        );
        assert!(Matrix::from_rows(&[[i64::MIN]]).is_err());
        assert!(Matrix::from_rows(&[[-(1i64 << 61), (1 << 61) - 1]]).is_ok());
    }

    #[test]
    fn transposing_exchanges_rows_and_columns() {
        let matrix = Matrix::from_rows(&[[1, 2, 3], [4, 5, 6]]).unwrap();
        assert_eq!(matrix.transposed(), Matrix::from_rows(&[[1, 4], [2, 5], [3, 6]]).unwrap());
        assert_eq!(matrix.column(1).collect::<Vec<_>>(), [2, 5]);
    }
}
