// Loads the shared library, launches while a kernel is compiled in the background, and unloads it,
// a hundred times. Exit code 0: no code, thread, file or memory of it stayed.
#include <jitgemm/jitgemm.h>

#include <dlfcn.h>
#include <malloc.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iterator>

#include "tests/paths.h"
#include "tests/stub_driver/stub_driver.h"

namespace {

constexpr int kRounds = 100, kSettled = 10;  // rounds after which nothing may grow
constexpr size_t kNoise = 16 << 10;          // bytes of the loader
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kMemoryIsOurs = false;  // the sanitizer's allocator
#else
constexpr bool kMemoryIsOurs = true;
#endif

void expect(bool condition, const char* text, int round) {
  if (condition) return;
  std::fprintf(stderr, "round %d: %s\n", round, text);
  std::_Exit(1);
}
#define EXPECT(condition) expect(condition, #condition, round)

struct Usage {
  size_t threads, files, bytes;

  static Usage now() {
    const auto entries = [](const char* folder) {
      using Iterator = std::filesystem::directory_iterator;
      return static_cast<size_t>(std::distance(Iterator(folder), Iterator()));
    };
    return {entries("/proc/self/task"), entries("/proc/self/fd"), mallinfo2().uordblks};
  }
};

template <typename Function>
Function* find(void* library, const char* name) {
  return reinterpret_cast<Function*>(dlsym(library, name));
}
#define FUNCTION(name) auto* const name = find<decltype(::name)>(library, #name)

void ignore_line(void*, int, const char*) {}

void use(void* library, int round) {
  FUNCTION(jitgemm_open);
  FUNCTION(jitgemm_gemm_create);
  FUNCTION(jitgemm_launch);
  FUNCTION(jitgemm_gemm_destroy);
  FUNCTION(jitgemm_close);
  jitgemm_options options = {};
  options.struct_size = sizeof options;
  options.driver_path = jitgemm::paths::kStubDriver;
  options.nvrtc_path = jitgemm::paths::kSlowNvrtc;
  options.log = ignore_line;
  options.on_miss = JITGEMM_MISS_BACKGROUND;
  jitgemm_desc desc = {sizeof desc, 2112, 7168, JITGEMM_BIAS_NONE};
  jitgemm_args args = {};
  args.struct_size = sizeof args;
  args.m = 7;
  args.a = args.b = args.b_scale = args.a_scale = args.d = reinterpret_cast<void*>(0x10000);
  args.a_scale_ld = 8;
  jitgemm_library* handle = nullptr;
  jitgemm_gemm* gemm = nullptr;
  EXPECT(jitgemm_open(&options, &handle, nullptr) == JITGEMM_OK);
  EXPECT(jitgemm_gemm_create(handle, &desc, &gemm, nullptr) == JITGEMM_OK);
  EXPECT(jitgemm_launch(gemm, &args, nullptr, nullptr) == JITGEMM_OK);
  jitgemm_gemm_destroy(gemm);
  jitgemm_close(handle);
}

void go_round(int round) {
  jitgemm::StubDriver driver;  // forgets what it recorded
  void* const library = dlopen(jitgemm::paths::kLibrary, RTLD_NOW | RTLD_LOCAL);
  EXPECT(library != nullptr);
  use(library, round);
  EXPECT(driver.live_libraries() == 0);
  EXPECT(dlclose(library) == 0);
  EXPECT(dlopen(jitgemm::paths::kLibrary, RTLD_NOW | RTLD_NOLOAD) == nullptr);
}

}  // namespace

int main() {
  Usage settled = {};
  for (int round = 1; round <= kRounds; ++round) {
    go_round(round);
    if (round == kSettled) settled = Usage::now();
  }
  constexpr int round = kRounds;
  const Usage last = Usage::now();
  EXPECT(last.threads == settled.threads);
  EXPECT(last.files == settled.files);
  EXPECT(!kMemoryIsOurs || last.bytes <= settled.bytes + kNoise);
}
