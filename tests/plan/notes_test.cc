// kernels/notes/README.md against the code: the constants of the model, and the notes that sources
// cite.
#include <gmock/gmock.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <string_view>

#include "tests/cache/files.h"
#include "tests/paths.h"

namespace jitgemm::plan {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using Constants = std::map<std::string, std::string>;  // name -> value as it is written

fs::path root() { return paths::kSource; }

// "constexpr double kRoundUs = 1.7;" and the like.
Constants constants_of_the_model() {
  Constants constants;
  const std::string text = cache::read_file(root() / "src/plan/model.cc");
  for (size_t at = 0; (at = text.find("\nconstexpr ", at)) != text.npos;) {
    at = text.find(" k", at) + 1;
    const size_t name_end = text.find_first_of("[ ", at), value = text.find("= ", at) + 2;
    constants[text.substr(at, name_end - at)] = text.substr(value, text.find(';', value) - value);
  }
  return constants;
}

// "| `kRoundUs` | 1.7 | us | ..."
Constants constants_of_the_notes() {
  Constants constants;
  std::istringstream lines(cache::read_file(root() / "kernels/notes/README.md"));
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("| `k")) continue;
    const size_t name_end = line.find('`', 3), value = name_end + 4;
    EXPECT_TRUE(constants
                    .emplace(line.substr(3, name_end - 3),
                             line.substr(value, line.find(" |", value) - value))
                    .second)
        << line;
  }
  return constants;
}

TEST(NotesTest, TheIndexHasEveryConstantOfTheModelAndItsValue) {
  const Constants constants = constants_of_the_model();
  EXPECT_GE(constants.size(), 30u);
  EXPECT_EQ(constants_of_the_notes(), constants);
}

// Outside its constants the model has counts, factors of two and the sizes of tiles alone.
TEST(NotesTest, TheModelHasNoNumberWithoutAName) {
  const std::set<std::string> accepted = {"0", "0.0", "1", "2.0"};
  std::istringstream lines(cache::read_file(root() / "src/plan/model.cc"));
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("constexpr ") || line.starts_with("#include")) continue;
    const std::string code = line.substr(0, line.find("//"));
    for (size_t at = 0; (at = code.find_first_of("0123456789", at)) != code.npos;) {
      const size_t end = std::min(code.find_first_not_of("0123456789.e", at), code.size());
      const char before = at == 0 ? ' ' : code[at - 1];
      const bool in_a_name = std::isalnum(static_cast<unsigned char>(before)) || before == '_';
      EXPECT_TRUE(in_a_name || accepted.count(code.substr(at, end - at)) == 1) << line;
      at = end;
    }
  }
}

TEST(NotesTest, EveryNoteIsInTheIndexAndHasItsParts) {
  const std::string index = cache::read_file(root() / "kernels/notes/README.md");
  int notes = 0;
  for (const auto& entry : fs::directory_iterator(root() / "kernels/notes")) {
    const std::string name = entry.path().filename();
    if (name == "README.md") continue;
    ++notes;
    EXPECT_THAT(index, HasSubstr("| [" + name.substr(0, 3) + "](" + name + ") |"));
    const std::string note = cache::read_file(entry.path());
    EXPECT_TRUE(note.starts_with("# " + name.substr(0, 3) + ": ")) << name;
    for (const char* part :
         {"**Question.**", "**Prediction", "esult.**", "**Verdict.**", "**Commit**", "**Machine**"})
      EXPECT_THAT(note, HasSubstr(part)) << name;
  }
  EXPECT_GE(notes, 24);
}

TEST(NotesTest, EveryNoteThatASourceCitesIsThere) {
  std::set<std::string> numbers;
  for (const auto& entry : fs::directory_iterator(root() / "kernels/notes"))
    numbers.insert(entry.path().filename().string().substr(0, 3));
  int cited = 0;
  for (const char* folder : {"src", "kernels", "tools"})
    for (const auto& entry : fs::recursive_directory_iterator(root() / folder)) {
      if (!entry.is_regular_file()) continue;
      const std::string text = cache::read_file(entry.path());
      constexpr std::string_view kCitation = "notes/0";
      for (size_t at = 0; (at = text.find(kCitation, at)) != text.npos; ++cited) {
        at += kCitation.size() - 1;
        EXPECT_EQ(numbers.count(text.substr(at, 3)), 1u) << entry.path() << text.substr(at, 3);
      }
    }
  EXPECT_GE(cited, 5);
}

}  // namespace
}  // namespace jitgemm::plan
