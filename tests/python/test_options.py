"""Every option arrives in jitgemm_options, by its keyword and by its variable."""

import ctypes
import os
import pathlib
import re
import subprocess
import unittest
from unittest import mock

import jitgemm
from jitgemm import _abi
from jitgemm._options import OPTIONS, to_struct, value_of

CASES = {  # keyword: (value, text of its variable, what the field then has)
    "cache_dir": (pathlib.Path("/cache"), "/cache", b"/cache"),
    "read_only_cache_dirs": (["/a", pathlib.Path("/b")], "/a:/b", [b"/a", b"/b"]),
    "trusted_cache_owners": ([7, 8, 9], "7,8,9", [7, 8, 9]),
    "cache_max_bytes": (300, "300", 300),
    "cache_lock_dir": ("/locks", "/locks", b"/locks"),
    "on_miss": ("fail", None, 2),
    "tuning_table": ("/table", "/table", b"/table"),
    "embedded_table": (False, None, 1),
    "batch_invariant": (True, None, 1),
    "public_keys": (["/x.pub", "/y.pub"], "/x.pub:/y.pub", [b"/x.pub", b"/y.pub"]),
    "private_key": ("/private", "/private", b"/private"),
    "nvrtc_path": ("/nvrtc", "/nvrtc", b"/nvrtc"),
    "driver_path": ("/driver", "/driver", b"/driver"),
    "form": ("normal", None, 2),
}
NOT_IN_PYTHON = {"struct_size", "log_user", "range_push", "range_pop", "range_user"}


def field(struct, name):
    """The value of a field; of an array, a list."""
    value = getattr(struct, name)
    if isinstance(value, ctypes._Pointer):
        return [value[i] for i in range(getattr(struct, name[:-1] + "_count"))]
    return value


class OptionsTest(unittest.TestCase):
    def test_keywords_arrive(self):
        struct = to_struct({keyword: value for keyword, (value, _, _) in CASES.items()})
        fields = {option.keyword: option.field for option in OPTIONS}
        for keyword, (_, _, expected) in CASES.items():
            with self.subTest(keyword):
                self.assertEqual(field(struct, fields.pop(keyword)), expected)
        self.assertEqual(fields, {"log": "log"})  # test_library has that one

    def test_variables_arrive_and_keywords_come_first(self):
        variables = {
            option.variable: CASES[option.keyword][1] for option in OPTIONS if option.variable
        }
        with mock.patch.dict(os.environ, variables):
            struct = to_struct({})
            keywords_only = to_struct({"cache_dir": None, "public_keys": [], "cache_max_bytes": 0})
        for option in OPTIONS:
            if option.variable:
                with self.subTest(option.variable):
                    self.assertEqual(field(struct, option.field), CASES[option.keyword][2])
        self.assertIsNone(keywords_only.cache_dir)
        self.assertEqual(keywords_only.public_key_file_count, 0)
        self.assertEqual(keywords_only.cache_max_bytes, 0)

    def test_an_empty_variable_counts_as_none(self):
        empty = {option.variable: "" for option in OPTIONS if option.variable}
        with mock.patch.dict(os.environ, empty):
            for option in OPTIONS:
                default = option.default() if callable(option.default) else option.default
                self.assertEqual(value_of(option, {}), default, option.variable)

    def test_every_field_of_the_struct_is_an_option(self):
        fields = {name for name, _ in _abi.Options._fields_ if not name.endswith("_count")}
        self.assertEqual(fields - NOT_IN_PYTHON, {option.field for option in OPTIONS})

    def test_the_variables_are_those_of_the_command(self):
        text = subprocess.run(
            [os.environ["JITGEMM_COMMAND"], "--help"], capture_output=True, text=True, check=True
        ).stdout
        self.assertEqual(
            {option.variable for option in OPTIONS if option.variable},
            set(re.findall(r"JITGEMM_[A-Z_]+", text)) - {"JITGEMM_LOG"},
        )

    def test_sizes_are_numbers_or_texts_with_a_unit(self):
        for size, expected in (
            (12, 12),
            ("12", 12),
            ("12b", 12),
            ("3k", 3 << 10),
            ("256MB", 256 << 20),
            ("2 GiB", 2 << 30),
        ):
            with self.subTest(size):
                self.assertEqual(to_struct({"cache_max_bytes": size}).cache_max_bytes, expected)
        for size in ("much", "-1", "1.5G", ""):
            with self.subTest(size), self.assertRaises(jitgemm.InvalidArgument) as raised:
                to_struct({"cache_max_bytes": size})
            self.assertIn(f"cache_max_bytes = {size!r}", str(raised.exception))

    def test_an_unknown_keyword_is_named_with_those_that_exist(self):
        with self.assertRaisesRegex(TypeError, "unknown option cache_path: .*cache_dir"):
            jitgemm.open(cache_path="/cache")


if __name__ == "__main__":
    unittest.main()
