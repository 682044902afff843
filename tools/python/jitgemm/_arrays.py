"""Arrays with `__cuda_array_interface__` or DLPack, as a pointer, a shape and strides.

PyTorch's tensors have a module of their own, _tensors.
"""

import ctypes
import math
from typing import NamedTuple, Optional

from jitgemm._abi import InvalidArgument

FP8, BF16, FP32 = "float8_e4m3fn", "bfloat16", "float32"

# The elements that a type of the protocols means; DLPack's types are (code, bits). Libraries that
# have neither FP8 nor bfloat16 pass them as bytes and as 16-bit words.
_TYPESTRS = {"|u1": FP8, "<u2": BF16, "<f4": FP32}
_DLPACK_TYPES = {(1, 8): FP8, (10, 8): FP8, (1, 16): BF16, (4, 16): BF16, (2, 32): FP32}
_DLPACK_CUDA = (2, 13)  # device memory, managed memory


class View(NamedTuple):
    """The memory of an array. `owner` keeps it alive."""

    pointer: int
    shape: tuple
    strides: tuple  # elements
    type: Optional[str]  # FP8, BF16, FP32, or None for any other
    type_name: str  # in the words of the array's protocol
    device: Optional[int]  # ordinal, or None if the array names no device
    owner: object


def view(name, array, stream):
    """The memory of `array`. The caller will use it on `stream`; None: the default stream.

    Errors: InvalidArgument, with the name of the parameter.
    """
    interface = getattr(array, "__cuda_array_interface__", None)
    if interface is not None:
        return _of_interface(name, array, interface)
    if hasattr(array, "__dlpack__"):
        return _of_dlpack(name, array, stream)
    raise InvalidArgument(
        f"{name} is a {type(array).__module__}.{type(array).__qualname__}, expected an array on a"
        " GPU, with __cuda_array_interface__ or __dlpack__"
    )


def _of_interface(name, array, interface):
    if interface.get("mask") is not None:
        raise InvalidArgument(f"{name} is a masked array, expected one without a mask")
    shape, typestr = tuple(interface["shape"]), interface["typestr"]
    item_bytes = int(typestr[2:])
    in_bytes = interface.get("strides")
    strides = tuple(step // item_bytes for step in in_bytes) if in_bytes else _contiguous(shape)
    device = array.__dlpack_device__()[1] if hasattr(array, "__dlpack_device__") else None
    pointer = interface["data"][0] or 0
    return View(pointer, shape, strides, _TYPESTRS.get(typestr), typestr, device, array)


def _contiguous(shape):
    return tuple(math.prod(shape[i + 1 :]) for i in range(len(shape)))


class _DLTensor(ctypes.Structure):
    _fields_ = [
        ("data", ctypes.c_void_p),
        ("device_type", ctypes.c_int32),
        ("device_id", ctypes.c_int32),
        ("ndim", ctypes.c_int32),
        ("code", ctypes.c_uint8),
        ("bits", ctypes.c_uint8),
        ("lanes", ctypes.c_uint16),
        ("shape", ctypes.POINTER(ctypes.c_int64)),
        ("strides", ctypes.POINTER(ctypes.c_int64)),  # NULL: contiguous
        ("byte_offset", ctypes.c_uint64),
    ]


_capsule_pointer = ctypes.pythonapi.PyCapsule_GetPointer
_capsule_pointer.restype = ctypes.c_void_p
_capsule_pointer.argtypes = [ctypes.py_object, ctypes.c_char_p]


def _of_dlpack(name, array, stream):
    kind, device = array.__dlpack_device__()
    if kind not in _DLPACK_CUDA:
        raise InvalidArgument(
            f"{name} is on a device of DLPack's type {kind}, expected CUDA (2 or 13)"
        )
    # The producer makes its data ready for this stream; 1 is the protocol's default stream. The
    # capsule is not consumed, so its own destructor releases the array.
    capsule = array.__dlpack__(stream=1 if stream in (None, 0) else stream)
    tensor = _DLTensor.from_address(_capsule_pointer(capsule, b"dltensor"))
    shape = tuple(tensor.shape[: tensor.ndim])
    strides = tuple(tensor.strides[: tensor.ndim]) if tensor.strides else _contiguous(shape)
    elements = _DLPACK_TYPES.get((tensor.code, tensor.bits)) if tensor.lanes == 1 else None
    type_name = f"DLPack type {tensor.code} of {tensor.bits} bits x {tensor.lanes}"
    pointer = (tensor.data or 0) + tensor.byte_offset
    return View(pointer, shape, strides, elements, type_name, device, (array, capsule))
