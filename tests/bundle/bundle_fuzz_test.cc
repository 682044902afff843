// The fuzz target over a small corpus: what a fuzzer would start from, and a fixed run of
// mutations.
#include <gtest/gtest.h>

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "tests/bundle/samples.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace jitgemm::bundle {
namespace {

void fuzz(const std::string& bytes) {
  LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
}

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

TEST(BundleFuzzTest, MutatedSeedsAreRefusedOrGiveTheSameEntries) {
  std::mt19937 random(20260101);
  for (const std::string& seed : seeds()) {
    for (int run = 0; run < 6 && !seed.empty(); ++run) {
      std::string bytes = seed;
      for (int change = 0; change < 1 + run % 8; ++change)
        bytes[random() % bytes.size()] = static_cast<char>(random());
      bytes.resize(random() % 4 == 0 ? random() % (2 * bytes.size()) : bytes.size());
      fuzz(bytes);
    }
  }
}

}  // namespace
}  // namespace jitgemm::bundle
