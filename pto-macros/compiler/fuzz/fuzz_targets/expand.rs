//! Arbitrary bytes as programs: text, or a random program with changed tokens.

#![no_main]

#[path = "../../tests/soup/expansion.rs"]
mod expansion;

use libfuzzer_sys::{Corpus, fuzz_target};
use proc_macro2::TokenStream;
use pto_programs::{Edit, Generator};

/// What the bytes stand for; `None` if it is nothing that rustc would pass to a macro.
fn item(bytes: &[u8]) -> Option<TokenStream> {
    let (kind, rest) = bytes.split_first()?;
    if kind % 2 == 0 {
        return std::str::from_utf8(rest).ok()?.parse().ok();
    }
    let (seed, rest) = rest.split_first_chunk::<8>()?;
    let size = usize::from(kind >> 4);
    let source = Generator::new(u64::from_le_bytes(*seed)).program(size);
    let program: TokenStream = source.parse().ok()?;
    let edits = Edit::from_bytes(rest).into_iter().take(8);
    Some(edits.fold(program, |program, edit| edit.apply(program)))
}

fuzz_target!(|bytes: &[u8]| -> Corpus {
    let Some(item) = item(bytes) else {
        return Corpus::Reject;
    };
    if let Err(wrong) = expansion::check(&TokenStream::new(), &item) {
        panic!("{wrong}\nfor {item}");
    }
    Corpus::Keep
});
