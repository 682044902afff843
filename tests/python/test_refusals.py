"""Refusals of gemm() name the parameter, what was found and what is accepted."""

import unittest

from stub import K, N, Array, StubTest, operands


class RefusalTest(StubTest):
    def setUp(self):
        super().setUp()
        self.library = self.open()

    def refuse(self, expected, m=7, **replaced):
        self.assert_refused(expected, self.library.gemm, **operands(m, **replaced))

    def test_what_is_no_array_is_named(self):
        self.refuse("b is a builtins.list, expected an array on a GPU", b=[1, 2])

    def test_a_missing_out_is_named(self):
        self.refuse("out is None", out=None)

    def test_element_types_are_named(self):
        self.refuse("a has elements <f2, expected float8_e4m3fn", a=Array(0x10000, (7, K), "<f2"))
        self.refuse(
            "a_scale has elements <f8, expected float32", a_scale=Array(0x20000, (7, 3), "<f8")
        )
        for name, array in operands(7).items():
            shape = array.__cuda_array_interface__["shape"]
            for typestr in {"|u1", "<u2", "<f4"} - {array.__cuda_array_interface__["typestr"]}:
                self.refuse(f"{name} has elements {typestr}", **{name: Array(64, shape, typestr)})

    def test_a_masked_array_is_refused(self):
        masked = Array(0x10000, (7, K), "|u1")
        masked.__cuda_array_interface__["mask"] = masked
        self.refuse("a is a masked array", a=masked)

    def test_dimensions_are_counted(self):
        self.refuse("a has 3 dimensions, expected 2", a=Array(0x10000, (1, 7, K), "|u1"))

    def test_shapes_that_do_not_fit_are_named(self):
        self.refuse(
            "b has shape [256, 512], expected [256, 384]", b=Array(0x30000, (N, 512), "|u1")
        )
        self.refuse(
            "a_scale has shape [3, 7], expected [7, 3]", a_scale=Array(0x20000, (3, 7), "<f4")
        )
        self.refuse(
            "b_scale has shape [256, 3], expected [2, 3]", b_scale=Array(0x40000, (N, 3), "<f4")
        )
        self.refuse("out has shape [8, 256], expected [7, 256]", out=Array(0x50000, (8, N), "<u2"))

    def test_rows_that_are_not_contiguous_are_refused(self):
        self.refuse(
            "a has strides [1, 7], expected [ld, 1]", a=Array(0x10000, (7, K), "|u1", (1, 7))
        )

    def test_rows_that_overlap_are_refused(self):
        self.refuse("a has strides [0, 1]", a=Array(0x10000, (7, K), "|u1", (0, 1)))
        self.refuse("out has strides [128, 1]", out=Array(0x50000, (7, N), "<u2", (128, 1)))

    def test_m_major_scales_with_an_odd_leading_dimension_are_refused(self):
        self.refuse(
            "a_scale has strides [1, 7], expected [1, ld] with ld a multiple of 4 and at least 7",
            a_scale=Array(0x20000, (7, 3), "<f4", (1, 7)),
        )

    def test_scales_of_the_weight_must_be_contiguous(self):
        self.refuse("b_scale has strides [1, 2]", b_scale=Array(0x40000, (2, 3), "<f4", (1, 2)))
        self.refuse("b_scale has strides [4, 1]", b_scale=Array(0x40000, (2, 3), "<f4", (4, 1)))

    def test_a_bias_that_does_not_fit_is_refused(self):
        self.refuse(
            "bias has elements |u1, expected bfloat16 or float32", bias=Array(0x60000, (N,), "|u1")
        )
        self.refuse("bias has shape [1, 256], expected [256]", bias=Array(0x60000, (1, N), "<f4"))
        self.refuse("bias has strides [2], expected [1]", bias=Array(0x60000, (N,), "<f4", (2,)))
        self.refuse("bias = 0x60002 is not aligned to 4", bias=Array(0x60002, (N,), "<f4"))
        self.assert_refused(
            "bias = 'fp8' is none of none, bf16, fp32", self.library.prepare, [(N, K, "fp8")]
        )

    def test_what_the_library_checks_comes_in_its_words(self):
        self.refuse("n = 260 is not a multiple of 8", n=260)
        self.refuse("aligned to 16", a=Array(0x10001, (7, K), "|u1"))
        self.refuse("multiple of 16", a=Array(0x10000, (7, K), "|u1", (K + 1, 1)))

    def test_options_outside_their_choices_are_refused(self):
        self.assert_refused(
            "form = 'sideways' is none of auto, swapped, normal", self.open, form="sideways"
        )
        self.assert_refused(
            "on_miss = 'hope' is none of", self.library.gemm, **operands(7), on_miss="hope"
        )


if __name__ == "__main__":
    unittest.main()
