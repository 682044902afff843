// Runs the fuzz target over a small corpus and mutations of it.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "cache/entry.h"
#include "tests/cache/samples.h"
#include "tests/fuzz.h"

namespace jitgemm::cache {
namespace {

std::vector<std::string> seeds() {
  std::vector<std::string> all = {"", "LJGEMM\r\n", std::string(128, '\0'),
                                  std::string(128, '\xff'), std::string(4096, 'L')};
  for (const Entry& entry : {Entry(), sample_entry(), sample_entry(std::string(5000, 'x'))})
    all.push_back(*encode(sample_name(), entry));
  return all;
}

TEST(EntryFuzzTest, SeedsAndTheirMutationsAreRefusedOrCanonical) {
  for (const std::string& seed : seeds()) fuzz(seed);
  fuzz_mutations(seeds(), 500);
}

}  // namespace
}  // namespace jitgemm::cache
