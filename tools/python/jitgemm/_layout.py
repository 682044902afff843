"""The layout of a call, from the shapes and strides of its arrays: pure functions.

The C ABI gets pointers and leading dimensions, so this module checks that the arrays fit each other
and finds the layout of A's scales. The library checks alignment and the multiples that N, K and
leading dimensions must be.
"""

from functools import lru_cache
from typing import NamedTuple

from jitgemm._abi import K_MAJOR, MN_MAJOR, InvalidArgument

NAMES = ("a", "a_scale", "b", "b_scale", "out", "bias")  # the arrays of a call, in this order
BLOCK = 128  # columns of K that share a scale of A; rows and columns of B that share one of B


class Layout(NamedTuple):
    """A launch without its pointers. Leading dimensions count elements."""

    m: int
    n: int
    k: int
    lda: int
    scale_layout: int
    scale_ld: int
    ldb: int
    ldd: int


def blocks(extent):
    return -(-extent // BLOCK)


def _shape(name, shape, expected, meaning):
    if shape != expected:
        raise InvalidArgument(
            f"{name} has shape {list(shape)}, expected {list(expected)}: {meaning}"
        )


def _leading_dimension(name, shape, strides):
    """The leading dimension of a matrix whose rows must be contiguous and must not overlap."""
    rows, columns = shape
    if (columns > 1 and strides[1] != 1) or (rows > 1 and strides[0] < columns):
        raise InvalidArgument(
            f"{name} has strides {list(strides)}, expected [ld, 1] with ld at least {columns}"
        )
    return strides[0] if rows > 1 else columns


def _is_contiguous(shape, strides):
    rows, columns = shape
    return (columns == 1 or strides[1] == 1) and (rows == 1 or strides[0] == columns)


def _scale_layout(shape, strides):
    """The layout of A's scales and its leading dimension."""
    m, kb = shape
    # With one column or one row, a stride has no meaning and may have any value.
    if (strides[0] == 1 or m == 1) and kb > 1 and strides[1] >= m and strides[1] % 4 == 0:
        return MN_MAJOR, strides[1]
    if (strides[1] == 1 or kb == 1) and (strides[0] >= kb or m == 1):
        return K_MAJOR, strides[0] if m > 1 else kb
    raise InvalidArgument(
        f"a_scale has strides {list(strides)}, expected [1, ld] with ld a multiple of 4 and at"
        f" least {m} (M-major), or [ld, 1] with ld at least {kb} (K-major)"
    )


@lru_cache(maxsize=8192)
def resolve(*parts):
    """The layout of a call from the shape and the strides, in elements, of each of its arrays.

    Errors: InvalidArgument. Results are cached, because a server's calls repeat few combinations.
    """
    a, a_scale, b, b_scale, d, *bias = parts[::2]
    a_strides, a_scale_strides, b_strides, b_scale_strides, d_strides, *bias_strides = parts[1::2]
    for name, shape in zip(NAMES, (a, a_scale, b, b_scale, d)):
        if len(shape) != 2:
            raise InvalidArgument(f"{name} has {len(shape)} dimensions, expected 2")
    (m, k), n = a, b[0]
    _shape("b", b, (n, k), "[N, K], with the K of a")
    _shape("a_scale", a_scale, (m, blocks(k)), "[M, ceil(K / 128)], one per token and 128 of K")
    _shape(
        "b_scale", b_scale, (blocks(n), blocks(k)), "[ceil(N / 128), ceil(K / 128)], one per block"
    )
    _shape("out", d, (m, n), "[M, N]")
    if not _is_contiguous(b_scale, b_scale_strides):
        raise InvalidArgument(
            f"b_scale has strides {list(b_scale_strides)}, expected contiguous, {[blocks(k), 1]}"
        )
    if bias:
        _shape("bias", bias[0], (n,), "[N], one per output")
        if bias_strides != [(1,)]:
            raise InvalidArgument(f"bias has strides {list(bias_strides[0])}, expected [1]")
    if m == 0:
        return Layout(0, n, k, 0, K_MAJOR, 0, 0, 0)
    lda = _leading_dimension("a", a, a_strides)
    scale_layout, scale_ld = _scale_layout(a_scale, a_scale_strides)
    ldb = _leading_dimension("b", b, b_strides)
    ldd = _leading_dimension("out", d, d_strides)
    return Layout(m, n, k, lda, scale_layout, scale_ld, ldb, ldd)
