#include <gmock/gmock.h>

#include <unistd.h>

#include <jitgemm/cache.h>
#include <jitgemm/library.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "tests/cache/child.h"
#include "tests/runtime/library_fixture.h"

namespace jitgemm {
namespace {

using ::testing::AllOf, ::testing::Contains, ::testing::HasSubstr, ::testing::MatchesRegex;

// ---- open ----

TEST_F(LibraryTest, OpensOnAMachineThatHasNothing) {
  EXPECT_TRUE(Library::open({.nvrtc_path = kNowhere, .driver_path = kNowhere}).ok());
}

TEST_F(LibraryTest, RefusesAnUnknownForm) {
  EXPECT_EQ(message(Library::open({.form = static_cast<Form>(3)}).status()),
            "invalid argument: form = 3 is none of 0 (auto), 1 (swapped), 2 (normal)");
}

TEST_F(LibraryTest, AnUnusableCacheFolderIsLoggedAndCountedAndKernelsWork) {
  const std::string file = (directory.path() / "file").string();
  std::ofstream(file) << "no folder";
  Options given = options();
  given.cache_dir = file;
  const Library library = open(given);
  EXPECT_THAT(log.lines(), Contains(MatchesRegex("warning jitgemm,v1,cache,.*/file,failed,.+")));
  EXPECT_TRUE(make_gemm(library).prepare(1).ok());
  EXPECT_EQ(text_of(library.counters()), "compiled=1 publish_failed=1 folders_refused=1");
  EXPECT_THAT(message(library.prewarm({.shapes = {kShape}}).status()), HasSubstr("ENOTDIR"));
  EXPECT_EQ(compiler->compiles(), 1);
}

TEST_F(LibraryTest, ReadOnlyFoldersServeBeforeTheOneThatIsWritten) {
  ASSERT_TRUE(make_gemm(open()).prepare(1).ok());
  const TemporaryDirectory own;
  Options given = options();
  given.read_only_cache_dirs = {kNowhere, directory.string()};
  given.cache_dir = own.string();
  const Library library = open(given);
  EXPECT_THAT(log.lines(), Contains(HasSubstr(std::string("cache,") + kNowhere + ",failed")));
  EXPECT_TRUE(make_gemm(library).prepare(1).ok());
  EXPECT_EQ(text_of(library.counters()), "hit_disk=1 folders_refused=1");
  EXPECT_TRUE(std::filesystem::is_empty(own.path()));
}

TEST_F(LibraryTest, EvictedEntriesAndRemovedOrphansAreCounted) {
  namespace fs = std::filesystem;
  ASSERT_TRUE(make_gemm(open()).prepare(1).ok());
  const std::string name = (*cache_list(directory.string())).at(0).name;
  const fs::path orphan =
      directory.path() / "tmp" / (name + ".0123456789abcdef-0123456789abcdef.tmp");
  std::ofstream(orphan) << "left by a process that died";
  fs::last_write_time(orphan, fs::file_time_type::clock::now() - std::chrono::hours(2));
  Options given = options();
  given.cache_max_bytes = cache_stats(directory.string())->bytes * 5 / 2;
  const Library library = open(given);
  EXPECT_EQ(library.counters().orphans_removed, 1u);
  EXPECT_FALSE(fs::exists(orphan));
  ASSERT_TRUE(make_gemm(library).prepare(4096).ok());
  EXPECT_GT(library.counters().evicted, 0u);
  EXPECT_EQ(library.counters().evicted,
            library.counters().published + 1 - cache_list(directory.string())->size());
}

TEST_F(LibraryTest, LocksThatTheCacheCannotHaveAreInTheFolderOfTheOptions) {
  namespace fs = std::filesystem;
  Options given = options();
  fs::create_directories(directory.path() / "lock");  // a folder where the file would be
  given.cache_lock_dir = directory.path() / "locks";
  const Library library = open(given);
  ASSERT_TRUE(make_gemm(library).prepare(1).ok());
  EXPECT_EQ(text_of(library.counters()), "miss=1 compiled=1 published=1");
  EXPECT_FALSE(fs::is_empty(given.cache_lock_dir));
}

// Runs as a user who is bound by permissions, unlike root. No option says that the folder is
// read-only.
TEST_F(LibraryTest, ACacheFolderThatCannotBeWrittenServesAndIsLoggedOnce) {
  namespace fs = std::filesystem;
  ASSERT_TRUE(make_gemm(open()).prepare(1).ok());
  fs::permissions(directory.path(), fs::perms{0555});
  for (const auto& item : fs::recursive_directory_iterator(directory.path()))
    fs::permissions(item, fs::perms{item.is_directory() ? 0555u : 0444u});

  EXPECT_EQ(cache::run_in_child([&] {
              if (::geteuid() == 0 && ::setuid(65534) != 0) return 1;
              const Library library = open();
              const Gemm gemm = make_gemm(library);
              if (!gemm.prepare(1).ok() || library.counters().hit_disk != 1) return 2;
              if (!gemm.prepare(8192).ok() || library.counters().published != 0) return 3;
              if (library.counters().publish_failed != library.counters().compiled) return 4;
              if (library.counters().locks_unavailable != 0) return 5;
              return std::ranges::count_if(log.lines(),
                                           [](const std::string& line) {
                                             return line.find(",read_only,reason=access") !=
                                                    std::string::npos;
                                           }) == 1
                         ? 0
                         : 6;
            }),
            0);
  fs::permissions(directory.path(), fs::perms{0755});
  for (const auto& item : fs::directory_iterator(directory.path()))
    fs::permissions(item, fs::perms{item.is_directory() ? 0755u : 0644u});
}

// ---- gemm ----

TEST_F(LibraryTest, RefusesABadShapeBeforeItLooksForADriver) {
  Options given = options();
  given.driver_path = kNowhere;
  EXPECT_EQ(message(open(given).gemm({.n = 7164, .k = 2048}).status()),
            "invalid argument: n = 7164 is not a multiple of 8 (n7164_k2048)");
}

TEST_F(LibraryTest, NamesAMissingDriver) {
  Options given = options();
  given.driver_path = kNowhere;
  const Status status = open(given).gemm(kShape).status();
  EXPECT_EQ(status.code(), StatusCode::kMissing);
  EXPECT_THAT(message(status) + std::string(status.detail()),
              AllOf(HasSubstr("the CUDA driver cannot be opened"), HasSubstr(kNowhere)));
}

TEST_F(LibraryTest, NamesAMissingContext) {
  driver.make_none_current();
  const Status status = open().gemm(kShape).status();
  EXPECT_EQ(status.code(), StatusCode::kMissing);
  EXPECT_THAT(message(status), HasSubstr("no CUDA context is current"));
}

TEST_F(LibraryTest, NamesAnUnsupportedGpu) {
  driver.set_devices({{"NVIDIA A100-SXM4-80GB", 108, 8, 0}});
  const Status status = open().gemm(kShape).status();
  EXPECT_EQ(status.code(), StatusCode::kUnsupportedDevice);
  EXPECT_THAT(message(status), AllOf(HasSubstr("A100"), HasSubstr("8.0"), HasSubstr("9.0")));
}

TEST_F(LibraryTest, ADriverErrorNamesItsCall) {
  driver.fail_once("cuDeviceGetAttribute", CUDA_ERROR_INVALID_DEVICE);
  const Library library = open();
  const Status status = library.gemm(kShape).status();
  EXPECT_EQ(status.code(), StatusCode::kDriverError);
  EXPECT_THAT(message(status), HasSubstr("cuDeviceGetAttribute"));
  EXPECT_TRUE(library.gemm(kShape).ok());
}

TEST_F(LibraryTest, FormRestrictsThePlan) {
  Options given = options();
  given.form = Form::kNormal;
  EXPECT_THAT(make_gemm(open(given)).kernel_name(8), HasSubstr("normal"));
  given.form = Form::kSwapped;
  EXPECT_THAT(make_gemm(open(given)).kernel_name(4096), HasSubstr("swapped"));
}

TEST_F(LibraryTest, TwoDevicesGetGemmsOfTheirOwnWhoseLaunchesLoadNothing) {
  use_two_devices();
  const Library library = open();
  std::vector<Gemm> gemms;
  for (int device : {0, 1}) {
    driver.make_current(device);
    gemms.push_back(make_gemm(library));
    ASSERT_TRUE(gemms[device].prepare(1).ok());
    ASSERT_TRUE(gemms[device].launch(some_args(1), nullptr).ok());
    EXPECT_EQ(driver.launches().at(device).device, device);
    EXPECT_EQ(driver.launches().at(device).loaded_by_launch, 0);
  }
  EXPECT_EQ(compiler->compiles(), 1);
  for (const Status& status : {gemms[0].prepare(1), gemms[0].launch(some_args(1), nullptr)})
    EXPECT_EQ(message(status),
              "invalid argument: the current context is of device 1, and this Gemm was made for "
              "device 0 (n2112_k7168)");
}

}  // namespace
}  // namespace jitgemm
