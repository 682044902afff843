// What the tests of this folder share: the GPU, opened once, and a fixture that skips where there
// is none.
#pragma once

#include <gtest/gtest.h>

#include <jitgemm/library.h>
#include "tools/harness/check.h"
#include "tools/harness/workbench.h"

namespace jitgemm {

// Opened on first use and kept until the process ends. Where there is no Hopper GPU, an error that
// says so: kMissing or kUnsupportedDevice. JITGEMM_DRIVER and JITGEMM_NVRTC name other libraries
// than the usual ones.
const Result<harness::GpuPtr>& test_gpu();

// The paths above; kernels are kept in memory only.
Options test_options(Form form);

harness::Launch launcher(const Gemm& gemm);

// Skips without a GPU, and only then: a GPU without a working NVRTC is a failure.
class GpuTest : public testing::Test {
 protected:
  void SetUp() override;
  const harness::Workbench& bench() const { return *bench_; }

 private:
  const harness::Workbench* bench_ = nullptr;
};

// The value of a Result, or a failed assertion with its message and detail.
#define JITGEMM_ASSERT_OK(result) \
  ASSERT_TRUE((result).ok()) << (result).status().message() << "\n" << (result).status().detail()
#define JITGEMM_ASSERT_OK_STATUS(expression)                            \
  if (const Status checked_status = (expression); !checked_status.ok()) \
  FAIL() << checked_status.message() << "\n" << checked_status.detail()

}  // namespace jitgemm
