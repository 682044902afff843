"""Preparing, counters, records and lifetime of libraries, and the default library."""

import gc
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import textwrap
import unittest
import weakref

import jitgemm
from stub import DRIVER, K, N, Array, StubTest, live_libraries, operands


class LibraryTest(StubTest):
    def test_prepare_reports_and_launches_make_nothing_then(self):
        library = self.open()
        names = []
        report = library.prepare(
            [(N, K), (N, K)], 64, threads=2, progress=lambda done, total, name: names.append(name)
        )
        self.assertEqual((report.shapes, report.failed), (1, 0))
        self.assertEqual(report.ready, report.kernels)
        self.assertEqual(len(names), report.kernels)
        self.assertTrue(all(name.startswith(f"n{N}_k{K}_") for name in names), names)
        before = library.stats()
        for m in (1, 17, 64):
            library.gemm(**operands(m), on_miss="fail")
        after = library.stats()
        self.assertEqual(after["launches"], before["launches"] + 3)
        self.assertEqual(after["compiled"], before["compiled"])

    def test_prepare_loads_the_kernels_of_a_bias(self):
        library = self.open()
        library.prepare([(N, K, "fp32")], 8)
        library.gemm(**operands(7, bias=Array(0x60000, (N,), "<f4")), on_miss="fail")
        with self.assertRaises(jitgemm.NotReady):
            library.gemm(**operands(7), on_miss="fail")

    def test_a_refused_shape_is_named(self):
        self.assert_refused("n = 260 is not a multiple of 8", self.open().prepare, [(260, K)])

    def test_without_a_compiler_a_missing_kernel_is_an_error(self):
        library = self.open(cache_dir=None, nvrtc_path="/nonexistent/lib.so")
        with self.assertRaises(jitgemm.Error) as raised:
            library.prepare([(N, K)], 1)
        self.assertEqual(raised.exception.status, jitgemm.Status.MISSING)
        self.assertIn("/nonexistent/lib.so", str(raised.exception))

    def test_close_unloads_the_kernels(self):
        library = jitgemm.open(cache_dir=None, driver_path=DRIVER)
        library.prepare([(N, K)], 1)
        library.gemm(**operands(1))  # its handle of the shape keeps the library open
        self.assertGreater(live_libraries(), 0)
        library.close()
        self.assertEqual(live_libraries(), 0)

    def test_a_library_without_references_keeps_its_kernels(self):
        before = live_libraries()
        jitgemm.open(cache_dir=None, driver_path=DRIVER).prepare([(N, K)], 1)
        self.assertGreater(live_libraries(), before)

    def test_the_log_is_called(self):
        lines = []
        library = self.open(log=lambda level, line: lines.append((level, line)))
        library.prepare([(N, K)], 1)
        self.assertTrue(lines)
        for level, line in lines:
            self.assertIn(level, (0, 1, 2))
            self.assertTrue(line.startswith("jitgemm,v1,"), line)

    def test_a_library_without_references_keeps_its_log(self):
        library = jitgemm.open(cache_dir=None, log=lambda level, line: None)
        held = weakref.ref(library)
        del library
        gc.collect()
        self.assertIsNotNone(held())
        held().close()
        gc.collect()
        self.assertIsNone(held())

    def test_close_may_come_twice(self):
        library = self.open()
        library.close()
        library.close()
        self.assert_refused("library is NULL", library.stats)


class KernelsTest(StubTest):
    def test_each_loaded_kernel_has_a_record(self):
        library = self.open(cache_dir=None)
        self.assertEqual(library.kernels(), [])
        library.gemm(**operands(7))
        (record,) = library.kernels()
        self.assertEqual(record.name, library.kernel_name(N, K, 7))
        self.assertEqual((record.n, record.k, record.device), (N, K, 0))
        self.assertEqual((record.form, record.origin, record.launches), ("swapped", "compiled", 1))
        self.assertTrue(record.m_first <= 7 <= record.m_last, record)
        self.assertTrue(record.plan)
        self.assertGreater(record.compile_ms, 0)

    def test_prometheus_text_has_counters_and_kernels(self):
        library = self.open()
        library.gemm(**operands(7))
        text = library.prometheus()
        self.assertIn("\njitgemm_launches_total 1\n", text)
        name = library.kernel_name(N, K, 7)
        self.assertIn(f'jitgemm_kernel_launches_total{{kernel="{name}",device="0"}} 1\n', text)


class DefaultLibraryTest(StubTest):
    """Each test runs in a process of its own, because a process has one default library."""

    def run_python(self, code, **environment):
        with tempfile.TemporaryDirectory() as folder:
            result = subprocess.run(
                [sys.executable, "-c", textwrap.dedent(code)],
                capture_output=True,
                text=True,
                cwd=os.path.dirname(os.path.abspath(__file__)),
                env=os.environ
                | {"JITGEMM_CACHE_DIR": folder, "JITGEMM_DRIVER": DRIVER}
                | environment,
            )
        self.assertEqual(result.returncode, 0, result.stderr)
        return result.stdout

    def test_the_functions_use_one_library(self):
        output = self.run_python("""
            import stub, jitgemm
            stub.make_current(0)
            seen = []
            jitgemm.prepare([(stub.N, stub.K, "fp32")], 8, progress=lambda *step: seen.append(step))
            bias = stub.Array(0x60000, (stub.N,), "<f4")
            jitgemm.gemm(**stub.operands(7), pdl=True, bias=bias)
            launch, = stub.launches()
            print(jitgemm.stats()["launches"], launch.pdl, hex(launch.bias), len(seen) > 0)
            print([kernel.launches for kernel in jitgemm.kernels() if kernel.launches])
            print("jitgemm_launches_total 1" in jitgemm.prometheus())
            """)
        self.assertEqual(output, "1 True 0x60000 True\n[1]\nTrue\n")

    def test_configure_is_refused_once_the_library_is_open(self):
        output = self.run_python("""
            import jitgemm
            jitgemm.configure(on_miss="fail", cache_dir=None)
            try: jitgemm.configure(on_miss="compile")
            except jitgemm.Error as error: print(error)
            """)
        self.assertRegex(output, "^configure\\(\\) comes too late")

    def test_importing_does_not_import_torch_or_numpy(self):
        output = self.run_python(
            "import sys, jitgemm; print({'torch', 'numpy', 'cupy'} & set(sys.modules))"
        )
        self.assertEqual(output, "set()\n")

    def test_a_process_ends_well_while_a_kernel_is_made_in_the_background(self):
        output = self.run_python("""
            import stub, jitgemm
            stub.make_current(0)
            jitgemm.configure(on_miss="background", log=lambda level, line: None)
            jitgemm.gemm(**stub.operands(7))
            print(jitgemm.stats()["launches_generic"])
            """)
        self.assertEqual(output, "1\n")


class AbiTest(unittest.TestCase):
    header = pathlib.Path(os.environ["JITGEMM_HEADER"]).read_text()

    def test_the_structs_have_the_fields_of_the_header_in_its_order(self):
        for struct, name in (
            (jitgemm._abi.Options, "jitgemm_options"),
            (jitgemm._abi.Desc, "jitgemm_desc"),
            (jitgemm._abi.PrepareReport, "jitgemm_prepare_report"),
            (jitgemm._abi.KernelRecord, "jitgemm_kernel_record"),
        ):
            with self.subTest(name):
                ours = [field for field, _ in struct._fields_]
                self.assertEqual(ours, fields_of(self.header, name))

    def test_smaller_structs_have_the_first_fields_of_the_header(self):
        request = [field for field, _ in jitgemm._abi.PrepareRequest._fields_]
        args = ["struct_size", *jitgemm._abi.pack_args.__code__.co_varnames]
        for ours, name in ((request, "jitgemm_prepare_request"), (args, "jitgemm_args")):
            with self.subTest(name):
                self.assertEqual(ours, fields_of(self.header, name)[: len(ours)])


def fields_of(header, struct):
    """The names of a struct's fields in a C header."""
    body = re.search(r"typedef struct %s \{(.*?)\n\} %s;" % (struct, struct), header, re.S).group(1)
    body = re.sub(r"/\*.*?\*/", "", body, flags=re.S)
    return [
        re.search(r"(\w+)\s*$", name).group(1)
        for statement in body.split(";")
        for name in statement.split(",")
        if name.strip()
    ]


if __name__ == "__main__":
    unittest.main()
