// The fuzz target over a small corpus: what a fuzzer would start from, and some mutations.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/bundle/samples.h"
#include "tests/fuzz.h"

namespace jitgemm::bundle {
namespace {

std::vector<std::string> seeds() {
  const cache::EntryName name = cache::sample_name();
  const std::string entry = *cache::encode(name, cache::sample_entry());
  std::vector<std::string> all = {"", "LJGBND\r\n", std::string(64, '\0'), std::string(500, '\xff'),
                                  encode(Record{name, entry.size()}) + entry};
  for (const int count : {0, 1, 3}) all.push_back(bundle_of(sample_entries(count)));
  return all;
}

TEST(BundleFuzzTest, SeedsAreRefusedOrGiveTheSameEntries) {
  for (const std::string& seed : seeds()) fuzz(seed);
}

TEST(BundleFuzzTest, MutatedSeedsAreRefusedOrGiveTheSameEntries) { fuzz_mutations(seeds(), 6); }

}  // namespace
}  // namespace jitgemm::bundle
