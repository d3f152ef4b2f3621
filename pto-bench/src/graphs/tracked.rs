//! AUTO scopes in the runtime's own terms, without a compiler: every argument is looked up and registered.

use pto_runtime::{
    Call, Create, Deps, Error, Input, InputOutput, Native, OutArg, Root, Site, create, read, write,
};

use super::kernels;

type Program<'env> = Box<dyn FnOnce(&Root<'env, Native>) -> Result<(), Error> + 'env>;

/// Every task updates the tensor.
pub(super) fn chain<'env>(x: impl Into<InputOutput<'env, f32>>, tasks: usize) -> Program<'env> {
    let x = x.into();
    Box::new(move |root| {
        let mut x = root.inout(x);
        let scope = root.auto(Site::here("scope"))?;
        for _ in 0..tasks {
            let mut call = kernels::step::call(write(&mut x));
            scope.launch(&mut call, Site::here("step"), Deps::NONE)?;
        }
        Ok(())
    })
}

/// Groups of `grid` products, each added to the group's sum.
pub(super) fn bgemm<'env>(
    a: impl Into<Input<'env, f32>>,
    b: impl Into<Input<'env, f32>>,
    c: impl Into<InputOutput<'env, f32>>,
    grid: usize,
) -> Program<'env> {
    let (a, b, c) = (a.into(), b.into(), c.into());
    Box::new(move |root| {
        let (a, b, mut c) = (root.input(a), root.input(b), root.inout(c));
        for group in 0..c.dim(0) {
            let scope = root.auto(Site::here("scope"))?;
            let mut sum = c.view_mut(group..group + 1)?;
            for at in group * grid..(group + 1) * grid {
                let spec = create::<f32>([1, 1]);
                let (x, y) = (a.view(at..at + 1)?, b.view(at..at + 1)?);
                let mut call = kernels::gemm::call(read(&x), read(&y), spec);
                let made = scope.launch(&mut call, Site::here("gemm"), Deps::NONE)?;
                let product = made.output(&call, 2, spec);
                let mut call = kernels::accumulate::call(read(&product), write(&mut sum));
                scope.launch(&mut call, Site::here("accumulate"), Deps::NONE)?;
            }
        }
        Ok(())
    })
}

/// The tensors of attention.
pub(super) struct Tensors<'env> {
    pub(super) query: Input<'env, f32>,
    pub(super) key: Input<'env, f32>,
    pub(super) value: Input<'env, f32>,
    pub(super) table: Input<'env, i32>,
    pub(super) out: InputOutput<'env, f32>,
}

/// A scope for each tile, and in it one for each block.
pub(super) fn attention(tensors: Tensors<'_>, blocks: usize) -> Program<'_> {
    Box::new(move |root| {
        let Tensors {
            query,
            key,
            value,
            table,
            out,
        } = tensors;
        let (query, key, value) = (root.input(query), root.input(key), root.input(value));
        let mut out = root.inout(out);
        let (row, column): (Create<f32>, Create<f32>) = (create([1, 4]), create([1]));
        for tile in 0..query.dim(0) {
            let scope = root.auto(Site::here("tile"))?;
            let q = query.view(tile..tile + 1)?;
            let mut dst = out.view_mut(tile..tile + 1)?;
            let args = [row, column, column].map(OutArg::<f32>::into_arg);
            let mut scratch = Call::alloc(args);
            let made = scope.launch(&mut scratch, Site::here("alloc"), Deps::NONE)?;
            let mut o = made.output(&scratch, 0, row);
            let mut l = made.output(&scratch, 1, column);
            let mut m = made.output(&scratch, 2, column);
            for n in 0..blocks {
                let scope = scope.auto(Site::here("block"))?;
                let at = table.at([tile, n])? as usize;
                let key = key.view(at..at + 1)?;
                let mut call = kernels::qk::call(read(&q), read(&key), row);
                let made = scope.launch(&mut call, Site::here("qk"), Deps::NONE)?;
                let s = made.output(&call, 2, row).view((.., 0..3))?;
                let mut call = kernels::softmax::call(read(&s), row, column, column, 1.0);
                let made = scope.launch(&mut call, Site::here("softmax"), Deps::NONE)?;
                let p = made.output(&call, 1, row);
                let mi = made.output(&call, 2, column);
                let li = made.output(&call, 3, column);
                let value = value.view(at..at + 1)?;
                let mut call = kernels::pv::call(read(&p), read(&value), row);
                let made = scope.launch(&mut call, Site::here("pv"), Deps::NONE)?;
                let o_n = made.output(&call, 2, row);
                let mut call = kernels::update::call(
                    read(&mi),
                    read(&li),
                    read(&o_n),
                    write(&mut m),
                    write(&mut l),
                    write(&mut o),
                    write(&mut dst),
                    n == 0,
                    n + 1 == blocks,
                );
                scope.launch(&mut call, Site::here("update"), Deps::NONE)?;
            }
        }
        Ok(())
    })
}
