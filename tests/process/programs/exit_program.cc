// exit_program HOW: ends in one of several ways while the library is at work on another thread, in
// most of them while that compiles a kernel. Exit code 0: it got that far, and nothing was used
// after its destruction.
#include <jitgemm/library.h>
#include <sys/wait.h>
#include <unistd.h>

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

// Objects that live until the end are not leaks.
extern "C" __attribute__((visibility("default"))) int __lsan_is_turned_off() { return 1; }

namespace {

constexpr GemmDesc kDesc = {.n = 2112, .k = 7168};

// What a log sink uses: a static object, as a server may have one.
struct Log {
  std::atomic<bool> alive = true, writing = false;
  bool exits = false;    // calls exit() at the first kernel of the background
  bool is_slow = false;  // takes 100 ms to write a line
  ~Log() {
    if (writing) std::abort();
    alive = false;
  }
  void line(std::string_view text) {
    if (!alive) std::abort();
    if (exits && text.find(",get,n2112") != text.npos) std::exit(0);
    if (!is_slow) return;
    writing = true;
    writing.notify_all();
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    writing = false;
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

Library open(MissPolicy on_miss = MissPolicy::kBackground,
             const std::string& nvrtc_path = paths::kSlowNvrtc) {
  return value(
      Library::open({.nvrtc_path = nvrtc_path,
                     .driver_path = StubDriver::path(),
                     .log = [](LogLevel, std::string_view line) { log_of_server.line(line); },
                     .on_miss = on_miss}));
}

// Launches that miss; the first kernel is being compiled when this returns.
Gemm busy(const Library& library) {
  const Gemm gemm = value(library.gemm(kDesc));
  for (int64_t m : {8, 16, 32, 64, 4096})
    if (Status status = gemm.launch(some_args(m), nullptr); !status.ok()) fail(status);
  return gemm;
}

// Prepares on a thread that outlives main().
void prepare_in_thread(const Library& library) {
  auto* const kept = new Library(library);
  auto* const started = new std::latch(1);
  std::thread([=] {
    StubDriver().make_current(0);
    started->count_down();
    static_cast<void>(kept->prepare({.shapes = {kDesc}, .threads = 2}));
  }).detach();
  started->wait();
}

// No worker and no NVRTC: only the library itself can have registered the wait for the log sink.
void end_while_the_sink_writes() {
  log_of_server.is_slow = true;
  prepare_in_thread(open(MissPolicy::kCompile, "/nonexistent/libnvrtc.so"));
  log_of_server.writing.wait(false);
}

// The child has no thread that compiles, so its exit must not wait for one.
void end_in_a_child() {
  new Gemm(busy(*new Library(open())));
  std::this_thread::sleep_for(std::chrono::milliseconds(30));
  const pid_t child = ::fork();
  if (child == 0) {
    ::alarm(60);
    std::exit(0);
  }
  int status = -1;
  if (::waitpid(child, &status, 0) != child || status != 0) fail();
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
    prepare_in_thread(open(MissPolicy::kCompile));
    std::this_thread::sleep_for(std::chrono::milliseconds(30));
  } else if (how == "while the log sink writes") {
    end_while_the_sink_writes();
  } else if (how == "in a forked child") {
    end_in_a_child();
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
