// cache/FAULTS.md, the report that tools/cache_faults.sh writes, reports the tests that exist.
#include <gmock/gmock.h>

#include <cctype>
#include <fstream>
#include <string>
#include <vector>

#include "tests/paths.h"

namespace jitgemm::faults {
namespace {

// As tools/cache_report.py prints a test's name: "EveryBitIsRefused/Warm", "every bit is refused:
// warm".
std::string words(const std::string& name) {
  std::string text;
  for (size_t i = 0; i < name.size(); ++i) {
    const bool upper = std::isupper(name[i]) != 0;
    const bool after_lower = i > 0 && (std::islower(name[i - 1]) || std::isdigit(name[i - 1]));
    const bool before_lower = i > 0 && std::isupper(name[i - 1]) && std::islower(name[i + 1]);
    if (upper && (after_lower || before_lower)) text += ' ';
    if (name[i] == '/')
      text += ": ";
    else
      text += static_cast<char>(std::tolower(name[i]));
  }
  return text;
}

std::vector<std::string> existing_tests() {
  std::vector<std::string> all;
  const auto& unit_test = *testing::UnitTest::GetInstance();
  for (int s = 0; s < unit_test.total_test_suite_count(); ++s) {
    const auto& suite = *unit_test.GetTestSuite(s);
    if (std::string(suite.name()).find("Cache") == std::string::npos) continue;
    for (int t = 0; t < suite.total_test_count(); ++t)
      all.push_back(words(suite.GetTestInfo(t)->name()));
  }
  return all;
}

// The first cells of the tables of outcomes, except those of tests/trust.
std::vector<std::string> reported_tests() {
  std::vector<std::string> all;
  std::ifstream report(std::string(paths::kSource) + "/cache/FAULTS.md");
  bool is_of_trust = false, is_table = false;
  for (std::string line; std::getline(report, line);) {
    if (line.starts_with("## ")) is_of_trust = line.find("Signed mode") != std::string::npos;
    if (line.starts_with("## ")) is_table = false;
    if (line == "| | outcome | s | counts |")
      is_table = true;
    else if (is_table && !is_of_trust && line.starts_with("| "))
      all.push_back(line.substr(2, line.find(" |", 2) - 2));
  }
  return all;
}

TEST(FaultsReportTest, HasARowForEveryTestAndNoOther) {
  EXPECT_THAT(reported_tests(), testing::UnorderedElementsAreArray(existing_tests()));
}

}  // namespace
}  // namespace jitgemm::faults
