// Programmatic dependent launch: the same bits as without, with any predecessor of the kernel.
#include <cstdint>

#include "src/plan/config_name.h"
#include "src/plan/overlap.h"
#include "tests/gpu/one_kernel.h"
#include "tests/gpu/small_gemm.h"
#include "tools/harness/stream.h"

namespace jitgemm {
namespace {

constexpr int64_t kChainRows = 132;

class GpuPdlTest : public SmallGemmTest {
 protected:
  static constexpr int kPairs = 25, kReplays = 40;

  // Copies of D: what the pairs hand over, then the results without PDL, then those with it.
  static constexpr int kHandedOver = 0, kPlain = 1, kWithPdl = kPlain + kPairs;

  void make_chain(Form form) {
    make({.desc = {.n = 576, .k = 7168},
          .rows = kChainRows,
          .form = form,
          .output_copies = kWithPdl + kPairs});
    if (HasFatalFailure()) return;
    for (int copy = 0; copy < outputs().copies(); ++copy)
      JITGEMM_ASSERT_OK_STATUS(outputs().poison(bench(), copy));
  }

  // A graph of pairs; enqueue(pair, copy of D that takes its result, stream).
  template <typename Enqueue>
  Result<harness::Graph> graph_of_pairs(int first_copy, Enqueue enqueue) {
    return harness::Graph::capture(bench().gpu, bench().stream.get(), [&](CUstream stream) {
      Status status;
      for (int pair = 0; status.ok() && pair < kPairs; ++pair)
        status = enqueue(pair, first_copy + pair, stream);
      return status;
    });
  }

  // The kernel that serves launches with PDL: a plain launch may be served by another, which parts
  // K elsewhere and gives other bits.
  Result<harness::Launch> kernel_with_pdl(int64_t m) {
    const auto config = plan::parse_config_name(gemm().kernel_name(m, true));
    if (!config.ok()) return config.status();
    return kernel_launcher(*config, gemm().desc());
  }

  // Two bf16 of the first GEMM's D are one fp32 scale of the second: about as large as the latter.
  // The first takes other rows of A every time. Both launchers launch the same kernel.
  void expect_dependence(int64_t m, const harness::Launch& plain_launch,
                         const harness::Launch& pdl_launch) {
    const auto chain = [&](bool pdl, int first_copy) {
      const harness::Launch& launch = pdl ? pdl_launch : plain_launch;
      return graph_of_pairs(first_copy, [&, pdl](int pair, int copy, CUstream stream) {
        GemmArgs first = operands(m).args(kHandedOver);
        first.a = activations().matrix(0).data + pair % 2 * activations().matrix(0).ld;
        first.pdl = pdl;
        GemmArgs second = operands(m).args(copy);
        second.a_scale = AScale::k_major(first.d, first.ldd / 2);
        second.pdl = pdl;
        const Status status = launch(first, stream);
        return status.ok() ? launch(second, stream) : status;
      });
    };
    const auto plain = chain(false, kPlain), with_pdl = chain(true, kWithPdl);
    JITGEMM_ASSERT_OK(plain);
    JITGEMM_ASSERT_OK(with_pdl);
    expect_same_bits(*plain, *with_pdl);
  }

  // Replays the graph with PDL again and again: always the bits of the one without.
  void expect_same_bits(const harness::Graph& plain, const harness::Graph& with_pdl) {
    const CUstream stream = bench().stream.get();
    JITGEMM_ASSERT_OK_STATUS(plain.replay(stream));
    const auto between_pairs = differences(kPlain, kPlain + 1);
    JITGEMM_ASSERT_OK(between_pairs);
    ASSERT_GT(*between_pairs, 0u) << "pairs are alike, and a race would not be seen";
    for (int replay = 0; replay < kReplays; ++replay) {
      JITGEMM_ASSERT_OK_STATUS(with_pdl.replay(stream));
      for (int pair = 0; pair < kPairs; ++pair) {
        const auto different = differences(kPlain + pair, kWithPdl + pair);
        JITGEMM_ASSERT_OK(different);
        ASSERT_EQ(*different, 0u) << "replay " << replay << ", pair " << pair;
      }
    }
  }

 private:
  Result<uint64_t> differences(int copy, int other) {
    return harness::count_differences(bench(), outputs(), copy, other);
  }
};

TEST_F(GpuPdlTest, AGemmReadsWhatTheGemmBeforeItWrote) {
  for (Form form : {Form::kSwapped, Form::kNormal}) {
    make_chain(form);
    if (HasFatalFailure()) return;
    for (int64_t m : {int64_t{1}, int64_t{64}, kChainRows - 1}) {
      SCOPED_TRACE(gemm().kernel_name(m, true));
      const auto kernel = kernel_with_pdl(m);
      JITGEMM_ASSERT_OK(kernel);
      expect_dependence(m, *kernel, launcher(gemm()));
      if (HasFatalFailure()) return;
    }
  }
}

TEST_F(GpuPdlTest, AGemmReadsWhatTheGemmBeforeItWroteInEveryOverlap) {
  make_chain(Form::kSwapped);
  if (HasFatalFailure()) return;
  for (int64_t m : {int64_t{1}, int64_t{64}}) {
    auto config = plan::parse_config_name(gemm().kernel_name(m, true));
    JITGEMM_ASSERT_OK(config);
    for (bool fill_ring : {false, true}) {
      config->fill_ring = fill_ring;
      for (const plan::Overlap& overlap : overlaps_of(*config, plan::Chain::kPdl)) {
        SCOPED_TRACE(config->name() + ", " + overlap.text());
        const auto launch = kernel_launcher(*config, gemm().desc(), overlap);
        JITGEMM_ASSERT_OK(launch);
        expect_dependence(m, *launch, *launch);
        if (HasFatalFailure()) return;
      }
    }
  }
}

TEST_F(GpuPdlTest, AGemmReadsWhatAnOrdinaryKernelBeforeItWrote) {
  for (Form form : {Form::kSwapped, Form::kNormal}) {
    make_chain(form);
    if (HasFatalFailure()) return;
    for (int64_t m : {int64_t{1}, int64_t{64}, kChainRows}) {
      SCOPED_TRACE(gemm().kernel_name(m, true));
      const auto kernel = kernel_with_pdl(m);
      JITGEMM_ASSERT_OK(kernel);
      const auto chain = [&](bool pdl, int first_copy) {
        const harness::Launch launch = pdl ? launcher(gemm()) : *kernel;
        return graph_of_pairs(first_copy, [&, pdl](int pair, int copy, CUstream stream) {
          const Status status = activations().regenerate(bench(), 7u + pair % 2);
          GemmArgs args = operands(m).args(copy);
          args.pdl = pdl;
          return status.ok() ? launch(args, stream) : status;
        });
      };
      const auto plain = chain(false, kPlain), with_pdl = chain(true, kWithPdl);
      JITGEMM_ASSERT_OK(plain);
      JITGEMM_ASSERT_OK(with_pdl);
      expect_same_bits(*plain, *with_pdl);
    }
  }
}

}  // namespace
}  // namespace jitgemm
