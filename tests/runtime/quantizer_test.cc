// Library::quantizer(), and the handle that it makes.
#include <gmock/gmock.h>

#include <jitgemm/library.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/runtime/library_fixture.h"
#include "tests/runtime/on_threads.h"

namespace jitgemm {
namespace {

using ::testing::ElementsAre, ::testing::HasSubstr;

constexpr QuantizeDesc kDesc{.k = 7168};
constexpr const char* kName = "quantize_k7168_bf16";

QuantizeArgs quantize_args(int64_t m) {
  const auto address = [](uintptr_t value) { return reinterpret_cast<void*>(value); };
  return {.m = m,
          .x = address(0x10000),
          .q = address(0x20000),
          .scale = ScaleOutput::mn_major(address(0x30000), (m + 3) / 4 * 4)};
}

class LibraryQuantizerTest : public LibraryTest {
 protected:
  Quantizer make(const Library& library) {
    auto quantizer = library.quantizer(kDesc);
    EXPECT_TRUE(quantizer.ok()) << message(quantizer.status());
    return *quantizer;
  }
};

TEST_F(LibraryQuantizerTest, OneKernelServesEveryM) {
  const Library library = open();
  const Quantizer quantizer = make(library);
  EXPECT_EQ(quantizer.kernel_name(), kName);
  EXPECT_EQ(quantizer.desc(), kDesc);
  ASSERT_TRUE(quantizer.prepare().ok());
  for (int64_t m : {1, 7, 64, 8192}) EXPECT_TRUE(quantizer.launch(quantize_args(m), nullptr).ok());
  EXPECT_EQ(compiler->compiles(), 1);
  EXPECT_EQ(library.counters().launches, 4u);
  EXPECT_EQ(driver.launches().back().quantize.m, 8192);
}

TEST_F(LibraryQuantizerTest, APreparedLaunchLaunchesOneKernelInACapture) {
  const Quantizer quantizer = make(open());
  ASSERT_TRUE(quantizer.prepare().ok());
  const auto before = static_cast<std::ptrdiff_t>(driver.calls().size());
  driver.begin_capture(kStream);
  EXPECT_TRUE(quantizer.launch(quantize_args(5), kStream).ok());
  EXPECT_TRUE(driver.end_capture(kStream));
  std::vector<std::string> calls = driver.calls();
  calls.erase(calls.begin(), calls.begin() + before);
  for (std::string& call : calls) call.resize(call.find('('));
  EXPECT_THAT(calls, ElementsAre("cuCtxGetId", "cuLaunchKernelEx"));
}

TEST_F(LibraryQuantizerTest, ZeroTokensAreANoOpAndARefusalMakesNothing) {
  const Quantizer quantizer = make(open());
  EXPECT_TRUE(quantizer.launch({.m = 0}, nullptr).ok());
  EXPECT_EQ(message(quantizer.launch({.m = 1}, nullptr)),
            "invalid argument: x is null (quantize_k7168_bf16)");
  EXPECT_EQ(message(open().quantizer({.k = 7}).status()),
            "invalid argument: k = 7 is not a multiple of 16 (quantize_k7_bf16)");
  EXPECT_EQ(compiler_opened, 0);
  EXPECT_EQ(calls_of("cuLaunchKernelEx"), 0);
}

TEST_F(LibraryQuantizerTest, AMissingKernelIsNamedWhereItMayNotBeMade) {
  const Quantizer quantizer = make(open_with(MissPolicy::kFail));
  EXPECT_EQ(message(quantizer.launch(quantize_args(1), nullptr)),
            std::string("not ready: ") + kName +
                " is not loaded and the miss policy is to fail: prepare() makes it");
  QuantizeArgs args = quantize_args(1);
  args.on_miss = MissPolicy::kCompile;
  driver.begin_capture(kStream);
  EXPECT_EQ(quantizer.launch(args, kStream).code(), StatusCode::kNotReady);
  EXPECT_TRUE(driver.end_capture(kStream));
  EXPECT_EQ(compiler->compiles(), 0);
  EXPECT_TRUE(quantizer.launch(args, kStream).ok());
}

TEST_F(LibraryQuantizerTest, InTheBackgroundItIsMadeWithTheHandle) {
  const Quantizer quantizer = make(open_with(MissPolicy::kBackground));
  EXPECT_EQ(compiler->compiles(), 1);
  EXPECT_TRUE(quantizer.launch(quantize_args(1), nullptr).ok());
  QuantizeArgs args = quantize_args(1);
  args.on_miss = MissPolicy::kBackground;
  EXPECT_TRUE(make(open()).launch(args, nullptr).ok());
}

TEST_F(LibraryQuantizerTest, AnotherDeviceIsRefused) {
  use_two_devices();
  const Quantizer quantizer = make(open());
  driver.make_current(1);
  EXPECT_EQ(message(quantizer.prepare()),
            "invalid argument: the current context is of device 1, and this Quantizer was made for "
            "device 0 (quantize_k7168_bf16)");
}

TEST_F(LibraryQuantizerTest, ManyThreadsShareOneKernel) {
  compiler->delay_ms = 20;
  const Library library = open();
  on_threads(16, [&](int) {
    driver.make_current(0);
    EXPECT_TRUE(make(library).launch(quantize_args(3), nullptr).ok());
  });
  EXPECT_EQ(compiler->compiles(), 1);
  EXPECT_EQ(library.counters().launches, 16u);
}

TEST_F(LibraryQuantizerTest, RecordsAndMetricsShowIt) {
  const Library library = open();
  const Quantizer quantizer = make(library);
  ASSERT_TRUE(quantizer.launch(quantize_args(3), nullptr).ok());
  const std::vector<KernelRecord> records = library.kernels();
  ASSERT_EQ(records.size(), 1u);
  EXPECT_EQ(records[0].name, kName);
  EXPECT_EQ(records[0].shape, (GemmDesc{.k = 7168}));
  EXPECT_EQ(records[0].form, Form::kAuto);
  EXPECT_EQ(records[0].m_first, 1);
  EXPECT_EQ(records[0].m_last, kMaxDimension);
  EXPECT_EQ(records[0].plan, "quantizer");
  EXPECT_EQ(records[0].launches, 1u);
  EXPECT_EQ(library.counters().launches_generic, 0u);
  EXPECT_THAT(library.prometheus(), HasSubstr("form=\"quantizer\""));
}

TEST_F(LibraryQuantizerTest, APrewarmedOneIsFoundOnDiskAlsoByItsName) {
  const auto report = open().prewarm({.quantizers = {kDesc, kDesc}});
  ASSERT_TRUE(report.ok()) << message(report.status());
  EXPECT_EQ(report->kernels, 1);
  EXPECT_EQ(report->compiled, 1);
  ASSERT_EQ(report->needed.size(), 1u);
  EXPECT_EQ(report->needed[0].name, kName);
  const auto again = open().prewarm({.kernels = report->needed, .verify = true});
  ASSERT_TRUE(again.ok()) << message(again.status());
  EXPECT_EQ(again->hit_disk, 1);
  const Library library = open();
  ASSERT_TRUE(make(library).prepare().ok());
  EXPECT_EQ(library.counters().hit_disk, 1u);
  EXPECT_EQ(message(open().prewarm({.quantizers = {{.k = 8}}}).status()),
            "invalid argument: k = 8 is not a multiple of 16 (quantize_k8_bf16)");
}

}  // namespace
}  // namespace jitgemm
