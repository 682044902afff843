#include "src/compile/nvrtc.h"

#include <dlfcn.h>
#include <gmock/gmock.h>

#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "src/codegen/key.h"
#include "src/compile/build_id.h"
#include "tests/message.h"
#include "tests/paths.h"
#include "tests/runtime/temporary_directory.h"

namespace jitgemm::compile {
namespace {

using ::testing::AllOf, ::testing::EndsWith, ::testing::HasSubstr, ::testing::Matcher,
    ::testing::Not, ::testing::StartsWith;
namespace fs = std::filesystem;

std::string detail(const Status& status) { return std::string(status.detail()); }

// A kernel that takes its factor from a header.
codegen::Source scaling_source(const std::string& name = "factor.cuh") {
  return {.text = "#include <" + name +
                  ">\n"
                  "extern \"C\" __global__ void jitgemm_kernel(float* x) {\n"
                  "  x[threadIdx.x] *= kFactor;\n"
                  "}\n",
          .headers = {{"factor.cuh", "constexpr float kFactor = 3.f;\n"}}};
}

codegen::Source plain(std::string text) { return {.text = std::move(text), .headers = {}}; }

// ---- opening ----

TEST(NvrtcOpenTest, NamesWhatIsWrongWithTheLibrary) {
  const std::string alone = paths::kFakeNvrtcAlone, old = paths::kFakeNvrtcOld;
  const std::string folder = std::filesystem::path(alone).parent_path();
  const struct {
    std::string path;
    Matcher<std::string> message;
    std::string detail;
  } kCases[] = {
      {"/nowhere/libnvrtc.so.13",
       StartsWith("missing: NVRTC (libnvrtc, part of every CUDA toolkit) cannot be opened"),
       "/nowhere/libnvrtc.so.13: cannot open shared object file"},
      {old, "missing: " + old + " is NVRTC 11.8, too old: 12.3 or newer is needed", ""},
      {alone, StartsWith("missing: libnvrtc-builtins.so.99.0 was not found"),
       folder + "/libnvrtc-builtins.so.99.0"},
      {paths::kStubDriver,
       std::string("missing: ") + paths::kStubDriver +
           " is not NVRTC: it has no function nvrtcVersion",
       ""},
  };
  for (const auto& c : kCases) {
    const Status status = Nvrtc::open(c.path).status();
    EXPECT_THAT(message(status), c.message);
    EXPECT_THAT(detail(status), HasSubstr(c.detail));
  }
}

// Builtins of the same name that are loaded already come from another installation.
TEST(NvrtcOpenTest, OpensTheBuiltinsBesideItAndUsesNoCacheOfItsOwn) {
  const TemporaryDirectory other;
  const fs::path copy = other.path() / "libnvrtc-builtins.so.12.9";
  const fs::path beside = fs::path(paths::kFakeNvrtc129).replace_filename(copy.filename());
  fs::copy(beside, copy);
  ASSERT_NE(dlopen(copy.c_str(), RTLD_NOW), nullptr);
  const auto nvrtc = Nvrtc::open(paths::kFakeNvrtc129);
  ASSERT_TRUE(nvrtc.ok()) << nvrtc.status().message();
  EXPECT_NE(dlopen(beside.c_str(), RTLD_NOW | RTLD_NOLOAD), nullptr);
  EXPECT_THAT((*nvrtc)->build(), StartsWith("nvrtc 12.9 unknown "));  // it has no build id
  EXPECT_TRUE((*nvrtc)->compile(scaling_source(), codegen::compile_options()).ok());
}

class NvrtcTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto opened = Nvrtc::open({});
    ASSERT_TRUE(opened.ok()) << opened.status().message() << "\n" << opened.status().detail();
    nvrtc = *opened;
  }

  Result<Compiled> compile(const codegen::Source& source) {
    return nvrtc->compile(source, codegen::compile_options());
  }

  std::shared_ptr<Nvrtc> nvrtc;
};

TEST_F(NvrtcTest, IsFoundUnderItsUsualNamesAndByItsPath) {
  EXPECT_TRUE(std::filesystem::exists(nvrtc->path())) << nvrtc->path();
  EXPECT_GE(nvrtc->version(), std::pair(12, 3));
  const auto again = Nvrtc::open(nvrtc->path());
  ASSERT_TRUE(again.ok()) << again.status().message();
  EXPECT_EQ((*again)->build(), nvrtc->build());
}

TEST_F(NvrtcTest, BuildIsTheVersionAndTwoBuildIds) {
  const std::string version =
      std::to_string(nvrtc->version().first) + "." + std::to_string(nvrtc->version().second);
  const std::string id = gnu_build_id(nvrtc->path());
  ASSERT_EQ(id.size(), 40u);
  ASSERT_THAT(nvrtc->build(), StartsWith("nvrtc " + version + " " + id + " "));
  EXPECT_THAT(nvrtc->build(), AllOf(Not(HasSubstr("/")), Not(HasSubstr("unknown"))));
  const std::string builtins_id = nvrtc->build().substr(nvrtc->build().rfind(' ') + 1);
  EXPECT_EQ(builtins_id.size(), 40u);
  EXPECT_NE(builtins_id, id);
}

// ---- compiling ----

TEST_F(NvrtcTest, CompilesASourceToTheSameBytesEachTime) {
  const Result<Compiled> compiled = compile(scaling_source());
  ASSERT_TRUE(compiled.ok()) << compiled.status().message();
  EXPECT_THAT(compiled->cubin, StartsWith("\x7f"
                                          "ELF"));
  EXPECT_THAT(compiled->cubin, HasSubstr("jitgemm_kernel"));
  EXPECT_GT(compiled->ptxas.registers, 0);
  EXPECT_TRUE(compiled->ptxas.clean());
  EXPECT_GT(compiled->ms, 2);
  EXPECT_EQ(compile(scaling_source())->cubin, compiled->cubin);
  const Result<Compiled> empty = compile(plain(""));
  ASSERT_TRUE(empty.ok()) << empty.status().message();
  EXPECT_THAT(empty->cubin, Not(HasSubstr("jitgemm_kernel")));
  EXPECT_EQ(empty->ptxas.registers, 0);
}

TEST_F(NvrtcTest, ACompileErrorCarriesLogAndSource) {
  const codegen::Source source = plain(
      "extern \"C\" __global__ void jitgemm_kernel(float* x) {\n"
      "  *x = y;\n"
      "}\n");
  const Status status = compile(source).status();
  EXPECT_EQ(message(status),
            "compile failed: NVRTC made no cubin: jitgemm_kernel.cu(2): error: identifier \"y\" is "
            "undefined");
  EXPECT_THAT(detail(status),
              AllOf(HasSubstr("1 error detected in the compilation"), EndsWith(source.text)));
  EXPECT_EQ(detail(status).find('\0'), std::string::npos);
  EXPECT_TRUE(compile(scaling_source()).ok());
}

TEST_F(NvrtcTest, EveryOtherFailureIsNamed) {
  const std::vector<std::string> options = codegen::compile_options();
  const struct {
    codegen::Source source;
    std::vector<std::string> options;
    Matcher<std::string> message;
    const char* detail;
  } kCases[] = {
      {scaling_source("other.cuh"), options, HasSubstr("open source file \"other.cuh\""), ""},
      {plain("extern \"C\" __global__ void jitgemm_kernel() { asm volatile(\"bogus.it;\"); }\n"),
       options, AllOf(HasSubstr("ptxas"), HasSubstr("error")), "bogus"},
      {scaling_source(),
       {"-arch=sm_90a", "-nonsense"},
       HasSubstr("unrecognized option -nonsense"),
       ""},
      {scaling_source(),
       {"-arch=compute_90a"},
       "compile failed: NVRTC made no cubin: -arch names no real architecture",
       ""},
  };
  for (const auto& c : kCases) {
    const Status status = nvrtc->compile(c.source, c.options).status();
    EXPECT_EQ(status.code(), StatusCode::kCompileFailed) << message(status);
    EXPECT_THAT(message(status), c.message);
    EXPECT_THAT(detail(status), HasSubstr(c.detail));
  }
}

TEST_F(NvrtcTest, ReportsWgmmaThatPtxasSerialises) {
  const Result<Compiled> compiled = compile(plain(R"(
extern "C" __global__ void jitgemm_kernel(float* x, unsigned long long tile, int n) {
  float d[4] = {};
  for (int i = 0; i < n; ++i) {
    asm volatile("wgmma.fence.sync.aligned;" ::: "memory");
    for (int j = 0; j < 2; ++j) {
      asm volatile("wgmma.mma_async.sync.aligned.m64n8k32.f32.e4m3.e4m3"
                   " {%0, %1, %2, %3}, %4, %4, 1, 1, 1;"
                   : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3]) : "l"(tile));
      d[0] += 1.f;  // between two multiplies that use it
    }
    asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory");
    asm volatile("wgmma.wait_group.sync.aligned 0;" ::: "memory");
  }
  for (int i = 0; i < 4; ++i) x[i * 128 + threadIdx.x] = d[i];
}
)"));
  ASSERT_TRUE(compiled.ok()) << compiled.status().message();
  EXPECT_THAT(compiled->ptxas.warnings, ::testing::Contains(HasSubstr("serialized")));
  EXPECT_FALSE(compiled->ptxas.clean());
}

TEST_F(NvrtcTest, ConcurrentCompilesDoNotMix) {
  const auto source_of = [](int factor) {
    return plain("extern \"C\" __global__ void jitgemm_kernel(int* x) { *x *= " +
                 std::to_string(factor) + "; }\n");
  };
  constexpr int kThreads = 4, kCompiles = 3;
  std::vector<std::jthread> threads;
  std::vector<std::string> cubins(kThreads * kCompiles);
  for (int thread = 0; thread < kThreads; ++thread)
    threads.emplace_back([&, thread] {
      for (int i = 0; i < kCompiles; ++i) {
        const int index = thread * kCompiles + i;
        const std::string wrong = "wrong_" + std::to_string(index);
        EXPECT_THAT(message(compile(plain("int x = " + wrong + ";")).status()), HasSubstr(wrong));
        const Result<Compiled> compiled = compile(source_of(1000 + index));
        ASSERT_TRUE(compiled.ok()) << compiled.status().message();
        cubins[static_cast<size_t>(index)] = compiled->cubin;
      }
    });
  threads.clear();
  for (int index = 0; index < kThreads * kCompiles; ++index)
    EXPECT_EQ(cubins[static_cast<size_t>(index)], compile(source_of(1000 + index))->cubin);
}

}  // namespace
}  // namespace jitgemm::compile
