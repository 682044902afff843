#include "src/base/shared_library.h"
#include "tests/paths.h"

#include <gmock/gmock.h>

#include <string>

namespace jitgemm {
namespace {

using ::testing::AllOf, ::testing::HasSubstr;

TEST(SharedLibraryTest, OpensTheFirstThatIsThere) {
  const auto library =
      SharedLibrary::open("something", {"/nowhere/libnone.so", paths::kStubDriver, "libm.so.6"});
  ASSERT_TRUE(library.ok()) << library.status().message();
  EXPECT_EQ(library->path(), paths::kStubDriver);
  EXPECT_NE(library->symbol("cuInit"), nullptr);
  EXPECT_EQ(library->symbol("no_such_function"), nullptr);
}

TEST(SharedLibraryTest, ListsAllThatWasLookedFor) {
  const Status status =
      SharedLibrary::open("something", {"libnone.so.2", "libnone.so.1", "/nowhere/libnone.so"})
          .status();
  EXPECT_EQ(status.code(), StatusCode::kMissing);
  EXPECT_EQ(status.message(),
            "something was not found as libnone.so.2 or under 2 other usual names");
  EXPECT_THAT(std::string(status.detail()),
              AllOf(HasSubstr("libnone.so.2: cannot open"), HasSubstr("libnone.so.1: cannot open"),
                    HasSubstr("/nowhere/libnone.so: cannot open")));
}

TEST(SharedLibraryTest, GivesTheLoadersWordsForTheOnlyCandidate) {
  const Status status = SharedLibrary::open("something", {"/proc/self/cmdline"}).status();
  EXPECT_THAT(std::string(status.message()),
              AllOf(HasSubstr("something cannot be opened"), HasSubstr("/proc/self/cmdline")));
}

}  // namespace
}  // namespace jitgemm
