// A file in an entry's place that is refused: counted by its reason, logged, and replaced.
#include <gmock/gmock.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include "tests/cache/fault_file_system.h"
#include "tests/runtime/cubins_fixture.h"

namespace jitgemm {
namespace {

using ::testing::ElementsAre, ::testing::HasSubstr, ::testing::SizeIs, ::testing::StartsWith;
namespace fs = std::filesystem;

void write_byte(const fs::path& file, long offset, char byte) {
  std::fstream(file, std::ios::binary | std::ios::in | std::ios::out).seekp(offset).put(byte);
}

struct Refused {
  std::string event;  // in the log, and the name of the case
  uint64_t Counters::*counter;
  std::function<void(const fs::path& entry)> harm;
};

std::vector<Refused> refused() {
  return {
      {"damaged", &Counters::damaged,
       [](const fs::path& entry) { fs::resize_file(entry, fs::file_size(entry) - 1); }},
      {"other_key", &Counters::refused_other_key,
       [](const fs::path& entry) {
         // Sound and of this name, with another key text.
         const auto store = *cache::Store::open(entry.parent_path().parent_path());
         const cache::EntryName name = *cache::parse_entry_file(entry.filename().string());
         ASSERT_TRUE(
             store->put(name, {.kernel = {}, .what = {}, .builder = {}, .payload = {}}).ok());
       }},
      {"other_format", &Counters::refused_other_format,
       [](const fs::path& entry) { write_byte(entry, 8, 99); }},
      {"irregular", &Counters::refused_irregular,
       [](const fs::path& entry) {
         fs::remove(entry);
         ASSERT_EQ(::mkfifo(entry.c_str(), 0600), 0);
       }},
  };
}

class CubinsRefusalTest : public CubinsTest, public ::testing::WithParamInterface<Refused> {};

TEST_P(CubinsRefusalTest, IsCountedByItsReasonAndReplaced) {
  ASSERT_TRUE(get_in_new_process().ok());
  GetParam().harm(only_entry());
  EXPECT_TRUE(get_in_new_process()->compiled);

  const Counters now = counters.snapshot();
  EXPECT_EQ(now.*GetParam().counter, 1u);
  EXPECT_EQ(now.damaged + now.refused_other_key + now.refused_other_format + now.refused_irregular +
                now.read_failed,
            1u);
  EXPECT_EQ(now.miss, 1u) << "the first, of the empty cache";
  EXPECT_THAT(log.warnings(),
              ElementsAre(StartsWith("jitgemm,v1," + GetParam().event + ",n2112_")));
  EXPECT_FALSE(get_in_new_process()->compiled);
}

INSTANTIATE_TEST_SUITE_P(All, CubinsRefusalTest, ::testing::ValuesIn(refused()),
                         [](const auto& refused) { return refused.param.event; });

TEST_F(CubinsTest, AFailedReadIsCountedAndTheKernelIsCompiled) {
  ASSERT_TRUE(get_in_new_process().ok());
  const auto faults = std::make_shared<cache::FaultFileSystem>();
  faults->fault = [](const auto& call) { return call.name == "read" ? EIO : 0; };
  const CubinParts failing =
      with_layers({}, *cache::Store::open(directory.string(), {.file_system = faults}));
  EXPECT_TRUE(Cubins(failing, &counters).get(request)->compiled);
  EXPECT_EQ(counted(), "miss=1 compiled=2 published=2 read_failed=1");
  EXPECT_THAT(log.warnings(), ElementsAre(HasSubstr("Input/output error (EIO)")));
}

TEST_F(CubinsTest, ARefusalIsCountedInEveryLayerAlsoWhereALaterOneHits) {
  ASSERT_TRUE(get_in_new_process().ok());
  const TemporaryDirectory lower;
  fs::copy(directory.path(), lower.path(), fs::copy_options::recursive);
  fs::resize_file(only_entry(), 1);
  const CubinParts layered = with_layers({parts().store}, *cache::Store::open(lower.string()));
  EXPECT_FALSE(Cubins(layered, &counters).get(request)->compiled);
  EXPECT_EQ(counted(), "hit_disk=1 miss=1 damaged=1 compiled=1 published=1");
}

TEST_F(CubinsTest, ManyRefusalsAreOneWarning) {
  Cubins cubins(parts(), &counters);
  for (int round = 0; round < 5; ++round) {
    ASSERT_TRUE(cubins.get(request).ok());
    fs::resize_file(only_entry(), 1);
  }
  EXPECT_EQ(counted(), "miss=1 damaged=4 compiled=5 published=5");
  EXPECT_THAT(log.warnings(), SizeIs(1));
}

}  // namespace
}  // namespace jitgemm
