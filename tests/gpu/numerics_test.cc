// Every dense shape of DeepSeek-V3 (tensor parallel 1 and 8) and Qwen3-235B (4), and some that are
// awkward: all M that matter, both forms, made for the shape and generic, both layouts of A's
// scales.
#include <fmt/format.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "src/plan/desc.h"
#include "tests/gpu/gpu_test.h"
#include "tests/gpu/one_kernel.h"
#include "tests/gpu/report.h"
#include "tools/harness/gpu.h"
#include "tools/harness/operands.h"

namespace jitgemm {
namespace {

using harness::Activations;
using harness::Operands;
using harness::Outputs;
using harness::Reference;
using harness::Weights;

constexpr int64_t kM[] = {1,  2,  3,  7,   8,   9,   16,  17,  31,  32,   33,
                          63, 64, 65, 100, 127, 128, 129, 255, 256, 1000, 4096};
constexpr int64_t kMaxM = 4096;
constexpr Form kForms[] = {Form::kSwapped, Form::kNormal};

const GemmDesc kShapes[] = {
    {.n = 2112, .k = 7168},  {.n = 24576, .k = 1536}, {.n = 32768, .k = 512},
    {.n = 36864, .k = 7168}, {.n = 4096, .k = 7168},  {.n = 7168, .k = 16384},
    {.n = 7168, .k = 18432}, {.n = 7168, .k = 2048},  {.n = 3072, .k = 1536},
    {.n = 4096, .k = 512},   {.n = 4608, .k = 7168},  {.n = 512, .k = 7168},
    {.n = 7168, .k = 2304},  {.n = 7168, .k = 256},   {.n = 2304, .k = 4096},
    {.n = 4096, .k = 2048},  {.n = 576, .k = 7168},   {.n = 2624, .k = 6144},
    {.n = 1000, .k = 400},   {.n = 8, .k = 2048},     {.n = 72, .k = 16},
};

using plan::shape_name;

// The kernels of the shapes that will be tested, in both forms, made together on all cores before
// the first test.
class AllGemms {
 public:
  Status prepare(const std::vector<GemmDesc>& shapes) {
    for (Form form : kForms) {
      Result<Library> library = Library::open(test_options(form));
      if (!library.ok()) return library.status();
      for (const GemmDesc& desc : shapes) {
        Result<Gemm> gemm = library->gemm(desc);
        if (!gemm.ok()) return gemm.status();
        gemms_.push_back({form, *std::move(gemm)});
      }
    }
    return harness::in_parallel(**test_gpu(), gemms_.size(),
                                [&](size_t i) { return gemms_[i].gemm.prepare(kMaxM); });
  }

  const Gemm& of(const GemmDesc& desc, Form form) const {
    for (const Made& made : gemms_)
      if (made.form == form && made.gemm.desc().n == desc.n && made.gemm.desc().k == desc.k)
        return made.gemm;
    std::abort();
  }

 private:
  struct Made {
    Form form;
    Gemm gemm;
  };
  std::vector<Made> gemms_;
};

class GpuNumericsTest : public GpuTest, public testing::WithParamInterface<GemmDesc> {
 public:
  static void SetUpTestSuite() {
    if (!test_gpu().ok()) return;
    gemms_ = std::make_unique<AllGemms>();
    prepared_ = gemms_->prepare(selected_shapes());
  }
  static void TearDownTestSuite() { gemms_.reset(); }

 protected:
  void SetUp() override {
    GpuTest::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    JITGEMM_ASSERT_OK_STATUS(prepared_);
  }

  // One kernel, one M: right with either layout of scales, and the same bits each time.
  void check(const std::string& kernel, const harness::Launch& launch, const Reference& reference,
             Operands operands, ReportRow* row) {
    SCOPED_TRACE(fmt::format("m = {}: {}", operands.m, kernel));
    const Outputs& outputs = operands.outputs;
    for (ScaleLayout layout : {ScaleLayout::kMnMajor, ScaleLayout::kKMajor}) {
      operands.scale_layout = layout;
      const Result<harness::Check> checked =
          harness::launch_and_check(bench(), reference, operands, launch);
      JITGEMM_ASSERT_OK(checked);
      row->add(kernel, *checked);
      EXPECT_EQ(checked->failure(), "")
          << (layout == ScaleLayout::kMnMajor ? "MN-major" : "K-major") << " scales";

      // The second copy of D is written once, and is what every launch into the first must equal.
      if (layout == ScaleLayout::kMnMajor) {
        JITGEMM_ASSERT_OK_STATUS(outputs.poison(bench(), 1));
        JITGEMM_ASSERT_OK_STATUS(launch(operands.args(1), bench().stream.get()));
      }
      const Result<uint64_t> different = harness::count_differences(bench(), outputs, 0, 1);
      JITGEMM_ASSERT_OK(different);
      EXPECT_EQ(*different, 0u) << "elements differ when the same GEMM runs again";
    }
  }

 private:
  // Those whose test the filter lets through.
  static std::vector<GemmDesc> selected_shapes() {
    const testing::TestSuite& suite = *testing::UnitTest::GetInstance()->current_test_suite();
    std::vector<GemmDesc> shapes;
    for (const GemmDesc& desc : kShapes)
      for (int i = 0; i < suite.total_test_count(); ++i) {
        const testing::TestInfo& test = *suite.GetTestInfo(i);
        if (test.should_run() && std::string_view(test.name()).ends_with("/" + shape_name(desc)))
          shapes.push_back(desc);
      }
    return shapes;
  }

  static inline std::unique_ptr<AllGemms> gemms_;
  static inline Status prepared_;

 protected:
  static const AllGemms& gemms() { return *gemms_; }
};

TEST_P(GpuNumericsTest, EveryMIsRightInBothFormsAndLayoutsAndByGenericKernels) {
  const GemmDesc desc = GetParam();
  const Result<Weights> weights = Weights::generate(bench(), desc, 1);
  JITGEMM_ASSERT_OK(weights);
  const Result<Activations> activations =
      Activations::generate(bench(), {.rows = kMaxM, .k = desc.k});
  JITGEMM_ASSERT_OK(activations);
  const Result<Outputs> outputs =
      Outputs::allocate(bench(), {.rows = kMaxM, .n = desc.n, .copies = 2});
  JITGEMM_ASSERT_OK(outputs);
  const Result<Reference> reference = Reference::compute(bench(), *weights, *activations);
  JITGEMM_ASSERT_OK(reference);

  ReportRow row{.desc = desc, .kernels = {}};
  for (Form form : kForms) {
    const Gemm& gemm = gemms().of(desc, form);
    const Result<harness::Launch> generic = generic_launcher(form, desc);
    JITGEMM_ASSERT_OK(generic);
    for (int64_t m : kM) {
      const Operands operands = {
          .weights = *weights, .activations = *activations, .outputs = *outputs, .m = m};
      check(gemm.kernel_name(m), launcher(gemm), *reference, operands, &row);
      check(generic_name(form), *generic, *reference, operands, &row);
      if (HasFatalFailure()) break;
    }
  }
  add_to_report(row);
}

INSTANTIATE_TEST_SUITE_P(Shapes, GpuNumericsTest, testing::ValuesIn(kShapes),
                         [](const auto& info) { return shape_name(info.param); });

}  // namespace
}  // namespace jitgemm
