// exit_program HOW: asks for kernels in the background, and ends in one way or another while the
// first of them is being compiled. Exit code 0: it got so far, and nothing was used after its end.
#include <jitgemm/library.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <latch>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include "tests/paths.h"
#include "tests/runtime/some_args.h"
#include "tests/stub_driver/stub_driver.h"

using namespace jitgemm;

// What lives until the end is no leak.
extern "C" __attribute__((visibility("default"))) int __lsan_is_turned_off() { return 1; }

namespace {

constexpr GemmDesc kDesc = {.n = 2112, .k = 7168};

// What a log sink uses; a static, as it may be in a server.
struct Log {
  std::atomic<bool> alive = true;  // threads that outlive main() look
  bool exits = false;              // at the first kernel of the background
  ~Log() { alive = false; }
  void line(std::string_view text) {
    if (!alive) std::abort();
    if (exits && text.find(",get,n2112") != text.npos) std::exit(0);
  }
} log_of_server;

std::optional<Gemm> gemm_before;
std::optional<Library> library_between;
std::optional<Gemm> gemm_after;

[[noreturn]] void fail(const Status& status = {}) {
  std::fprintf(stderr, "exit_program: %s\n", std::string(status.message()).c_str());
  std::_Exit(1);
}

template <typename T>
T value(Result<T> result) {
  if (!result.ok()) fail(result.status());
  return *std::move(result);
}

Library open(const std::string& compile_command = {}) {
  return value(
      Library::open({.nvrtc_path = paths::kSlowNvrtc,
                     .driver_path = StubDriver::path(),
                     .log = [](LogLevel, std::string_view line) { log_of_server.line(line); },
                     .on_miss = MissPolicy::kBackground,
                     .compile_command = compile_command}));
}

// Several kernels are asked for; the first is being compiled when this returns.
Gemm busy(const Library& library) {
  const Gemm gemm = value(library.gemm(kDesc));
  for (int64_t m : {8, 16, 32, 64, 4096})
    if (Status status = gemm.launch(some_args(m), nullptr); !status.ok()) fail(status);
  return gemm;
}

void end_while_preparing(int threads, const std::string& compile_command = {}) {
  auto* const library = new Library(open(compile_command));
  auto* const started = new std::latch(1);
  std::thread([=] {
    StubDriver().make_current(0);
    started->count_down();
    static_cast<void>(library->prepare({.shapes = {kDesc}, .threads = threads}));
  }).detach();
  started->wait();
  std::this_thread::sleep_for(std::chrono::milliseconds(30));
}

void end(std::string_view how) {
  if (how == "static library") {
    busy(*(library_between = open()));
  } else if (how == "static gemm, destroyed last") {
    gemm_before = busy(*(library_between = open()));
  } else if (how == "static gemm, destroyed first") {
    gemm_after = busy(*(library_between = open()));
  } else if (how == "static that is younger than NVRTC") {
    const Library library = open();
    const Gemm gemm = busy(library);
    static const Gemm youngest = gemm;
  } else if (how == "never destroyed") {
    new Gemm(busy(*new Library(open())));
  } else if (how == "thread-local") {
    thread_local const Gemm of_thread = busy(open());
  } else if (how == "by another thread") {
    new Gemm(busy(*new Library(open())));
    std::thread([] { std::exit(0); }).join();
  } else if (how == "by the log sink") {
    log_of_server.exits = true;
    new Gemm(busy(*new Library(open())));
    std::this_thread::sleep_for(std::chrono::seconds(30));
    fail();
  } else if (how == "while preparing") {
    end_while_preparing(2);
  } else if (how == "while processes compile") {
    end_while_preparing(6, paths::kCli);
  } else {
    fail();
  }
}

}  // namespace

int main(int argc, char** argv) {
  static const StubDriver driver;
  if (argc != 2) fail();
  end(argv[1]);
}
