//! Loops over the arguments of a call that are none.

/// Does something for each number below a constant, one after the other.
///
/// The compiler takes a call apart, and keeps its parts in registers, only where it sees at once which of them is meant.
/// In a loop it does not see it before it unrolls the loop, which may be too late.
macro_rules! straight {
    (for $index:ident in 0..$count:ident $body:block) => {
        $crate::straight::straight!(@ $index $count $body 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15);
        #[allow(clippy::needless_range_loop, reason = "as it is written for the first ones")]
        for $index in 16..$count $body
    };
    (@ $index:ident $count:ident $body:block $($number:literal)*) => {
        $( if $number < $count {
            let $index: usize = $number;
            $body
        } )*
    };
}

pub(crate) use straight;
