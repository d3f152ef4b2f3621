"""Makes the stored inputs and expected outputs of the small cases.

    python3 -m venv /tmp/goldens && /tmp/goldens/bin/pip install numpy
    /tmp/goldens/bin/python pto-examples/goldens/make_goldens.py

writes the *.safetensors files beside this script, the same bytes every time. Neither the build nor the tests run it.

The expected output is attention as the textbook has it, in float64 over the bf16 inputs: no blocks, no online softmax, no
rounded weights. It shares nothing with the Rust code, neither with the kernels nor with the Rust reference.
"""

import json
import pathlib

import numpy as np

HERE = pathlib.Path(__file__).parent
HEADS, HEAD_DIM, BLOCK, MAX_BLOCKS = 16, 16, 16, 16
CASES = {
    "case_small1": [33],
    "case_small2": [128],
    "case_var_seq2": [33, 17],
    "case_var_seq4": [33, 64, 128, 15],
}


def to_bf16(x):
    """The bf16 bit patterns (uint16) nearest to float32 values, ties to even. Finite values only."""
    bits = np.ascontiguousarray(x, dtype=np.float32).view(np.uint32)
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype(np.uint16)


def from_bf16(bits):
    """The float64 values of bf16 bit patterns."""
    return (bits.astype(np.uint32) << 16).view(np.float32).astype(np.float64)


def save(path, tensors):
    """Writes {name: (dtype, array)} as a safetensors file.

    The safetensors package takes no bf16 from numpy without a further package; the format is a header length, a JSON
    header and the data, largest element type first.
    """
    width = {"F32": 4, "I32": 4, "BF16": 2}
    header, data = {}, b""
    for name, (dtype, array) in sorted(tensors.items(), key=lambda item: (-width[item[1][0]], item[0])):
        raw = np.ascontiguousarray(array).tobytes()
        assert len(raw) == array.size * width[dtype], name
        header[name] = {"dtype": dtype, "shape": list(array.shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(len(text).to_bytes(8, "little") + text + data)


def attention(query, key, value, table, lens, scale):
    """softmax(scale * q k^T) v for each sequence and head, in float64."""
    out = np.empty(query.shape, dtype=np.float64)
    for b, context in enumerate(lens):
        tokens = [table[b, t // BLOCK] * BLOCK + t % BLOCK for t in range(context)]
        keys, values = key.reshape(-1, HEAD_DIM)[tokens], value.reshape(-1, HEAD_DIM)[tokens]
        for h in range(HEADS):
            scores = scale * (keys @ query[b, h])
            weights = np.exp(scores - scores.max())
            out[b, h] = (weights / weights.sum()) @ values
    return out


def paged_attention(name, lens, seed):
    rng = np.random.default_rng(seed)
    batch, blocks = len(lens), len(lens) * MAX_BLOCKS
    cache = (blocks, BLOCK, 1, HEAD_DIM)
    query = to_bf16(rng.uniform(-0.5, 0.5, (batch, HEADS, HEAD_DIM)))
    key = to_bf16(rng.uniform(-0.5, 0.5, cache))
    value = to_bf16(rng.uniform(-1.0, 1.0, cache))
    table = rng.integers(0, blocks, (batch, MAX_BLOCKS), dtype=np.int32)
    out = attention(from_bf16(query), from_bf16(key), from_bf16(value), table, lens, 1.0)
    save(HERE / f"{name}.safetensors", {
        "query": ("BF16", query),
        "key_cache": ("BF16", key),
        "value_cache": ("BF16", value),
        "block_table": ("I32", table),
        "context_lens": ("I32", np.array(lens, dtype=np.int32)),
        "out": ("F32", out.astype(np.float32)),
    })


def vector_example():
    """One value each: every element of the 128 x 128 tensors has it."""
    a, b = np.float64(2), np.float64(3)
    f = (a + b + 1) * (a + b + 2) + (a + b)
    one = {name: ("F32", np.array([x], dtype=np.float32)) for name, x in {"a": a, "b": b, "f": f}.items()}
    save(HERE / "vector_example.safetensors", one)


if __name__ == "__main__":
    for seed, (name, lens) in enumerate(CASES.items()):
        paged_attention(name, lens, seed)
    vector_example()
