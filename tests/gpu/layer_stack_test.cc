// A server's graphs: a hundred of a layer stack, alive together, each replayed a thousand times.
#include <optional>
#include <vector>

#include "tests/gpu/layer_stack.h"
#include "tools/harness/stream.h"

namespace jitgemm {
namespace {

using harness::Graph;

constexpr int kGraphs = 100;  // of M = 1, 2, ...
constexpr int kReplays = 1000;
constexpr int kSampled[] = {1, 2, 250, 500, 750, kReplays};  // replays that are looked at
constexpr int kLone = 0, kReplayed = 1;                      // copies of D

class GpuLayerStackTest : public GpuTest, public testing::WithParamInterface<bool> {
 protected:
  void SetUp() override {
    GpuTest::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    Options options = test_options(Form::kAuto);
    options.on_miss = MissPolicy::kFail;
    const Result<Library> library = Library::open(options);
    JITGEMM_ASSERT_OK(library);
    const auto report =
        library->prepare({.shapes = LayerStack::shapes(), .m_max = kGraphs, .threads = 16});
    JITGEMM_ASSERT_OK(report);
    ASSERT_TRUE(report->complete());
    auto stack = LayerStack::make(bench(), *library, {.rows = kGraphs, .copies = 2});
    JITGEMM_ASSERT_OK(stack);
    stack_.emplace(*std::move(stack));
  }

  static LayerStack::Run run_of(int64_t m, int copy) {
    return {.m = m, .copy = copy, .pdl = GetParam()};
  }

  // The graph of M tokens.
  Result<Graph> capture(int64_t m) const {
    return Graph::capture(bench().gpu, bench().stream.get(), [&](CUstream stream) {
      return stack_->enqueue(run_of(m, kReplayed), stream);
    });
  }

  // One replay against launches of the same.
  void expect_bits(const Graph& graph, int64_t m) const {
    const CUstream stream = bench().stream.get();
    for (int copy : {kLone, kReplayed}) JITGEMM_ASSERT_OK_STATUS(stack_->poison(bench(), copy));
    JITGEMM_ASSERT_OK_STATUS(stack_->enqueue(run_of(m, kLone), stream));
    JITGEMM_ASSERT_OK_STATUS(graph.replay(stream));
    const auto different = stack_->differences(bench(), kLone, kReplayed);
    JITGEMM_ASSERT_OK(different);
    EXPECT_EQ(*different, 0u) << "at m = " << m;
  }

  std::optional<LayerStack> stack_;
};

TEST_P(GpuLayerStackTest, AHundredGraphsGiveTheSameBitsAThousandTimes) {
  std::vector<Graph> graphs;
  for (int64_t m = 1; m <= kGraphs; ++m) {
    Result<Graph> graph = capture(m);
    JITGEMM_ASSERT_OK(graph);
    graphs.push_back(*std::move(graph));
  }
  int replayed = 0;
  for (int sampled : kSampled) {
    for (; replayed < sampled - 1; ++replayed)
      for (const Graph& graph : graphs)
        JITGEMM_ASSERT_OK_STATUS(graph.replay(bench().stream.get()));
    SCOPED_TRACE(sampled);
    for (int64_t m = 1; m <= kGraphs; ++m) expect_bits(graphs[m - 1], m);
    if (HasFailure()) return;
    ++replayed;
  }
  EXPECT_EQ(replayed, kReplays);
}

INSTANTIATE_TEST_SUITE_P(WithoutAndWithPdl, GpuLayerStackTest, testing::Bool());

}  // namespace
}  // namespace jitgemm
