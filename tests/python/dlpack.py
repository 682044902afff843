"""A producer of DLPack capsules, whose memory is never read."""

import ctypes

from jitgemm._arrays import _DLTensor


class _Managed(ctypes.Structure):
    pass


_Deleter = ctypes.CFUNCTYPE(None, ctypes.POINTER(_Managed))
_Managed._fields_ = [
    ("tensor", _DLTensor),
    ("context", ctypes.c_void_p),
    ("deleter", _Deleter),
]

_Destructor = ctypes.CFUNCTYPE(None, ctypes.c_void_p)
_new_capsule = ctypes.pythonapi.PyCapsule_New
_new_capsule.restype = ctypes.py_object
_new_capsule.argtypes = [ctypes.c_void_p, ctypes.c_char_p, _Destructor]


class DLPackArray:
    """`streams`: the streams that consumers asked for; `live`: the number of capsules in use."""

    def __init__(
        self, address, shape, code, bits, *, strides=None, device=0, device_type=2, byte_offset=0
    ):
        extents = ctypes.c_int64 * len(shape)
        self._shape, self._strides = extents(*shape), strides and extents(*strides)
        self._managed = _Managed(
            tensor=_DLTensor(
                data=address,
                device_type=device_type,
                device_id=device,
                ndim=len(shape),
                code=code,
                bits=bits,
                lanes=1,
                shape=self._shape,
                strides=self._strides,
                byte_offset=byte_offset,
            )
        )
        self._destructor = _Destructor(self._given_back)
        self.streams, self.live = [], 0

    def _given_back(self, capsule):
        self.live -= 1

    def __dlpack_device__(self):
        return self._managed.tensor.device_type, self._managed.tensor.device_id

    def __dlpack__(self, *, stream=None):
        self.streams.append(stream)
        self.live += 1
        return _new_capsule(ctypes.addressof(self._managed), b"dltensor", self._destructor)
