// What a prepared launch costs the host, without the driver's own part: the stub driver is idle, so
// that tensor maps and launches come back at once. It shall be 0.7 us or less, in a release build.
#include <benchmark/benchmark.h>

#include <jitgemm/jitgemm.h>
#include <jitgemm/library.h>

#include <cstdlib>
#include <memory>
#include <random>
#include <vector>

#include "src/api/open_library.h"
#include "tests/runtime/fake_compiler.h"
#include "tests/runtime/some_args.h"
#include "tests/stub_driver/stub_driver.h"

namespace jitgemm {
namespace {

constexpr int64_t kMaxTokens = 8192;

// The dense layers of DeepSeek-V3 with tensor parallelism 8.
const std::vector<GemmDesc> kShapes = {
    {.n = 2112, .k = 7168}, {.n = 3072, .k = 1536}, {.n = 4096, .k = 512}, {.n = 7168, .k = 2048},
    {.n = 4608, .k = 7168}, {.n = 7168, .k = 2304}, {.n = 512, .k = 7168}, {.n = 7168, .k = 256}};

template <typename T>
T value(Result<T> result) {
  if (!result.ok()) std::abort();
  return *std::move(result);
}

// Everything prepared, once for all benchmarks; never destroyed.
struct Bench {
  StubDriver driver;
  Library library = value(open_library({.driver_path = StubDriver::path()}, [] {
    return std::shared_ptr<compile::Compiler>(std::make_shared<FakeCompiler>());
  }));
  std::vector<Gemm> gemms;

  Bench() {
    for (const GemmDesc& desc : kShapes) gemms.push_back(value(library.gemm(desc)));
    if (!value(library.prepare({.shapes = kShapes, .m_max = kMaxTokens})).complete()) std::abort();
    driver.set_idle(true);
  }

  static const Bench& ready() {
    static const Bench& bench = *new Bench;
    return bench;
  }
};

struct Call {
  const Gemm* gemm;
  GemmArgs args;
};

// What a server launches, in no order: any layer, a batch of decode or a prefill, with PDL or
// without.
std::vector<Call> mixed_calls(const std::vector<Gemm>& gemms) {
  std::mt19937 random(1);
  std::vector<Call> calls(512);
  for (Call& call : calls) {
    call.gemm = &gemms[random() % gemms.size()];
    call.args = some_args(random() % 2 ? 1 + random() % 64 : 1 + random() % kMaxTokens);
    call.args.pdl = random() % 2;
  }
  return calls;
}

void must(benchmark::State& state, const Status& status) {
  if (!status.ok()) state.SkipWithError(std::string(status.message()).c_str());
}

void launch(benchmark::State& state, int64_t m, bool pdl) {
  const Gemm& gemm = Bench::ready().gemms.front();
  GemmArgs args = some_args(m);
  args.pdl = pdl;
  for (auto _ : state) must(state, gemm.launch(args, kStream));
}

void mixed(benchmark::State& state) {
  const std::vector<Call> calls = mixed_calls(Bench::ready().gemms);
  size_t next = static_cast<size_t>(state.thread_index()) * 97;
  for (auto _ : state) {
    const Call& call = calls[next++ % calls.size()];
    must(state, call.gemm->launch(call.args, kStream));
  }
}

BENCHMARK_CAPTURE(launch, decode, 16, false);
BENCHMARK_CAPTURE(launch, decode_pdl, 16, true);
BENCHMARK_CAPTURE(launch, prefill, 4096, false);
BENCHMARK(mixed)->ThreadRange(1, 4);

}  // namespace
}  // namespace jitgemm
