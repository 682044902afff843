// GEMMs work with any folder, user and environment that a server may run with, and the cache does
// what FORMAT.md says.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "src/api/open_library.h"
#include "tests/cache/child.h"
#include "tests/cache/files.h"
#include "tests/faults/tool.h"
#include "tests/paths.h"
#include "tests/runtime/fake_compiler.h"
#include "tests/runtime/log_recorder.h"
#include "tests/runtime/some_args.h"
#include "tests/stub_driver/stub_driver.h"

namespace jitgemm::faults {
namespace {

namespace fs = std::filesystem;
constexpr uid_t kOtherUser = 54321;  // has no entry in /etc/passwd

// Starts a server on the stub driver and runs one GEMM. Functions return 0 for success.
struct Server {
  Options options;
  LogRecorder log = {};
  Counters counters = {};

  int multiply() {
    StubDriver driver;
    options.driver_path = StubDriver::path();
    options.log = log.sink();
    options.embedded_table = false;
    Result<Library> library = open_library(options, [] {
      return Result<std::shared_ptr<compile::Compiler>>(std::make_shared<FakeCompiler>());
    });
    if (!library.ok()) return 10;
    Result<Gemm> gemm = library->gemm({.n = 2112, .k = 7168});
    if (!gemm.ok()) return 11;
    if (!gemm->launch(some_args(16), nullptr).ok()) return 12;
    counters = library->counters();
    return counters.launches == 1 ? 0 : 13;
  }
};

class CacheEnvironmentTest : public ::testing::Test {
 protected:
  CacheEnvironmentTest() {
    fs::permissions(folder_.path(), fs::perms{0755});
    fs::create_directory(root_);
    fs::permissions(root_, fs::perms{0700});
  }

  // Runs a server in a child process, after `become`, and checks it with `expected`.
  static void expect(const std::function<int()>& become, Options options,
                     const std::function<int(const Server&)>& expected) {
    EXPECT_EQ(cache::run_in_child([&] {
                if (const int code = become()) return code;
                Server server{.options = std::move(options)};
                if (const int code = server.multiply()) return code;
                return expected(server);
              }),
              0);
  }
  static int stay() { return 0; }
  static int become_other_user() {
    return ::setgid(kOtherUser) == 0 && ::setuid(kOtherUser) == 0 ? 0 : 20;
  }

  // The cache is off: one warning, one counter, and the kernel was compiled.
  static int is_off(const Server& server) {
    if (server.counters.folders_refused != 1) return 30;
    if (server.log.warnings().size() != 1) return 31;
    if (server.counters.published != 0 || server.counters.hit_disk != 0) return 32;
    return server.counters.compiled > 0 ? 0 : 33;
  }
  static int is_on(const Server& server) {
    if (!server.log.warnings().empty()) return 40;
    return server.counters.published == server.counters.compiled && server.counters.compiled > 0
               ? 0
               : 41;
  }
  static int hits(const Server& server) {
    if (server.counters.compiled != 0) return 50;
    return server.counters.hit_disk > 0 ? 0 : 51;
  }

  const StubDriver driver_;  // keeps the library open for children that may not read its file
  const TemporaryDirectory folder_;
  const std::string root_ = folder_.string() + "/cache";
};

TEST_F(CacheEnvironmentTest, FolderOfItsOwnIsUsed) {
  expect(stay, {.cache_dir = root_}, is_on);
  expect(stay, {.cache_dir = root_}, hits);
}

TEST_F(CacheEnvironmentTest, WithoutAFolderNothingIsLogged) {
  expect(stay, {}, [](const Server& server) { return server.log.warnings().empty() ? 0 : 60; });
}

TEST_F(CacheEnvironmentTest, FolderThatAllUsersMayWriteIsOff) {
  expect(stay, {.cache_dir = root_}, is_on);
  fs::permissions(root_, fs::perms{0777});
  expect(stay, {.cache_dir = root_}, is_off);
}

TEST_F(CacheEnvironmentTest, FolderThatCannotBeMadeIsOff) {
  expect(stay, {.cache_dir = "/proc/cache"}, is_off);
}

TEST_F(CacheEnvironmentTest, FolderOfAnotherUserIsOffUnlessTheUserIsNamed) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root, to give a folder away";
  ASSERT_EQ(::chown(root_.c_str(), kOtherUser, kOtherUser), 0);
  expect(stay, {.cache_dir = root_}, is_off);
  expect(stay, {.cache_dir = root_, .trusted_cache_owners = {kOtherUser}}, is_on);
}

TEST_F(CacheEnvironmentTest, UserWithoutANameHasAPrivateCache) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root, to become another user";
  ASSERT_EQ(::chown(root_.c_str(), kOtherUser, kOtherUser), 0);
  expect(become_other_user, {.cache_dir = root_}, is_on);
  expect(become_other_user, {.cache_dir = root_}, hits);
}

// A cache in a container image: root owns it, no user can write it, and no option is set.
TEST_F(CacheEnvironmentTest, RootsFolderThatCannotBeWrittenServesAUserWithoutAName) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root, to become another user";
  expect(stay, {.cache_dir = root_}, is_on);
  for (const auto& item : fs::recursive_directory_iterator(root_))
    fs::permissions(item.path(), fs::perms{item.is_directory() ? 0555u : 0444u});
  fs::permissions(root_, fs::perms{0555});
  expect(become_other_user, {.cache_dir = root_}, hits);
  expect(become_other_user, {.read_only_cache_dirs = {root_}}, hits);
}

// A read-only mount, in a mount namespace of the child, because root ignores permissions.
TEST_F(CacheEnvironmentTest, ReadOnlyMountServesWhatItHasAndNoMore) {
  const auto mount_read_only = [this] {
    const char* root = root_.c_str();
    const bool mounted =
        ::unshare(CLONE_NEWNS) == 0 &&
        ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
        ::mount(root, root, nullptr, MS_BIND, nullptr) == 0 &&
        ::mount("none", root, nullptr, MS_REMOUNT | MS_BIND | MS_RDONLY, nullptr) == 0;
    return mounted ? 0 : 21;
  };
  if (cache::run_in_child(mount_read_only) != 0) GTEST_SKIP() << "needs the right to mount";
  expect(mount_read_only, {.cache_dir = root_}, [](const Server& server) {
    if (server.counters.compiled == 0 || server.counters.published != 0) return 70;
    return server.log.warnings().size() <= 1 ? 0 : 71;
  });
  expect(stay, {.cache_dir = root_}, is_on);
  expect(mount_read_only, {.cache_dir = root_}, hits);
  expect(mount_read_only, {.read_only_cache_dirs = {root_}}, hits);
}

TEST_F(CacheEnvironmentTest, HomeThatCannotBeWrittenKeepsKernelsInMemory) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root, to become another user";
  fs::permissions(folder_.path(), fs::perms{0555});
  expect(become_other_user, {.cache_dir = folder_.string() + "/.cache/jitgemm"}, is_off);
}

// Where real and effective user differ, as in a program with the setuid bit, the effective user
// counts.
TEST_F(CacheEnvironmentTest, EffectiveUserIsTheOneWhoseFolderIsTrusted) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root, to become another user";
  const auto become_setuid = [] { return ::setreuid(kOtherUser, 0) == 0 ? 0 : 20; };
  expect(become_setuid, {.cache_dir = root_}, is_on);
  ASSERT_EQ(::chown(root_.c_str(), kOtherUser, kOtherUser), 0);
  expect(become_setuid, {.cache_dir = root_}, is_off);
}

TEST_F(CacheEnvironmentTest, CommandWithTheSetuidBitTakesNoFolderFromItsEnvironment) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root, to set the bit and become another user";
  struct statvfs mount;
  if (::statvfs(folder_.string().c_str(), &mount) != 0 || (mount.f_flag & ST_NOSUID) != 0)
    GTEST_SKIP() << "needs a file system that heeds the bit";
  const std::string command = folder_.string() + "/jitgemm", out = folder_.string() + "/out";
  fs::copy_file(paths::kCli, command);
  for (const mode_t mode : {0755, 04755}) {
    ASSERT_EQ(::chmod(command.c_str(), mode), 0);
    const int code = cache::run_in_child([&] {
      const int file = ::open(out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
      if (::dup2(file, STDOUT_FILENO) < 0 || ::dup2(file, STDERR_FILENO) < 0) return 126;
      if (const int failed = become_other_user()) return failed;
      ::setenv("JITGEMM_CACHE_DIR", "/chosen/by/the/caller", 1);
      ::execl(command.c_str(), "jitgemm", "cache", "stats", nullptr);
      return 127;
    });
    EXPECT_EQ(code, 1);
    const bool took_it = cache::read_file(out).find("/chosen/by/the/caller") != std::string::npos;
    EXPECT_EQ(took_it, mode == 0755) << cache::read_file(out);
  }
}

}  // namespace
}  // namespace jitgemm::faults
