//! Matrices by their rows.

/// A matrix that can be read row by row.
pub trait Rows<T> {
    /// The number of rows.
    fn rows(&self) -> usize;
    /// The number of columns.
    fn cols(&self) -> usize;
    /// Row `i`, [`cols`](Rows::cols) elements long.
    fn row(&self, i: usize) -> &[T];
}

/// A matrix that can be written row by row.
pub trait RowsMut<T> {
    /// The number of rows.
    fn rows(&self) -> usize;
    /// The number of columns.
    fn cols(&self) -> usize;
    /// Row `i`, [`cols`](RowsMut::cols) elements long.
    fn row_mut(&mut self, i: usize) -> &mut [T];
}

/// Part of a slice seen as a matrix: row `i` starts at element `i * stride`.
#[derive(Clone, Copy, Debug)]
pub struct Tile<'a, T> {
    data: &'a [T],
    rows: usize,
    cols: usize,
    stride: usize,
}

impl<'a, T> Tile<'a, T> {
    /// `rows` rows of `cols` elements, `stride` apart. Panics if the slice is too short.
    pub fn new(data: &'a [T], rows: usize, cols: usize, stride: usize) -> Self {
        check_extent(data.len(), rows, cols, stride);
        Self {
            data,
            rows,
            cols,
            stride,
        }
    }

    /// The whole slice as rows of `cols` elements.
    pub fn packed(data: &'a [T], cols: usize) -> Self {
        Self::new(data, data.len() / cols, cols, cols)
    }
}

impl<T> Rows<T> for Tile<'_, T> {
    fn rows(&self) -> usize {
        self.rows
    }

    fn cols(&self) -> usize {
        self.cols
    }

    fn row(&self, i: usize) -> &[T] {
        &self.data[i * self.stride..][..self.cols]
    }
}

/// Part of a mutable slice seen as a matrix, like [`Tile`].
#[derive(Debug)]
pub struct TileMut<'a, T> {
    data: &'a mut [T],
    rows: usize,
    cols: usize,
    stride: usize,
}

impl<'a, T> TileMut<'a, T> {
    /// `rows` rows of `cols` elements, `stride` apart. Panics if the slice is too short.
    pub fn new(data: &'a mut [T], rows: usize, cols: usize, stride: usize) -> Self {
        check_extent(data.len(), rows, cols, stride);
        Self {
            data,
            rows,
            cols,
            stride,
        }
    }

    /// The whole slice as rows of `cols` elements.
    pub fn packed(data: &'a mut [T], cols: usize) -> Self {
        let rows = data.len() / cols;
        Self::new(data, rows, cols, cols)
    }
}

impl<T> RowsMut<T> for TileMut<'_, T> {
    fn rows(&self) -> usize {
        self.rows
    }

    fn cols(&self) -> usize {
        self.cols
    }

    fn row_mut(&mut self, i: usize) -> &mut [T] {
        &mut self.data[i * self.stride..][..self.cols]
    }
}

fn check_extent(len: usize, rows: usize, cols: usize, stride: usize) {
    assert!(
        stride >= cols,
        "rows of {cols} elements overlap when they are {stride} apart"
    );
    let needed = if rows == 0 {
        0
    } else {
        (rows - 1) * stride + cols
    };
    assert!(
        needed <= len,
        "{rows} rows of {cols} elements, {stride} apart, do not fit in {len} elements"
    );
}
