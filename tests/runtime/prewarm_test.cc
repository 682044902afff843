#include <gmock/gmock.h>

#include <jitgemm/library.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "tests/runtime/library_fixture.h"

namespace jitgemm {
namespace {

using ::testing::HasSubstr, ::testing::SizeIs;
namespace fs = std::filesystem;

class PrewarmTest : public LibraryTest {
 protected:
  Options options_without_gpu() {
    Options given = options();
    given.driver_path = kNowhere;
    return given;
  }
};

TEST_F(PrewarmTest, CompilesEachKernelOnceAndTheSecondRunNone) {
  const PrewarmRequest request{.shapes = {kShape, {.n = 576, .k = 7168}, kShape}, .m_max = 4096};
  const auto first = open(options_without_gpu()).prewarm(request);
  ASSERT_TRUE(first.ok()) << message(first.status());
  EXPECT_EQ(first->shapes, 2);
  EXPECT_GT(first->kernels, 2);
  EXPECT_EQ(first->compiled, first->kernels);
  EXPECT_EQ(first->compile_ms, std::vector<double>(first->compiled, 1.5));
  EXPECT_EQ(first->failed, 0);
  EXPECT_EQ(compiler->compiles(), first->kernels);

  const auto second = open(options_without_gpu()).prewarm(request);
  ASSERT_TRUE(second.ok());
  EXPECT_EQ(second->compiled, 0);
  EXPECT_EQ(second->hit_disk, second->kernels);
}

TEST_F(PrewarmTest, ShardsShareTheKernelsOut) {
  const PrewarmRequest all{.shapes = {kShape, {.n = 576, .k = 7168}}};
  int64_t made = 0;
  for (int shard = 1; shard <= 3; ++shard) {
    PrewarmRequest part = all;
    part.shard = shard;
    part.shards = 3;
    const auto report = open(options_without_gpu()).prewarm(part);
    ASSERT_TRUE(report.ok()) << message(report.status());
    EXPECT_EQ(report->compiled, report->kernels) << "shard " << shard << " makes what another made";
    EXPECT_GT(report->kernels, 0);
    made += report->kernels;
  }
  const auto whole = open(options_without_gpu()).prewarm(all);
  ASSERT_TRUE(whole.ok());
  EXPECT_EQ(whole->compiled, 0);
  EXPECT_EQ(whole->kernels, made);
}

TEST_F(PrewarmTest, WhatItCompiledIsWhatThatGpuNeeds) {
  ASSERT_TRUE(open(options_without_gpu()).prewarm({.shapes = {kShape}, .m_max = 8192}).ok());
  compiler = nullptr;
  const Library serving = open();
  EXPECT_TRUE(make_gemm(serving).prepare(8192).ok());
  EXPECT_TRUE(open().prepare({.shapes = {kShape}, .threads = 2})->complete());
  EXPECT_EQ(serving.counters().miss, 0u);
}

TEST_F(PrewarmTest, JobsCompileAtTheSameTimeAndProgressIsOneCallAfterAnother) {
  std::vector<int64_t> seen;
  std::set<std::string> names;
  std::atomic<int> inside = 0;
  compiler->delay_ms = 30;
  const auto report = open(options_without_gpu())
                          .prewarm({.shapes = {kShape}, .m_max = 8192, .jobs = 4},
                                   [&](int64_t done, int64_t total, std::string_view name) {
                                     EXPECT_EQ(++inside, 1);
                                     EXPECT_LE(done, total);
                                     seen.push_back(done);
                                     names.emplace(name);
                                     std::this_thread::sleep_for(std::chrono::milliseconds(2));
                                     --inside;
                                   });
  ASSERT_TRUE(report.ok());
  EXPECT_GT(compiler->at_once_most(), 1);
  EXPECT_LE(compiler->at_once_most(), 4);
  ASSERT_THAT(seen, SizeIs(report->kernels));
  for (size_t i = 0; i < seen.size(); ++i) EXPECT_EQ(seen[i], static_cast<int64_t>(i) + 1);
  EXPECT_THAT(names, SizeIs(report->kernels));
}

TEST_F(PrewarmTest, AProgressThatThrowsStopsTheWorkAndIsTheError) {
  for (int jobs : {1, 4}) {
    int calls = 0;
    const auto report = open(options_without_gpu())
                            .prewarm({.shapes = {kShape}, .m_max = 8192, .jobs = jobs},
                                     [&](int64_t, int64_t, std::string_view) {
                                       ++calls;
                                       throw std::runtime_error("the terminal is gone");
                                     });
    EXPECT_EQ(report.status().code(), StatusCode::kInternal);
    EXPECT_THAT(message(report.status()), HasSubstr("the terminal is gone"));
    EXPECT_EQ(calls, 1);
  }
}

TEST_F(PrewarmTest, ALogSinkThatThrowsIsAFailureOfItsKernel) {
  Options given = options_without_gpu();
  given.log = [](LogLevel, std::string_view line) {
    if (line.find(",warm,") != line.npos) throw std::runtime_error("the disk is full");
  };
  const auto report = open(given).prewarm({.shapes = {kShape}, .m_max = 8192, .jobs = 4});
  ASSERT_TRUE(report.ok()) << message(report.status());
  EXPECT_EQ(report->failed, report->kernels);
  EXPECT_EQ(message(report->errors.front()), "internal error: the disk is full");
}

// The entry is truncated between its publication and its verification.
TEST_F(PrewarmTest, VerifyReadsBackWhatWasPublished) {
  Options given = options_without_gpu();
  bool truncated = false;
  given.log = [&](LogLevel, std::string_view line) {
    if (truncated || line.find(",warm,") == line.npos) return;
    for (const auto& file : fs::recursive_directory_iterator(directory.path()))
      if (file.path().extension() == ".ljg") fs::resize_file(file, 100);
    truncated = true;
  };
  const auto report = open(given).prewarm({.shapes = {kShape}, .m_max = 64, .verify = true});
  ASSERT_TRUE(report.ok()) << message(report.status());
  ASSERT_TRUE(truncated);
  EXPECT_EQ(report->failed, 1);
  EXPECT_EQ(report->compiled, report->kernels - 1);
  EXPECT_EQ(report->errors.front().code(), StatusCode::kIoError);
}

TEST_F(PrewarmTest, FailedKernelsAreCountedWithTheirErrors) {
  compiler->fails = true;
  const auto report = open(options_without_gpu()).prewarm({.shapes = {kShape}, .m_max = 64});
  ASSERT_TRUE(report.ok());
  EXPECT_EQ(report->failed, report->kernels);
  EXPECT_EQ(report->compiled, 0);
  EXPECT_THAT(report->errors, SizeIs(report->kernels));
  EXPECT_EQ(report->errors.front().code(), StatusCode::kCompileFailed);
}

TEST_F(PrewarmTest, AKernelThatCannotBePublishedHasFailed) {
  const Library library = open(options_without_gpu());
  fs::remove_all(directory.path());
  fs::create_symlink("/nonexistent/folder", directory.path());
  const auto report = library.prewarm({.shapes = {kShape}, .m_max = 64});
  ASSERT_TRUE(report.ok());
  EXPECT_EQ(report->failed, report->kernels);
  EXPECT_EQ(report->errors.front().code(), StatusCode::kIoError);
}

TEST_F(PrewarmTest, NeedsACacheDirectory) {
  const Status status = open(Options{}).prewarm({.shapes = {kShape}}).status();
  EXPECT_EQ(status.code(), StatusCode::kIoError);
  EXPECT_THAT(message(status), HasSubstr("cache_dir is empty"));
}

TEST_F(PrewarmTest, NeedsACompiler) {
  compiler = nullptr;
  EXPECT_EQ(open().prewarm({.shapes = {kShape}}).status().code(), StatusCode::kMissing);
}

TEST_F(PrewarmTest, RefusesBadRequests) {
  const Library library = open();
  EXPECT_EQ(message(library.prewarm({.m_max = 0}).status()),
            "invalid argument: m_max = 0 is outside 1..1073741824");
  EXPECT_EQ(message(library.prewarm({.m_max = kMaxDimension + 1}).status()),
            "invalid argument: m_max = 1073741825 is outside 1..1073741824");
  EXPECT_EQ(message(library.prewarm({.jobs = 0}).status()),
            "invalid argument: jobs = 0 is less than 1");
  EXPECT_EQ(message(library.prewarm({.shard = 3, .shards = 2}).status()),
            "invalid argument: shard = 3 is outside 1..shards = 2");
  EXPECT_EQ(message(library.prewarm({.shard = 0, .shards = 2}).status()),
            "invalid argument: shard = 0 is outside 1..shards = 2");
  EXPECT_THAT(message(library.prewarm({.gpu = "B200"}).status()), HasSubstr("B200"));
  EXPECT_EQ(message(library.prewarm({.shapes = {{.n = 8, .k = 8}}}).status()),
            "invalid argument: k = 8 is not a multiple of 16 (n8_k8)");
}

TEST_F(PrewarmTest, NoShapesAreNoWorkAndAKernelNeedsNoDigest) {
  const KernelId named = {.name = "generic_swapped_t64x64_s1_k2_p3_w1_b2"};
  const auto made = open().prewarm({.kernels = {named}});
  EXPECT_EQ(made->compiled, 1);
  EXPECT_EQ(message(open().prewarm({.kernels = {{named.name, "0"}}}).status()),
            "invalid argument: kernel " + named.name + " has the key " +
                made->needed.at(0).key_digest + " in this version of the library, not 0");
  const auto report = open().prewarm({});
  ASSERT_TRUE(report.ok());
  EXPECT_EQ(report->kernels, 0);
}

}  // namespace
}  // namespace jitgemm
