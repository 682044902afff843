"""The default library of the process: opened on first use, never closed."""

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
    """Opens the default library, which the functions of this module and the operators use, with
    options of Library. Without this call, the first use opens it with the default options.

    Errors: Error when the default library is open already. It is not replaced, because running
    launches and captured graphs may hold its kernels.
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
