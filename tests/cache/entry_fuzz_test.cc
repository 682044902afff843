// The fuzz target over a small corpus: what a fuzzer would start from, and a fixed run of
// mutations.
#include <gtest/gtest.h>

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "cache/entry.h"
#include "tests/cache/samples.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace jitgemm::cache {
namespace {

void fuzz(const std::string& bytes) {
  LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
}

std::vector<std::string> seeds() {
  std::vector<std::string> all = {"", "LJGEMM\r\n", std::string(128, '\0'),
                                  std::string(128, '\xff'), std::string(4096, 'L')};
  for (const Entry& entry : {Entry(), sample_entry(), sample_entry(std::string(5000, 'x'))})
    all.push_back(*encode(sample_name(), entry));
  return all;
}

TEST(EntryFuzzTest, SeedsAreRefusedOrCanonical) {
  for (const std::string& seed : seeds()) fuzz(seed);
}

TEST(EntryFuzzTest, MutatedSeedsAreRefusedOrCanonical) {
  std::mt19937 random(20260101);
  for (const std::string& seed : seeds()) {
    for (int run = 0; run < 500 && !seed.empty(); ++run) {
      std::string bytes = seed;
      for (int change = 0; change < 1 + run % 8; ++change)
        bytes[random() % bytes.size()] = static_cast<char>(random());
      bytes.resize(random() % 4 == 0 ? random() % (2 * bytes.size()) : bytes.size());
      fuzz(bytes);
    }
  }
}

}  // namespace
}  // namespace jitgemm::cache
