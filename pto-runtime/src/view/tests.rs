use super::*;

fn counting(shape: [usize; 2]) -> Tensor<i32> {
    Tensor::from_vec(shape, (0..(shape[0] * shape[1]) as i32).collect()).unwrap()
}

#[test]
fn reads_and_writes_reach_the_host() {
    let mut tensor = counting([2, 3]);
    let input = In::from(&tensor);
    assert_eq!(
        (input.get([1, 2]), input.row(1), input.dim(1)),
        (5, &[3, 4, 5][..], 3)
    );
    assert_eq!(input.rows().map(<[i32]>::len).sum::<usize>(), 6);
    let mut update = InOut::from(&mut tensor);
    update.set([0, 0], 9);
    update.row_mut(1)[0] = 7;
    assert_eq!(update.as_slice().unwrap(), [9, 1, 2, 7, 4, 5]);
    Out::from(&mut tensor).fill(1);
    assert_eq!(tensor.as_slice(), [1; 6]);
}

#[test]
fn strided_views_skip_the_holes() {
    let mut tensor = counting([3, 4]);
    let (base, _) = tensor.parts_mut();
    let layout = Layout::strided(&[3, 2], &[4, 1]).unwrap();
    // SAFETY: columns 1 and 2 of the tensor, which outlives the view and is not otherwise used meanwhile.
    let mut columns = unsafe { InOut::from_raw(base.add(1), layout.dims()) };
    assert!(!columns.is_contiguous() && columns.as_slice().is_none());
    assert_eq!(columns.to_vec(), [1, 2, 5, 6, 9, 10]);
    columns.copy_from_slice(&[-1, -2, -3, -4, -5, -6]);
    assert_eq!(columns.row(2), [-5, -6]);
    assert_eq!(
        tensor.as_slice(),
        [0, -1, -2, 3, 4, -3, -4, 7, 8, -5, -6, 11]
    );
}

#[test]
fn three_dimensions_in_row_major_order() {
    let mut tensor = Tensor::from_vec([2, 2, 2], (0..8).collect::<Vec<i32>>()).unwrap();
    let (base, _) = tensor.parts_mut();
    let layout = Layout::strided(&[2, 2, 2], &[1, 2, 4]).unwrap();
    // SAFETY: the whole tensor, transposed, which is not otherwise used meanwhile.
    let transposed = unsafe { In::from_raw(base, layout.dims()) };
    assert_eq!(transposed.to_vec(), [0, 4, 2, 6, 1, 5, 3, 7]);
}

#[test]
fn empty_views_are_harmless() {
    let mut tensor = Tensor::<f32>::zeros([0, 4]);
    Out::from(&mut tensor).fill(1.0);
    assert!(In::from(&tensor).to_vec().is_empty());
    assert_eq!(In::from(&tensor).as_slice(), Some(&[][..]));
}

#[test]
#[should_panic(expected = "index [2, 0] is out of bounds for a tensor of shape [2, 3]")]
fn an_index_out_of_bounds_panics() {
    In::from(&counting([2, 3])).get([2, 0]);
}

#[test]
#[should_panic(expected = "wrong rank")]
fn an_index_of_the_wrong_rank_panics() {
    In::from(&counting([2, 3])).get(0);
}

#[test]
#[should_panic(expected = "5 elements for a tensor of shape [2, 3]")]
fn copying_the_wrong_number_panics() {
    Out::from(&mut counting([2, 3])).copy_from_slice(&[0; 5]);
}
