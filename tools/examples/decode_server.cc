// decode_server: an example server that embeds the library, and a measurement of what it costs.
//
// At start it makes every kernel of all layers for M up to 8192: if the cache is empty, the command
// `jitgemm prewarm` compiles them in several processes first. Then threads replay CUDA graphs of a
// layer stack, one graph per batch size. If a kernel is compiled while it serves, it exits with 1.
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <jitgemm/cache.h>
#include <jitgemm/inspect.h>
#include <jitgemm/library.h>
#include "tools/examples/layer_stack.h"

using namespace jitgemm;
using namespace jitgemm::example;

namespace {

// The path of a program in the folder of this one; empty when there is none.
std::string beside_this(const std::string& name) {
  std::error_code error;
  const std::filesystem::path here = std::filesystem::read_symlink("/proc/self/exe", error);
  const std::filesystem::path path = here.parent_path() / name;
  return std::filesystem::exists(path, error) ? path.string() : std::string();
}

struct Settings {
  std::string cache_dir, nvrtc, driver, prewarm_command = beside_this("jitgemm");
  int threads = 4, devices = 1, prepare_threads = 0;
  double seconds = 2;
  std::vector<int64_t> batches = {1, 4, 16, 32, 64};
};

using Clock = std::chrono::steady_clock;
double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// "VmRSS" or "VmHWM", in MB.
double host_mb(const std::string& field) {
  std::ifstream status("/proc/self/status");
  std::string word;
  double kib = 0;
  while (status >> word)
    if (word == field + ":") status >> kib;
  return kib * 1024e-6;
}

// MB in use: of this process on the host, and of all devices together.
struct Memory {
  double host, device;

  static Memory now(const std::vector<Device>& devices) {
    double free = 0;
    for (const Device& device : devices) {
      must(device.gpu->make_current());
      free += static_cast<double>(must(device.gpu->free_bytes()));
    }
    return {host_mb("VmRSS"), -free * 1e-6};
  }
};

// Runs `jitgemm prewarm` for kShapes and waits for it. Its report and its errors go to this
// process's stdout and stderr. Kernels that it does not compile are left to Library::prepare().
void prewarm(const Settings& settings) {
  const std::string gpu = must(probe_driver(settings.driver)).gpus.at(0).planned_as;
  std::vector<std::string> command = {settings.prewarm_command, "prewarm", "--gpu", gpu};
  const auto add = [&command](const std::vector<std::string>& words) {
    command.insert(command.end(), words.begin(), words.end());
  };
  add({"--cache-dir", settings.cache_dir, "--jobs", fmt::to_string(settings.prepare_threads)});
  add({"--m-max", fmt::to_string(kMaxTokens)});
  if (!settings.nvrtc.empty()) add({"--nvrtc", settings.nvrtc});
  for (const GemmDesc& desc : kShapes)
    add({"--n", fmt::to_string(desc.n), "--k", fmt::to_string(desc.k)});
  std::vector<char*> arguments;
  for (std::string& word : command) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  pid_t process = 0;
  int status = 0;
  if (::posix_spawn(&process, arguments[0], nullptr, nullptr, arguments.data(), environ) != 0 ||
      ::waitpid(process, &status, 0) != process || status != 0)
    fmt::print(stderr, "decode_server: {} prewarm failed\n", settings.prewarm_command);
}

// Makes every kernel on every device, and prints what that took.
void start(const Settings& settings, const Library& library, std::vector<Device>* devices) {
  const Memory before = Memory::now(*devices);
  const Clock::time_point begin = Clock::now();
  const Result<CacheStats> cache = cache_stats(settings.cache_dir);
  const bool cold = !cache.ok() || cache->entries == 0;
  if (cold && !settings.prewarm_command.empty() && !settings.cache_dir.empty()) prewarm(settings);
  PrepareReport total;
  for (Device& device : *devices) {
    must(device.gpu->make_current());
    const PrepareReport report = must(library.prepare(
        {.shapes = kShapes, .m_max = kMaxTokens, .threads = settings.prepare_threads}));
    for (const Status& error : report.errors) must(error);
    total.kernels += report.kernels;
    for (const GemmDesc& desc : kShapes) device.gemms.push_back(must(library.gemm(desc)));
  }
  const double seconds = seconds_since(begin);
  const Memory after = Memory::now(*devices);
  const Counters counters = library.counters();
  fmt::print("start: {:.3f} s on {} threads, cache {}: {} kernels, {} compiled, {} from disk\n",
             seconds, settings.prepare_threads, cold ? "cold" : "warm", total.kernels,
             counters.compiled, counters.hit_disk);
  fmt::print("memory added by the start: host {:.1f} MB (peak {:.1f}), device {:.1f} MB\n",
             after.host - before.host, host_mb("VmHWM") - before.host,
             after.device - before.device);
}

// Tokens per second of each batch size.
std::map<int64_t, double> serve(const Server& server, const Settings& settings) {
  const double share = settings.seconds / static_cast<double>(settings.batches.size());
  std::map<int64_t, double> rates;
  for (int64_t batch : settings.batches) {
    int64_t steps = 0;
    const Clock::time_point begin = Clock::now();
    for (; steps == 0 || seconds_since(begin) < share; ++steps) server.step(batch);
    rates[batch] = static_cast<double>(steps * batch) / seconds_since(begin);
  }
  return rates;
}

// Runs body(i) on `count` threads, each with its device current. Throws the first failure.
template <typename Body>
void on_threads(int count, const std::vector<Device>& devices, Body body) {
  std::vector<Status> outcomes(count);
  std::vector<std::thread> threads;
  for (int i = 0; i < count; ++i)
    threads.emplace_back([&, i] {
      try {
        const Device& device = devices[i % devices.size()];
        must(device.gpu->make_current());
        body(i, device);
      } catch (const Failure& failure) {
        outcomes[i] = failure.status;
      }
    });
  for (std::thread& thread : threads) thread.join();
  for (const Status& outcome : outcomes) must(outcome);
}

// Returns whether no kernel was compiled while serving.
bool run(const Settings& settings) {
  std::vector<Device> devices;
  for (int i = 0; i < settings.devices; ++i)
    devices.emplace_back(must(harness::Gpu::open(settings.driver, i)));
  const Library library = must(Library::open({.cache_dir = settings.cache_dir,
                                              .nvrtc_path = settings.nvrtc,
                                              .driver_path = settings.driver,
                                              .on_miss = MissPolicy::kFail}));
  start(settings, library, &devices);
  const Counters at_start = library.counters();

  std::vector<std::unique_ptr<Server>> servers(settings.threads);
  on_threads(settings.threads, devices, [&](int i, const Device& device) {
    servers[i] = std::make_unique<Server>(device, settings.batches);
  });
  const Memory before = Memory::now(devices);
  std::vector<std::map<int64_t, double>> rates(settings.threads);
  on_threads(settings.threads, devices,
             [&](int i, const Device&) { rates[i] = serve(*servers[i], settings); });
  const Memory after = Memory::now(devices);

  for (int64_t batch : settings.batches) {
    double sum = 0;
    for (auto& rate : rates) sum += rate[batch];
    fmt::print("batch {:3}: {:10.0f} tokens/s through {} layers, {} threads\n", batch, sum, kLayers,
               settings.threads);
  }
  fmt::print("memory added while serving: host {:.1f} MB, device {:.1f} MB\n",
             after.host - before.host, after.device - before.device);
  const Counters counters = library.counters();
  fmt::print(
      "counters: {} launches, {} generic; {} compiled, {} from disk, {} from memory, {} damaged\n",
      counters.launches, counters.launches_generic, counters.compiled, counters.hit_disk,
      counters.hit_memory, counters.damaged);
  const uint64_t compiles = counters.compiled - at_start.compiled;
  fmt::print("compiles after the start: {}\n", compiles);
  return compiles == 0;
}

}  // namespace

int main(int argc, char** argv) {
  Settings settings;
  CLI::App app(
      "Serves DeepSeek-V3's dense layers (TP 8) from CUDA graphs. Exit codes: 0 ok, 1 failed or a "
      "kernel was compiled while serving, 2 usage, 3 the machine lacks what is named.");
  app.add_option("--cache-dir", settings.cache_dir,
                 "Folder of compiled kernels; default: memory only");
  app.add_option("--threads", settings.threads, "Threads that serve")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  app.add_option("--prepare-threads", settings.prepare_threads,
                 "Threads that make kernels; default: all cores");
  app.add_option("--batches", settings.batches, "Tokens of a step")
      ->delimiter(',')
      ->check(CLI::Range(1, 8192));
  app.add_option("--seconds", settings.seconds, "Time to serve")->capture_default_str();
  app.add_option("--devices", settings.devices, "GPUs, shared by the threads")
      ->check(CLI::Range(1, 64));
  app.add_option("--nvrtc", settings.nvrtc, "libnvrtc to open; default: the usual names")
      ->envname("JITGEMM_NVRTC");
  app.add_option("--prewarm-command", settings.prewarm_command,
                 "The command jitgemm, which fills an empty cache; default: the one in the folder "
                 "of this program");
  app.add_option("--driver", settings.driver, "libcuda to open; default: libcuda.so.1")
      ->envname("JITGEMM_DRIVER");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  if (settings.prepare_threads == 0)
    settings.prepare_threads = static_cast<int>(std::thread::hardware_concurrency());
  try {
    return run(settings) ? 0 : 1;
  } catch (const Failure& failure) {
    fmt::print(stderr, "decode_server: {}\n", failure.status.message());
    const StatusCode code = failure.status.code();
    return code == StatusCode::kMissing || code == StatusCode::kUnsupportedDevice ? 3 : 1;
  }
}
