// A real entry with a flipped bit, cut off, or in another's place is never admitted, and each
// refusal has the right class.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <jitgemm/library.h>
#include "cache/entry.h"
#include "tests/cache/files.h"
#include "tests/faults/tool.h"

namespace jitgemm::faults {
namespace {

namespace fs = std::filesystem;
using cache::Entry;
using cache::Lookup;
using cache::Miss;

struct Real {
  std::string name, bytes;
  Entry entry;
  cache::Wanted wanted() const {
    return {.name = name, .what = entry.what, .builder = entry.builder};
  }
};

// Compiled by this machine's NVRTC; empty if there is none.
const std::vector<Real>& real_entries() {
  static const std::vector<Real> all = [] {
    std::vector<Real> entries;
    const TemporaryDirectory folder;
    Result<Library> library = Library::open({.cache_dir = folder.string()});
    if (!library->prewarm({.shapes = {{.n = 256, .k = 512}}, .m_max = 16}).ok()) return entries;
    for (const auto& item : fs::recursive_directory_iterator(folder.path())) {
      if (item.path().extension() != ".ljg") continue;
      Real real{item.path().stem().string(), cache::read_file(item.path()), {}};
      real.entry = *cache::decode(real.bytes, {}).entry;
      entries.push_back(std::move(real));
    }
    std::ranges::sort(entries, {}, [](const Real& real) { return real.bytes.size(); });
    return entries;
  }();
  return all;
}

class CacheDamageTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (real_entries().empty()) GTEST_SKIP() << "needs NVRTC";
    const Lookup sound = decode(real_.bytes);
    ASSERT_TRUE(sound.entry) << sound.reason;
  }

  Lookup decode(std::string_view bytes) const { return cache::decode(bytes, real_.wanted()); }

  // Counts the outcome and returns whether it is one of `classes`.
  bool is_refused(const Lookup& lookup, std::initializer_list<Miss> classes) {
    ++outcomes_[lookup.miss];
    return !lookup.entry && std::ranges::count(classes, lookup.miss) > 0;
  }
  bool is_refused(std::string_view bytes, std::initializer_list<Miss> classes) {
    return is_refused(decode(bytes), classes);
  }

  void TearDown() override {
    if (IsSkipped()) return;
    for (const auto& [miss, name] : {std::pair{Miss::kDamaged, "refused_as_damaged"},
                                     std::pair{Miss::kOtherKey, "refused_as_other_key"},
                                     std::pair{Miss::kOtherFormat, "refused_as_other_format"}})
      if (outcomes_[miss] > 0) record(name, outcomes_[miss]);
    record("accepted", outcomes_[Miss::kNone]);
  }

  const Real& real_ = real_entries().empty() ? none_ : real_entries().front();
  std::map<Miss, int> outcomes_;

 private:
  const Real none_ = {};
};

TEST_F(CacheDamageTest, EveryFlippedBitIsRefused) {
  std::string bytes = real_.bytes;
  const size_t step = full() ? 1 : 13;
  for (size_t bit = 0; bit < bytes.size() * 8; bit += step) {
    const size_t at = bit / 8;
    bytes[at] = static_cast<char>(bytes[at] ^ (1 << bit % 8));
    // The version is read before the header checksum, which another format may lay out otherwise.
    const Miss expected = at >= 8 && at < 12 ? Miss::kOtherFormat : Miss::kDamaged;
    ASSERT_TRUE(is_refused(bytes, {expected})) << "bit " << bit;
    bytes[at] = real_.bytes[at];
  }
  record("entry_bytes", bytes.size());
}

TEST_F(CacheDamageTest, EveryTruncationIsRefused) {
  for (size_t size = 0; size < real_.bytes.size(); size += full() ? 1 : 7) {
    ASSERT_TRUE(is_refused(std::string_view(real_.bytes).substr(0, size), {Miss::kDamaged}))
        << size;
  }
}

TEST_F(CacheDamageTest, RandomDamageIsRefused) {
  std::mt19937 random(1);
  for (int run = 0; run < bounded(10'000, 1'000); ++run) {
    std::string bytes = real_.bytes;
    for (int change = 0; change < 2 + run % 63; ++change)
      bytes[random() % bytes.size()] = static_cast<char>(random());
    if (bytes == real_.bytes) continue;
    ASSERT_TRUE(is_refused(bytes, {Miss::kDamaged, Miss::kOtherFormat})) << run;
  }
}

// Each entry under the name of every other, as after swaps, copies, hard links and replays.
TEST_F(CacheDamageTest, EveryOtherEntryInItsPlaceIsRefused) {
  for (const Real& wanted : real_entries()) {
    for (const Real& found : real_entries()) {
      if (&found == &wanted) continue;
      EXPECT_TRUE(is_refused(cache::decode(found.bytes, wanted.wanted()), {Miss::kOtherKey}));
    }
  }
}

// A sound entry that differs from the wanted one in one respect.
TEST_F(CacheDamageTest, OtherArchOtherNvrtcAndOtherVersionAreRefused) {
  const size_t arch = real_.entry.what.find("sm_90a");
  ASSERT_NE(arch, std::string::npos) << "the key names the architecture";
  std::string what = real_.entry.what, builder = real_.entry.builder;
  what.replace(arch, 6, "sm_90b");
  builder.back() = static_cast<char>(builder.back() ^ 1);
  for (const cache::Wanted& wanted : {cache::Wanted{real_.name, what, real_.entry.builder},
                                      cache::Wanted{real_.name, real_.entry.what, builder}}) {
    EXPECT_TRUE(is_refused(cache::decode(real_.bytes, wanted), {Miss::kOtherKey}));
  }
  for (const int version : {0, 2, 3, 255}) {
    std::string bytes = real_.bytes;
    bytes[8] = static_cast<char>(version);
    EXPECT_TRUE(is_refused(bytes, {Miss::kOtherFormat})) << version;
  }
}

}  // namespace
}  // namespace jitgemm::faults
