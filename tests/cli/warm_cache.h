// A cache with the kernels of one small shape and the generic ones.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "tests/cli/command.h"

namespace jitgemm::cli {

// Compiled once, copied for each test.
class WarmCacheTest : public ::testing::Test {
 protected:
  void SetUp() override {
    static const WarmCache warm;
    ASSERT_EQ(warm.outcome.exit_code, 0) << warm.outcome.err;
    kernels_ = warm.outcome.json()["kernels"];
    std::filesystem::create_directories(std::filesystem::path(jitgemm_.cache_dir()).parent_path());
    std::filesystem::copy(warm.jitgemm.cache_dir(), jitgemm_.cache_dir(),
                          std::filesystem::copy_options::recursive);
  }

  Outcome prewarm(std::vector<std::string> more = {}) const {
    return prewarm_by(jitgemm_, std::move(more));
  }

  nlohmann::ordered_json listed() const { return jitgemm_({"cache", "ls", "--json"}).json(); }

  std::filesystem::path file_of(const std::string& name) const {
    return std::filesystem::path(jitgemm_.cache_dir()) / name.substr(0, 2) / (name + ".ljg");
  }
  // The file of the first entry.
  std::filesystem::path entry_file() const { return file_of(listed().at(0)["name"]); }

  void flip_a_bit_of(const std::filesystem::path& path) const {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    const auto middle = static_cast<std::streamoff>(std::filesystem::file_size(path) / 2);
    file.seekg(middle);
    const char byte = static_cast<char>(file.get() ^ 1);
    file.seekp(middle);
    file.put(byte);
  }

  const Command jitgemm_;
  int64_t kernels_ = 0;

 private:
  static Outcome prewarm_by(const Command& jitgemm, std::vector<std::string> more) {
    const std::string shapes = jitgemm.write("shapes.csv", "n,k\n256,512\n");
    more.insert(more.begin(), {"prewarm", "--shapes", shapes, "--m-max", "16", "--json"});
    return jitgemm(std::move(more));
  }
  struct WarmCache {
    const Command jitgemm;
    const Outcome outcome = prewarm_by(jitgemm, {});
  };
};

}  // namespace jitgemm::cli
