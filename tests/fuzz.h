// Runs a libFuzzer target in a test: on seeds, and on a fixed sequence of their mutations.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace jitgemm {

inline void fuzz(const std::string& bytes) {
  LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
}

inline void fuzz_mutations(const std::vector<std::string>& seeds, int mutations_each) {
  std::mt19937 random(20260101);
  for (const std::string& seed : seeds) {
    for (int run = 0; run < mutations_each && !seed.empty(); ++run) {
      std::string bytes = seed;
      for (int change = 0; change < 1 + run % 8; ++change)
        bytes[random() % bytes.size()] = static_cast<char>(random());
      bytes.resize(random() % 4 == 0 ? random() % (2 * bytes.size()) : bytes.size());
      fuzz(bytes);
    }
  }
}

}  // namespace jitgemm
