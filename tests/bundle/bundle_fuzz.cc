// What must hold of read_bundle() for any bytes: no crash, and what is visited are entries in
// rising order that a bundle of them gives back. A libFuzzer target; bundle_fuzz_test.cc runs it
// over seeds in every test run.
#include <stdlib.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "tests/bundle/samples.h"

namespace jitgemm::bundle {
namespace {

void check(std::string_view bytes) {
  const Reading reading = read(bytes);
  if (!reading.status.ok() || reading.entries.empty()) return;
  const Reading again = read(bundle_of(reading.entries));
  if (!again.status.ok() || again.entries.size() != reading.entries.size()) abort();
  for (size_t i = 0; i < again.entries.size(); ++i)
    if (again.entries[i].first.text() != reading.entries[i].first.text() ||
        !(again.entries[i].second == reading.entries[i].second))
      abort();
}

// `bytes` as the frame, and as what the frame holds, in a bundle whose checksums hold.
void check_behind_the_checksums(std::string_view bytes) {
  const uint64_t entries = bytes.empty() ? 0 : static_cast<unsigned char>(bytes[0]) % 4;
  const Header header = {.entries = entries, .raw_bytes = 4096, .frame_bytes = bytes.size()};
  check(encode(header, bytes) + std::string(bytes));
  check(bundle_of_content(bytes, {.entries = entries, .raw_bytes = bytes.size()}));
}

// Sound entries as the bytes choose them: in any order, under one another's names, in records that
// state too much.
void check_entries(std::string_view bytes) {
  static const Entries& samples = *new Entries(sample_entries(4));
  std::string content;
  for (const unsigned char choice : bytes) {
    const auto& [name, entry] = samples[choice % 4];
    const std::string file = *cache::encode(name, entry);
    const uint64_t too_much = choice >= 192 ? choice : 0;
    content += encode(Record{samples[choice / 4 % 4].first, file.size() + too_much}) + file;
  }
  check(bundle_of_content(content, {.entries = bytes.size(), .raw_bytes = content.size()}));
}

}  // namespace
}  // namespace jitgemm::bundle

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace jitgemm::bundle;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  check(bytes);
  check_behind_the_checksums(bytes);
  check_entries(bytes.substr(0, 5));
  return 0;
}
