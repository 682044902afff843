// A program that was built with version 1 of the header runs with today's library.
#include <gtest/gtest.h>
#include <unistd.h>

#include <string>

#include "tests/abi/layout.h"
#include "tests/cache/child.h"
#include "tests/paths.h"

namespace jitgemm {
namespace {

TEST(AbiTest, EveryOldFieldIsWhereItWas) {
  size_t i = 0;
  for (; abi_fields_old[i].name != nullptr; ++i) {
    const abi_field &old = abi_fields_old[i], &now = abi_fields_new[i];
    SCOPED_TRACE(std::string(old.structure) + "." + old.name);
    EXPECT_EQ(now.offset, old.offset);
    EXPECT_EQ(now.size, old.size);
    EXPECT_GE(now.structure_size, old.structure_size);
  }
  EXPECT_GT(i, 50u);
}

// Every field has eight bytes, so a field that the list lacks would leave a gap.
TEST(AbiTest, TheListHasEveryFieldOfVersion1) {
  for (const abi_field* field = abi_fields_old; field->name != nullptr; ++field) {
    SCOPED_TRACE(std::string(field->structure) + "." + field->name);
    const bool last = field[1].name == nullptr ||
                      std::string(field[1].structure) != std::string(field->structure);
    EXPECT_EQ(field->size, 8u);
    EXPECT_EQ(field->offset + 8, last ? field->structure_size : field[1].offset);
  }
}

TEST(AbiTest, EveryOldEnumeratorHasItsValue) {
  size_t i = 0;
  for (; abi_enumerators_old[i].name != nullptr; ++i)
    EXPECT_EQ(abi_enumerators_new[i].value, abi_enumerators_old[i].value)
        << abi_enumerators_old[i].name;
  EXPECT_GT(i, 15u);
}

TEST(AbiTest, AnOldProgramRunsWithTodaysLibrary) {
  EXPECT_EQ(cache::run_in_child([] {
              ::alarm(60);
              ::execl(paths::kOldClient, paths::kOldClient, paths::kStubDriver, paths::kSlowNvrtc,
                      nullptr);
              return 127;
            }),
            0);
}

}  // namespace
}  // namespace jitgemm
