// decode_server: how a server embeds the library, small enough to read, and what it costs there.
//
// Every kernel is made at start, for all layers and M to 8192; then threads replay CUDA graphs of a
// layer stack, one graph per batch size, as a server does that decodes. From then on nothing is
// compiled: otherwise it exits with 1.
#include <fmt/format.h>
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

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
  std::string cache_dir, nvrtc, driver, compile_command = beside_this("jitgemm");
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

// The most that a process used that compiled for this one.
double largest_process_mb() {
  rusage usage = {};
  ::getrusage(RUSAGE_CHILDREN, &usage);
  return static_cast<double>(usage.ru_maxrss) * 1024e-6;
}

// Memory in use, of this process on the host and of all devices together.
struct Memory {
  double host_mb, device_mb;

  static Memory now(const std::vector<Device>& devices) {
    double free = 0;
    for (const Device& device : devices) {
      must(device.gpu->make_current());
      free += static_cast<double>(must(device.gpu->free_bytes()));
    }
    return {::host_mb("VmRSS"), -free * 1e-6};
  }
};

// Makes every kernel on every device, and says what that took.
void start(const Settings& settings, const Library& library, std::vector<Device>* devices) {
  const Memory before = Memory::now(*devices);
  const Clock::time_point begin = Clock::now();
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
             seconds, settings.prepare_threads, counters.compiled == 0 ? "warm" : "cold",
             total.kernels, counters.compiled, counters.hit_disk);
  fmt::print("memory added by it: host {:.1f} MB (peak {:.1f}), device {:.1f} MB\n",
             after.host_mb - before.host_mb, host_mb("VmHWM") - before.host_mb,
             after.device_mb - before.device_mb);
  if (const double process_mb = largest_process_mb(); process_mb > 0)
    fmt::print("of the processes that compiled for it the largest had {:.1f} MB\n", process_mb);
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

// Runs body(i) on so many threads, each with its device current. Throws the first failure.
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

// Whether nothing was made while serving.
bool run(const Settings& settings) {
  std::vector<Device> devices;
  for (int i = 0; i < settings.devices; ++i)
    devices.emplace_back(must(harness::Gpu::open(settings.driver, i)));
  const Library library = must(Library::open({.cache_dir = settings.cache_dir,
                                              .nvrtc_path = settings.nvrtc,
                                              .driver_path = settings.driver,
                                              .on_miss = MissPolicy::kFail,
                                              .compile_command = settings.compile_command}));
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
             after.host_mb - before.host_mb, after.device_mb - before.device_mb);
  const Counters counters = library.counters();
  fmt::print(
      "counters: {} launches, {} generic; {} compiled, {} from disk, {} from memory, {} damaged\n",
      counters.launches, counters.launches_generic, counters.compiled, counters.hit_disk,
      counters.hit_memory, counters.damaged);
  const uint64_t compiles = counters.compiled - at_start.compiled;
  fmt::print("compiles after the start: {}\n", compiles);
  return compiles == 0;
}

int report(const Status& error) {
  fmt::print(stderr, "decode_server: {}\n", error.message());
  const StatusCode code = error.code();
  return code == StatusCode::kMissing || code == StatusCode::kUnsupportedDevice ? 3 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  Settings settings;
  CLI::App app(
      "Serves DeepSeek-V3's dense layers (TP 8) from CUDA graphs. Exit codes: 0 ok, 1 failed or "
      "something was "
      "compiled while serving, 2 usage, 3 the machine lacks what is named.");
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
  app.add_option("--compile-command", settings.compile_command,
                 "The command jitgemm, whose processes compile too; default: the one beside this");
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
    return report(failure.status);
  }
}
