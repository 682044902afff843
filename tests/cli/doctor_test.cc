// jitgemm doctor, with stub drivers in place of a GPU.
#include <gmock/gmock.h>

#include <jitgemm/version.h>
#include "tests/cli/command.h"
#include "tests/paths.h"
#include "tools/cli/cache/folder.h"

namespace jitgemm::cli {
namespace {

using ::testing::ContainsRegex, ::testing::HasSubstr, ::testing::Not, ::testing::StartsWith,
    ::testing::UnorderedElementsAre;
namespace fs = std::filesystem;

Variables with_gpu(const std::string& device) {
  return {{"JITGEMM_DRIVER", paths::kStubDriver}, {"STUB_CUDA_DEVICES", device}};
}

TEST(DoctorTest, MachineWithEverythingIsExitCode0) {
  const Command jitgemm(with_gpu("NVIDIA H200,132,9,0;NVIDIA A100,108,8,0"));
  const Outcome outcome = jitgemm({"doctor", "--json"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.out;
  const auto found = outcome.json();
  EXPECT_TRUE(found["missing"].empty());
  EXPECT_EQ(found["version"], JITGEMM_VERSION_STRING);
  EXPECT_EQ(found["can_run"], true);
  EXPECT_EQ(found["cache"], nlohmann::ordered_json({{"path", jitgemm.cache_dir()},
                                                    {"usable", true},
                                                    {"exists", false},
                                                    {"writable", true}}));
  EXPECT_EQ(found["driver"]["path"], paths::kStubDriver);
  EXPECT_THAT(found["nvrtc"]["build"].get<std::string>(),
              StartsWith("nvrtc " + found["nvrtc"]["version"].get<std::string>() + " "));
  EXPECT_EQ(found["driver"]["version"], "13.2");
  EXPECT_EQ(found["gpus"].dump(),
            "[{\"name\":\"NVIDIA H200\",\"sms\":132,\"compute_capability\":\"9.0\","
            "\"planned_as\":\"H200\"},{\"name\":\"NVIDIA A100\",\"sms\":108,"
            "\"compute_capability\":\"8.0\",\"planned_as\":\"\"}]");
}

TEST(DoctorTest, TextNamesTheGpuAndWhatItIsPlannedAs) {
  const Outcome hopper = Command(with_gpu("NVIDIA H20,78,9,0"))({"doctor"});
  EXPECT_EQ(hopper.exit_code, 0) << hopper.out;
  EXPECT_THAT(hopper.out, ContainsRegex("NVIDIA H20 +78 +9.0 +H20\n"));
  EXPECT_THAT(hopper.out, HasSubstr("can prewarm  true\ncan run      true\n"));
  EXPECT_THAT(hopper.out, Not(HasSubstr("missing")));
  const Outcome ampere = Command(with_gpu("NVIDIA A100,108,8,0"))({"doctor"});
  EXPECT_EQ(ampere.exit_code, 3);
  EXPECT_THAT(ampere.out, ContainsRegex("NVIDIA A100 +108 +8.0 +-\n"));
  EXPECT_THAT(ampere.out, HasSubstr("missing: no GPU of compute capability 9.0"));
}

TEST(DoctorTest, MissingDriverAndNvrtcAreNamedWithTheWayToGetThem) {
  const Command jitgemm(
      Variables{{"JITGEMM_DRIVER", "/nonexistent/cuda"}, {"JITGEMM_NVRTC", "/nonexistent/nvrtc"}});
  const Outcome outcome = jitgemm({"doctor"});
  EXPECT_EQ(outcome.exit_code, 3);
  for (const char* word : {"/nonexistent/cuda", "/nonexistent/nvrtc", "--nvrtc", "--driver",
                           "can prewarm  false\ncan run      false\n"})
    EXPECT_THAT(outcome.out, HasSubstr(word));

  const auto found = jitgemm({"doctor", "--json"}).json();
  EXPECT_TRUE(found["nvrtc"].is_null());
  EXPECT_TRUE(found["driver"].is_null());
  EXPECT_EQ(found["missing"].size(), 2u);
  EXPECT_EQ(found["can_prewarm"], false);

  const Command without_driver(Variables{{"JITGEMM_DRIVER", "/nonexistent"}});
  const auto no_driver = without_driver({"doctor", "--json"}).json();
  EXPECT_EQ(no_driver["can_prewarm"], true);
  EXPECT_EQ(no_driver["can_run"], false);
  const Command without_nvrtc({{"JITGEMM_DRIVER", paths::kStubDriver}, {"JITGEMM_NVRTC", "/none"}});
  EXPECT_EQ(without_nvrtc({"doctor", "--json"}).json()["can_run"], false);
}

TEST(DoctorTest, ReportsTheCacheFolderAndCreatesNone) {
  const Command jitgemm;
  const auto before = jitgemm({"doctor", "--json"}).json()["cache"];
  EXPECT_EQ(before["exists"], false);
  EXPECT_EQ(before["writable"], true);
  EXPECT_FALSE(fs::exists(jitgemm.cache_dir()));

  const std::string shapes = jitgemm.write("shapes.csv", "n,k\n256,512\n");
  ASSERT_EQ(jitgemm({"prewarm", "--shapes", shapes, "--m-max", "1"}).exit_code, 0);
  const auto after = jitgemm({"doctor", "--json"}).json()["cache"];
  EXPECT_EQ(after["exists"], true);
  EXPECT_EQ(after["entries"], 3);  // one of this shape and two generic ones
  EXPECT_EQ(after["bytes"], jitgemm({"cache", "stats", "--json"}).json()["bytes"]);
  EXPECT_EQ(after["mode"], "0700");
  EXPECT_FALSE(after["owner"].get<std::string>().empty());
}

TEST(DoctorTest, TriesTheFolderAndLeavesNoFileThere) {
  const Command jitgemm;
  const std::string folder = (jitgemm.directory() / "cache").string();
  fs::create_directory(folder);
  const auto cache = jitgemm({"doctor", "--json", "--cache-dir", folder}).json()["cache"];
  std::vector<std::string> names;
  for (const auto& [name, value] : cache.items()) names.push_back(name);
  EXPECT_THAT(names,
              UnorderedElementsAre("path", "usable", "exists", "writable", "owner", "mode",
                                   "entries", "bytes", "file_system", "free_bytes", "free_files",
                                   "write", "fsync", "fsync_ms", "rename", "locks"));
  EXPECT_FALSE(cache["file_system"].get<std::string>().empty());
  EXPECT_GT(cache["free_bytes"], 0);
  for (const char* what : {"write", "fsync", "rename", "locks"})
    EXPECT_EQ(cache[what], "works") << what;
  EXPECT_TRUE(fs::is_empty(folder));
  EXPECT_THAT(jitgemm({"doctor", "--cache-dir", folder}).out, HasSubstr("locks        works"));
}

// No file can be made in /proc, not even by root.
TEST(DoctorTest, ReadOnlyFolderIsLackingAndRenameIsNotTried) {
  const Command jitgemm(with_gpu("NVIDIA H200,132,9,0"));
  const Outcome outcome = jitgemm({"doctor", "--json", "--cache-dir", "/proc"});
  EXPECT_EQ(outcome.exit_code, 3);
  EXPECT_EQ(outcome.json()["can_prewarm"], false);
  const auto cache = outcome.json()["cache"];
  EXPECT_EQ(cache["usable"], false);
  EXPECT_EQ(cache["file_system"], "0x9fa0");  // PROC_SUPER_MAGIC, which has no name here
  EXPECT_NE(cache["write"], "works");
  EXPECT_TRUE(cache["rename"].is_null());
}

TEST(DoctorTest, PublishingNeedsWriteFsyncAndRename) {
  const Json works = {
      {"write", "works"}, {"fsync", "works"}, {"rename", "works"}, {"locks", "no locks"}};
  EXPECT_TRUE(can_publish(works));
  for (const char* part : {"write", "fsync", "rename"})
    for (const Json& outcome : {Json("no space left"), Json()}) {  // null: not tried
      Json trial = works;
      trial[part] = outcome;
      EXPECT_FALSE(can_publish(trial)) << trial;
    }
}

TEST(DoctorTest, CacheFolderThatIsAFileIsLacking) {
  const Command jitgemm(with_gpu("NVIDIA H200,132,9,0"));
  const std::string file = jitgemm.write("file", "");
  for (const std::string& path : {file, file + "/below"}) {
    const Outcome outcome = jitgemm({"doctor", "--cache-dir", path});
    EXPECT_EQ(outcome.exit_code, 3) << path;
    EXPECT_THAT(outcome.out, HasSubstr("missing: cache_dir = '" + path + "'"));
    EXPECT_THAT(outcome.out, ContainsRegex("usable +false\n"));
  }
}

}  // namespace
}  // namespace jitgemm::cli
