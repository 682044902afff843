// What the cache costs the host, in a release build: a verified load of a 128 KiB entry shall take
// 100 us (median) or less, a hit in memory 100 ns, a durable publish 1.2 times its bare system
// calls, and reopening a cache of 2,000 entries to serve 100 hits 50 ms. Figures: cache/FAULTS.md.
#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <stdio.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "cache/store.h"
#include "src/device/gpu.h"
#include "src/plan/plan.h"
#include "src/runtime/gemm_state.h"
#include "src/runtime/library_state.h"
#include "tests/cache/fault_file_system.h"
#include "tests/cache/samples.h"
#include "tests/runtime/fake_compiler.h"
#include "tests/runtime/temporary_directory.h"
#include "tests/stub_driver/stub_driver.h"

namespace jitgemm {
namespace {

using cache::Store;
using Clock = std::chrono::steady_clock;

constexpr size_t kPayload = 128 << 10;

cache::Entry big_entry() { return cache::sample_entry(std::string(kPayload, '\x5a')); }

void must(bool right) {
  if (!right) std::abort();
}

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return values.empty() ? 0 : *middle;
}

template <typename Work>
double us_of(const Work& work) {
  const Clock::time_point start = Clock::now();
  work();
  return std::chrono::duration<double, std::micro>(Clock::now() - start).count();
}

void verified_load_128_kib(benchmark::State& state) {
  const TemporaryDirectory folder;
  const auto store = *Store::open(folder.string());
  const cache::Entry entry = big_entry();
  must(store->put(cache::sample_name(), entry).ok());
  std::vector<double> us;
  for (auto _ : state)
    us.push_back(us_of([&] { must(get(*store, cache::sample_name(), entry).entry.has_value()); }));
  state.counters["p50_us"] = median(us);
}
BENCHMARK(verified_load_128_kib)->Unit(benchmark::kMicrosecond);

// From a number of tokens to the kernel that is loaded for it: a launch's part of it.
void hit_in_memory(benchmark::State& state) {
  constexpr int64_t kMaxTokens = 8192;
  const StubDriver driver;
  const std::shared_ptr<LibraryState> library = *LibraryState::open(
      {.driver_path = StubDriver::path()},
      [] { return Result<std::shared_ptr<compile::Compiler>>(std::make_shared<FakeCompiler>()); });
  GemmState& gemm = **library->gemm({.n = 7168, .k = 2048});
  const uint64_t context = *device::current_context_id(**library->driver());
  must(gemm.prepare(kMaxTokens).ok());
  int64_t m = 1;
  for (auto _ : state) {
    m = m * 5 % (kMaxTokens - 1) + 1;
    must(gemm.range_for(m, plan::Chain::kPlain).slot->ready.find(context));
  }
}
BENCHMARK(hit_in_memory);

// The bare system calls of a publish.
void publish_bare(const std::string& folder, const std::string& bytes) {
  const std::string temporary = folder + "/temporary", place = folder + "/place";
  const int fd = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  must(fd >= 0 && ::write(fd, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
  must(::fsync(fd) == 0 && ::close(fd) == 0);
  must(::rename(temporary.c_str(), place.c_str()) == 0);
  const int dir = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  must(dir >= 0 && ::fsync(dir) == 0 && ::close(dir) == 0);
}

// Both by turns, so that the disk's mood is the same for both.
void durable_publish_128_kib(benchmark::State& state) {
  const TemporaryDirectory folder, bare_folder;
  const auto store = *Store::open(folder.string());
  const cache::Entry entry = big_entry();
  const std::string bytes = *cache::encode(cache::sample_name(), entry);
  std::vector<double> us, bare_us;
  for (auto _ : state) {
    us.push_back(us_of([&] { must(store->put(cache::sample_name(), entry).ok()); }));
    bare_us.push_back(us_of([&] { publish_bare(bare_folder.string(), bytes); }));
    state.SetIterationTime(us.back() / 1e6);
  }
  state.counters["p50_us"] = median(us);
  state.counters["bare_p50_us"] = median(bare_us);
  state.counters["ratio"] = median(us) / median(bare_us);
}
BENCHMARK(durable_publish_128_kib)->UseManualTime()->Unit(benchmark::kMicrosecond);

void reopen_2000_entries_and_100_hits(benchmark::State& state) {
  constexpr int kEntries = 2000, kHits = 100;
  const TemporaryDirectory folder;
  const cache::Entry entry = cache::sample_entry(std::string(32 << 10, '\x5a'));
  {
    const auto without_fsync = std::make_shared<cache::FaultFileSystem>();
    const auto store = *Store::open(folder.string(), {.file_system = without_fsync});
    for (int i = 0; i < kEntries; ++i) must(store->put(cache::sample_name(i % 256, i), entry).ok());
  }
  for (auto _ : state) {
    const auto store = *Store::open(folder.string());
    must(store->remove_orphans().ok());
    for (int hit = 0; hit < kHits; ++hit) {
      const int i = hit * (kEntries / kHits);
      must(get(*store, cache::sample_name(i % 256, i), entry).entry.has_value());
    }
  }
}
BENCHMARK(reopen_2000_entries_and_100_hits)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace jitgemm
