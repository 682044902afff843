"""The options of a library: keyword, field of jitgemm_options, variable, default, in one list."""

import ctypes
import importlib.util
import os
import re
import textwrap
from functools import partial
from typing import Any, Callable, NamedTuple

from jitgemm import _abi


def _path(path):
    return None if path is None else os.fsencode(path)


def _paths(paths):
    return _array(ctypes.c_char_p, [os.fsencode(path) for path in paths if path])


def _user_ids(ids):
    return _array(ctypes.c_uint32, [int(user) for user in ids if user != ""])


def _array(item, values):
    return (item * len(values))(*values)


def _bytes(size):
    """A number, or a text such as "256MB", as the command takes it: units are powers of 1024."""
    match = re.fullmatch(r"\s*(\d+)\s*(?:([KMGTPE])I?)?B?\s*", str(size), re.IGNORECASE)
    if not match:
        raise _abi.InvalidArgument(f"cache_max_bytes = {size!r} is no size such as 256MB")
    return int(match[1]) << 10 * " KMGTPE".index((match[2] or " ").upper())


def choice(name, choices, value):
    if value not in choices:
        raise _abi.InvalidArgument(f"{name} = {value!r} is none of {', '.join(choices)}")
    return choices[value]


_form = partial(choice, "form", _abi.FORMS)
_miss_policy = partial(choice, "on_miss", _abi.MISS_POLICIES)


def _log(log):
    if log is None:
        return _abi.LogFunction(0)
    return _abi.LogFunction(lambda user, level, line: log(level, line.decode(errors="replace")))


def _cache_of_user():
    xdg = os.environ.get("XDG_CACHE_HOME", "")
    if xdg.startswith("/"):  # the XDG specification says that a relative path is ignored
        return xdg + "/jitgemm"
    home = os.environ.get("HOME")
    return home + "/.cache/jitgemm" if home else None


def nvrtc_of_wheels():
    """The libnvrtc of this Python's nvidia wheels, or None."""
    spec = importlib.util.find_spec("nvidia")
    for folder in spec.submodule_search_locations if spec else ():
        for place in ("cu13/lib/libnvrtc.so.13", "cuda_nvrtc/lib/libnvrtc.so.12"):
            if os.path.exists(os.path.join(folder, place)):
                return os.path.join(folder, place)
    return None


class Option(NamedTuple):
    keyword: str  # of Library
    field: str  # of jitgemm_options; an array's length is in <field without s>_count
    convert: Callable  # from the keyword's value to the field's
    default: Any  # a value, or a function that finds it
    variable: str  # of the environment, the same as the command's; "" means none
    separator: str  # between the elements of a list in the variable
    help: str


# fmt: off
OPTIONS = (
    Option("cache_dir", "cache_dir", _path, _cache_of_user, "JITGEMM_CACHE_DIR", "",
           "folder of compiled kernels; None: memory only. By default the folder that the command"
           " `jitgemm` uses"),
    Option("read_only_cache_dirs", "read_only_cache_dirs", _paths, (),
           "JITGEMM_READ_ONLY_CACHE_DIRS", ":",
           "folders that are searched before cache_dir and never written"),
    Option("trusted_cache_owners", "trusted_cache_owners", _user_ids, (),
           "JITGEMM_TRUSTED_CACHE_OWNERS", ",",
           "ids of users whose cache folders are used, beside this user and root"),
    Option("cache_max_bytes", "cache_max_bytes", _bytes, 0, "JITGEMM_CACHE_MAX_BYTES", "",
           'size limit of cache_dir, a number or a text such as "256MB"; above it, the least'
           " recently used kernels are evicted; 0: no limit"),
    Option("cache_lock_dir", "cache_lock_dir", _path, None, "JITGEMM_CACHE_LOCK_DIR", "",
           "folder of locks, where cache_dir has none; by default a folder of this user and host"),
    Option("on_miss", "on_miss", _miss_policy, "default", "", "",
           'what a launch does when its kernel is not loaded: "compile", "fail", or "background",'
           " where a generic kernel serves until the kernel is made"),
    Option("tuning_table", "tuning_table", _path, None, "JITGEMM_TUNING_TABLE", "",
           "file of `jitgemm tune`"),
    Option("embedded_table", "no_embedded_table", lambda value: not value, True, "", "",
           "False: the library's own tuning table is not asked"),
    Option("batch_invariant", "batch_invariant", bool, False, "", "",
           "True: the bits of a row of the result depend neither on M nor on the other rows"),
    Option("public_keys", "public_key_files", _paths, (), "JITGEMM_PUBLIC_KEYS", ":",
           "PEM files of Ed25519 keys: a cache entry is accepted only if one of them verifies it"),
    Option("private_key", "private_key_file", _path, None, "JITGEMM_PRIVATE_KEY", "",
           "PEM file of the Ed25519 key that signs the entries that the library writes"),
    Option("nvrtc_path", "nvrtc_path", _path, nvrtc_of_wheels, "JITGEMM_NVRTC", "",
           "libnvrtc to open; by default that of this Python's nvidia wheels, or else the usual"
           " places"),
    Option("driver_path", "driver_path", _path, None, "JITGEMM_DRIVER", "",
           "libcuda to open; by default libcuda.so.1"),
    Option("form", "form", _form, "auto", "", "",
           'one kernel form, "swapped" or "normal", for tests and comparisons'),
    Option("log", "log", _log, None, "", "",
           "called with (level, line), level 0 debug to 2 warning, from any thread that calls the"
           " library; must not call it. A library with a log is closed when the process ends,"
           " because Python cannot be called later"),
)
# fmt: on


def value_of(option, given):
    """The value of an option: the keyword's, or else the variable's, or else the default."""
    if option.keyword in given:
        return given[option.keyword]
    text = os.environ.get(option.variable) if option.variable else None
    if text:
        return text.split(option.separator) if option.separator else text
    return option.default() if callable(option.default) else option.default


def to_struct(given):
    """jitgemm_options with the keywords `given`. Errors: InvalidArgument; TypeError for a keyword
    that is not an option."""
    unknown = sorted(set(given) - {option.keyword for option in OPTIONS})
    if unknown:
        known = ", ".join(option.keyword for option in OPTIONS)
        raise TypeError(f"unknown option {', '.join(unknown)}: the options are {known}")
    struct = _abi.Options()
    for option in OPTIONS:
        value = option.convert(value_of(option, given))
        setattr(struct, option.field, value)
        if isinstance(value, ctypes.Array):
            setattr(struct, option.field[:-1] + "_count", len(value))
    return struct


def help_text():
    """The options, one paragraph each, for a docstring."""
    paragraphs = []
    for option in OPTIONS:
        variable = f" [{option.variable}]" if option.variable else ""
        paragraphs.append(f"    {option.keyword}{variable}")
        paragraphs.append(textwrap.indent(textwrap.fill(option.help, 88), " " * 8))
    return "\n".join(paragraphs)
