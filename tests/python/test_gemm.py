"""Library.gemm() on arrays of both protocols: the launches that the driver gets."""

import functools
import gc
import threading
import unittest

import jitgemm
from dlpack import DLPackArray
from stub import K, N, Array, StubTest, capture, launches, make_current, operands


def on_threads(functions):
    threads = [threading.Thread(target=function) for function in functions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


class LaunchTest(StubTest):
    def setUp(self):
        super().setUp()
        self.library = self.open()
        self.library.prepare([(N, K)], 64, threads=1)

    def launch(self, m=7, pdl=False, stream=None, **replaced):
        """Launches once, and returns the launch that the driver got."""
        self.library.gemm(**operands(m, **replaced), pdl=pdl, stream=stream)
        return launches()[-1]

    def test_arrays_come_to_the_kernel_as_they_are(self):
        seen = self.launch()
        self.assertEqual((seen.a.address, seen.a.columns, seen.a.rows), (0x10000, K, 7))
        self.assertEqual((seen.b.address, seen.b.columns, seen.b.rows), (0x30000, K, N))
        self.assertEqual((seen.b_scale, seen.out, seen.ldd), (0x40000, 0x50000, N))
        self.assertEqual((seen.m, seen.stream, seen.pdl), (7, None, False))

    def test_the_result_is_out(self):
        arrays = operands(7)
        self.assertIs(self.library.gemm(**arrays), arrays["out"])

    def test_pdl_and_stream_are_passed_on(self):
        seen = self.launch(pdl=True, stream=0x77)
        self.assertEqual((seen.pdl, seen.stream), (True, 0x77))

    def test_padded_rows_are_leading_dimensions(self):
        seen = self.launch(
            a=Array(0x10000, (7, K), "|u1", (K + 16, 1)),
            b=Array(0x30000, (N, K), "|u1", (K + 32, 1)),
            out=Array(0x50000, (7, N), "<u2", (N + 8, 1)),
        )
        self.assertEqual((seen.a.row_stride, seen.b.row_stride, seen.ldd), (K + 16, K + 32, N + 8))

    def test_contiguous_scales_are_k_major(self):
        seen = self.launch()
        self.assertEqual((seen.a_scale_row_stride, seen.a_scale_block_stride), (3, 1))

    def test_transposed_scales_are_m_major(self):
        seen = self.launch(a_scale=Array(0x20000, (7, 3), "<f4", (1, 8)))
        self.assertEqual((seen.a_scale_row_stride, seen.a_scale_block_stride), (1, 8))

    def test_one_token_has_scales_in_either_layout(self):
        seen = self.launch(m=1)
        self.assertEqual(seen.a_scale_block_stride, 1)
        seen = self.launch(m=1, a_scale=Array(0x20000, (1, 3), "<f4", (1, 4)))
        self.assertEqual(seen.a_scale_block_stride, 4)
        seen = self.launch(m=1, a_scale=Array(0x20000, (1, 3), "<f4", (2, 1)))
        self.assertEqual((seen.a_scale_row_stride, seen.a_scale_block_stride), (3, 1))

    def test_a_bias_comes_to_a_kernel_of_its_type(self):
        self.assertIsNone(self.launch().bias)
        for name, typestr in (("bf16", "<u2"), ("fp32", "<f4")):
            seen = self.launch(bias=Array(0x60000, (N,), typestr))
            self.assertEqual(seen.bias, 0x60000)
            kernels = {record.name: record.launches for record in self.library.kernels()}
            kernel = self.library.kernel_name(N, K, 7, bias=name)
            self.assertIn(f"bias{name}", kernel)
            self.assertEqual(kernels[kernel], 1)

    def test_no_tokens_are_no_launch(self):
        self.library.gemm(**operands(0, a=Array(0, (0, K), "|u1"), out=Array(0, (0, N), "<u2")))
        self.assertEqual(launches(), [])

    def test_the_stream_that_arrays_name_is_launched_on(self):
        seen = self.launch(a=Array(0x10000, (7, K), "|u1", stream=0x55))
        self.assertEqual(seen.stream, 0x55)

    def test_two_streams_are_refused_until_the_caller_says_which(self):
        arrays = operands(
            7,
            a=Array(0x10000, (7, K), "|u1", stream=0x55),
            out=Array(0x50000, (7, N), "<u2", stream=0x66),
        )
        self.assert_refused("several streams, [85, 102]", self.library.gemm, **arrays)
        self.library.gemm(**arrays, stream=0x66)
        self.assertEqual(launches()[-1].stream, 0x66)

    def test_a_thread_without_a_context_says_so(self):
        errors = []

        def use():
            make_current(-1)
            try:
                self.library.gemm(**operands(7))
            except jitgemm.Error as error:
                errors.append(error)

        on_threads([use])
        self.assertEqual(errors[0].status, jitgemm.Status.MISSING)
        self.assertIn("no CUDA context is current", str(errors[0]))

    def test_a_missing_kernel_fails_where_the_policy_says_so(self):
        with self.assertRaises(jitgemm.NotReady) as raised:
            self.library.gemm(**operands(7, n=N + 8), on_miss="fail")
        self.assertIn(f"n{N + 8}_k{K}_", str(raised.exception))

    def test_a_missing_kernel_is_served_generically_where_the_policy_says_so(self):
        with self.open(cache_dir=None, on_miss="background") as library:
            library.gemm(**operands(7))
            self.assertEqual(library.stats()["launches_generic"], 1)

    def test_a_miss_inside_a_capture_leaves_it_valid(self):
        end = capture(0x99)
        with self.assertRaises(jitgemm.NotReady):
            self.library.gemm(**operands(7, n=N + 8), stream=0x99)
        self.library.gemm(**operands(7), stream=0x99)
        self.assertTrue(end())

    def test_threads_launch_with_their_own_arguments(self):
        def use(m):
            make_current(0)
            for _ in range(200):
                self.library.gemm(**operands(m, out=Array(0x50000 + 0x1000 * m, (m, N), "<u2")))

        on_threads([functools.partial(use, m) for m in range(1, 9)])
        self.assertEqual(len(launches()), 1600)
        for seen in launches():
            self.assertEqual(seen.out, 0x50000 + 0x1000 * seen.m)


class DLPackTest(StubTest):
    def setUp(self):
        super().setUp()
        self.library = self.open()

    def arrays(self, device=0, fp8_code=10):
        return {
            "a": DLPackArray(0x10000, (7, K), fp8_code, 8, device=device),
            "a_scale": DLPackArray(0x20000, (7, 3), 2, 32, strides=(1, 8), device=device),
            "b": DLPackArray(0x30000, (N, K), fp8_code, 8, device=device),
            "b_scale": DLPackArray(0x40000, (2, 3), 2, 32, device=device),
            "out": DLPackArray(0x4FF00, (7, N), 4, 16, device=device, byte_offset=0x100),
        }

    def test_arrays_come_to_the_kernel_as_they_are(self):
        for fp8_code in (1, 10):  # uint8 and float8_e4m3fn
            self.library.gemm(**self.arrays(fp8_code=fp8_code))
            seen = launches()[-1]
            self.assertEqual(
                (seen.a.address, seen.b.address, seen.out), (0x10000, 0x30000, 0x50000)
            )
            self.assertEqual((seen.a_scale_row_stride, seen.a_scale_block_stride), (1, 8))

    def test_the_producer_is_told_the_stream(self):
        arrays = self.arrays()
        self.library.gemm(**arrays, stream=0x42)
        self.library.gemm(**arrays)
        self.assertEqual(arrays["a"].streams, [0x42, 1])  # 1 is the protocol's default stream

    def test_capsules_are_given_back(self):
        arrays = self.arrays()
        self.library.gemm(**arrays)
        gc.collect()
        self.assertEqual([array.live for array in arrays.values()], [0] * 5)

    def test_another_device_than_the_current_one_is_refused(self):
        self.assert_refused(
            "the arrays are on device 1, this thread's current one is 0",
            self.library.gemm,
            **self.arrays(device=1),
        )

    def test_arrays_on_two_devices_are_refused(self):
        mixed = self.arrays() | {"b": self.arrays(device=1)["b"]}
        self.assert_refused(
            "several devices: a on 0, a_scale on 0, b on 1", self.library.gemm, **mixed
        )

    def test_a_thread_without_a_context_gets_that_of_the_arrays(self):
        def use():
            make_current(-1)
            self.library.gemm(**self.arrays())

        self.library.gemm(**self.arrays())
        on_threads([use])
        self.assertEqual(len(launches()), 2)

    def test_host_memory_is_refused(self):
        arrays = self.arrays() | {"a": DLPackArray(0x10000, (7, K), 10, 8, device_type=1)}
        self.assert_refused("a is on a device of DLPack's type 1", self.library.gemm, **arrays)

    def test_another_fp8_is_refused(self):
        arrays = self.arrays() | {"a": DLPackArray(0x10000, (7, K), 12, 8)}  # float8_e5m2
        self.assert_refused(
            "a has elements DLPack type 12 of 8 bits x 1, expected float8_e4m3fn",
            self.library.gemm,
            **arrays,
        )


if __name__ == "__main__":
    unittest.main()
