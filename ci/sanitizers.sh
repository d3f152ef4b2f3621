#!/usr/bin/env bash
# Runs the runtime's tests under ThreadSanitizer and AddressSanitizer, on nightly.
#
#   ci/sanitizers.sh [thread|address]...        both by default
#
# The standard library of the toolchain is used as it is, not instrumented: that needs no sources of it. The runtime's locks
# are others meanwhile, and false alarms about the library's own threads are named in ci/tsan.supp. Each sanitizer first has
# to find a mistake that was made on purpose.
set -euo pipefail
cd "$(dirname "$0")/.."

TARGET=x86_64-unknown-linux-gnu
# Short, but with every way in which threads meet.
TESTS=(--lib --test ordering --test faults --test tracking --test past_mistakes --test programs --test verify --test stress
    --test teams --test team_faults --test conditions --test spread --test strands)
export PTO_STRESS_TASKS="${PTO_STRESS_TASKS:-20000}"

fail() {
    echo "sanitizers: $*" >&2
    exit 1
}

[ "$(uname -sm)" = "Linux x86_64" ] || fail "only for Linux on x86_64"
command -v rustup > /dev/null || fail "needs rustup, see https://rustup.rs"
if ! rustup run nightly rustc --version > /dev/null 2>&1; then
    rustup toolchain install nightly --profile minimal || fail "cannot install the nightly toolchain"
fi
libraries="$(rustup run nightly rustc --print sysroot)/lib/rustlib/$TARGET/lib"

# Runs cargo with one sanitizer: its name, its flags, then what to test.
sanitized() {
    local name=$1 flags=$2
    shift 2
    RUSTFLAGS="-Zsanitizer=$name $flags" CARGO_TARGET_DIR="target/$name-sanitizer" \
        cargo +nightly test --target "$TARGET" -p pto-runtime "$@"
}

check() {
    local name=$1 flags=$2 says=$3 control=$4 more=("${@:5}") log
    ls "$libraries"/librustc*_rt."${name:0:1}"san.a > /dev/null 2>&1 ||
        fail "the nightly toolchain has no runtime for the $name sanitizer"
    log="$(mktemp)"
    if sanitized "$name" "$flags" --test control -- --ignored --exact "$control" > "$log" 2>&1; then
        fail "the $name sanitizer does not find the mistake in tests/control.rs"
    fi
    grep -q "$says" "$log" || { tail -n 40 "$log" >&2; fail "the $name sanitizer did not run"; }
    rm "$log"
    echo "sanitizers: $name finds what it has to"
    # One test at a time, each with threads of its own, and what panics say is not captured: the harness would only confuse.
    sanitized "$name" "$flags" "${TESTS[@]}" "${more[@]}" -- --test-threads=1 --nocapture ||
        fail "the $name sanitizer has found something"
    echo "sanitizers: $name is content"
}

[ $# -gt 0 ] || set -- thread address
for name in "$@"; do
    case $name in
    thread)
        export TSAN_OPTIONS="suppressions=$PWD/ci/tsan.supp exitcode=66 allocator_may_return_null=1"
        check thread "-Cunsafe-allow-abi-mismatch=sanitizer --cfg visible_locks" "ThreadSanitizer: data race" two_tasks_that_race
        ;;
    address)
        export ASAN_OPTIONS="detect_leaks=1 allocator_may_return_null=1"
        # What hands runtimes over behind the library's own locks, which the thread sanitizer does not see, comes on top.
        check address "" "AddressSanitizer: heap-use-after-free" memory_that_was_returned --test hostile
        ;;
    *) fail "unknown sanitizer '$name': thread or address" ;;
    esac
done
