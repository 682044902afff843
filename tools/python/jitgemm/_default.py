"""The process's own library: opened on first use, never closed."""

import threading

from jitgemm._abi import Error
from jitgemm._library import Library

_mutex = threading.Lock()
_library = None


def library():
    if _library is None:
        _open({})
    return _library


def configure(**options):
    """Opens the library that the functions of this module and the operators use, with the options
    of Library. To be called before any of them is; without it, the defaults serve.

    Errors: Error, when that library is open already: kernels that it has launched, or that a graph
    has captured, are not to be pulled from under them.
    """
    if not _open(options):
        raise Error("configure() comes too late: the default library is open already")


def _open(options):
    global _library
    with _mutex:
        if _library is not None:
            return False
        _library = Library(**options)
        return True
