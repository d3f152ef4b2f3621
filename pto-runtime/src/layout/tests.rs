//! Views of layouts, compared with the elements that they show.

use super::*;

#[test]
fn row_major_strides() {
    let layout = Shape::from([2, 3, 4]).layout().unwrap();
    assert_eq!(layout.strides(), [12, 4, 1]);
    assert_eq!((layout.len(), layout.span()), (24, 24));
    assert!(layout.is_contiguous());
}

#[test]
fn faulty_shapes_are_remembered() {
    assert_eq!(
        Shape::from([1; 6]).layout(),
        Err(ShapeFault::TooManyDims(6))
    );
    assert_eq!(
        Shape::from(&[1u32; 7][..]).layout(),
        Err(ShapeFault::TooManyDims(7))
    );
    assert_eq!(Shape::from([0usize; 0]).layout(), Err(ShapeFault::NoDims));
    assert_eq!(Shape::from(1 << 32).layout(), Err(ShapeFault::TooLarge));
    assert_eq!(
        Shape::from([0, 1 << 16, 1 << 16]).layout(),
        Err(ShapeFault::TooLarge)
    );
    assert_eq!(
        Shape::from([usize::MAX, usize::MAX]).layout(),
        Err(ShapeFault::TooLarge)
    );
}

#[test]
fn permuted_dimensions() {
    let layout = Shape::from([2, 3, 4]).layout().unwrap();
    let turned = layout.permute(&[2, 0, 1]).unwrap();
    assert_eq!(
        (turned.shape(), turned.strides()),
        (&[4, 2, 3][..], &[1, 12, 4][..])
    );
    for wrong in [&[0, 1][..], &[0, 1, 1], &[0, 1, 3], &[0, 1, 2, 3]] {
        assert_eq!(layout.permute(wrong), None, "{wrong:?}");
    }
}

/// The offsets of all elements in row-major order.
fn offsets(layout: &Layout) -> Vec<u64> {
    let mut all = vec![0];
    for (&extent, &stride) in layout.shape().iter().zip(layout.strides()) {
        let step = |at: &u64| {
            let at = *at;
            (0..u64::from(extent)).map(move |i| at + i * u64::from(stride))
        };
        all = all.iter().flat_map(step).collect();
    }
    all
}

/// Whether some strides step through `offsets` with the extents of `wanted`.
fn strides_exist(offsets: &[u64], wanted: &Layout) -> bool {
    let mut strides = [1; MAX_DIMS];
    for (dim, stride) in strides.iter_mut().enumerate().take(wanted.ndims()) {
        let inner: u32 = wanted.shape()[dim + 1..].iter().product();
        if wanted.shape()[dim] > 1 {
            *stride = (offsets[inner as usize] - offsets[0]) as u32;
        }
    }
    let layout = Layout::strided(wanted.shape(), &strides[..wanted.ndims()]).unwrap();
    self::offsets(&layout) == offsets
}

#[test]
fn reshaping_finds_strides_where_there_are_any() {
    let strided = |shape: &[u32], strides: &[u32]| Layout::strided(shape, strides).unwrap();
    // Whole, some columns, every second, transposed, with extents of one, empty.
    let layouts = [
        strided(&[4, 6], &[6, 1]),
        strided(&[4, 6], &[16, 1]),
        strided(&[4, 6], &[12, 2]),
        strided(&[6, 4], &[1, 6]),
        strided(&[1, 4, 1, 6], &[99, 20, 7, 2]),
        strided(&[2, 2, 6], &[100, 12, 2]),
        strided(&[0, 6], &[16, 2]),
    ];
    let shapes: [&[usize]; 10] = [
        &[24],
        &[4, 6],
        &[2, 2, 6],
        &[4, 3, 2],
        &[8, 3],
        &[2, 12],
        &[1, 24, 1],
        &[4, 1, 6],
        &[3, 8],
        &[0],
    ];
    let mut outcomes = [0, 0];
    for layout in &layouts {
        for shape in shapes {
            let wanted = Shape::from(shape).layout().unwrap();
            if wanted.len() != layout.len() {
                continue;
            }
            let reshaped = layout.reshape(&wanted);
            outcomes[usize::from(reshaped.is_some())] += 1;
            match reshaped {
                Some(reshaped) => {
                    assert_eq!(reshaped.shape(), wanted.shape());
                    assert_eq!(
                        offsets(&reshaped),
                        offsets(layout),
                        "{layout:?} as {shape:?}"
                    );
                }
                None => assert!(
                    !strides_exist(&offsets(layout), &wanted),
                    "{layout:?} as {shape:?}"
                ),
            }
        }
    }
    assert!(outcomes.iter().all(|count| *count > 10), "{outcomes:?}");
}

#[test]
fn empty_and_strided_layouts() {
    let empty = Shape::from([0, 4]).layout().unwrap();
    assert!(empty.is_empty() && empty.is_contiguous());
    assert_eq!((empty.len(), empty.span()), (0, 0));
    let column = Layout::strided(&[4, 1], &[8, 1]).unwrap();
    assert_eq!((column.len(), column.span()), (4, 25));
    assert!(!column.is_contiguous());
    assert!(Layout::strided(&[1, 4], &[99, 1]).unwrap().is_contiguous());
    assert!(Layout::strided(&[u32::MAX, 2], &[1, u32::MAX]).is_none());
}
