// Files that an attacker may put in an entry's place: to cost time or memory, or to have another
// file read, changed or destroyed.
#pragma once

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <unistd.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "cache/entry.h"
#include "tests/cache/files.h"
#include "tests/cache/samples.h"

namespace jitgemm::cache {

// Where the hostile file goes, and two files outside the store that it may point to.
struct HostilePlace {
  std::filesystem::path place, sound_entry, secret;
};

struct Hostile {
  const char* name;
  std::function<void(const HostilePlace&)> make;
  Miss miss;              // of a lookup
  std::string problem;    // in the listing
  bool removable = true;  // by put(), remove() and clear()
};

inline void make_socket(const std::filesystem::path& place) {
  const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  // An address cannot hold the name of an entry: bind beside it and rename.
  const std::string near = (place.parent_path() / "s").string();
  ASSERT_LT(near.size(), sizeof address.sun_path);
  near.copy(address.sun_path, near.size());
  EXPECT_EQ(::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  ::close(fd);
  std::filesystem::rename(near, place);
}

// Writes the sound entry with other sizes in its header, a correct checksum and the stated file
// size.
inline auto states_sizes(uint32_t kernel, uint32_t what, uint32_t builder, uint64_t payload) {
  return [=](const HostilePlace& at) {
    std::string bytes = read_file(at.sound_entry);
    std::memcpy(bytes.data() + 72, &kernel, 4);
    std::memcpy(bytes.data() + 76, &what, 4);
    std::memcpy(bytes.data() + 80, &builder, 4);
    std::memcpy(bytes.data() + 88, &payload, 8);
    const uint64_t check = XXH3_64bits(bytes.data(), 120);
    std::memcpy(bytes.data() + 120, &check, 8);
    write_file(at.place, bytes);
    const uint64_t stated = kHeaderBytes + uint64_t{kernel} + what + builder + payload;
    std::filesystem::resize_file(at.place, std::min(stated, uint64_t{1} << 40));
  };
}

inline std::vector<Hostile> hostile_files() {
  namespace fs = std::filesystem;
  constexpr uintmax_t k8GiB = uintmax_t{8} << 30;
  const Entry entry = sample_entry();
  const auto size = [](const std::string& text) { return static_cast<uint32_t>(text.size()); };
  const auto link_to = [](const char* target) {
    return [target](const HostilePlace& at) { fs::create_symlink(target, at.place); };
  };
  return {
      {"empty", [](auto& at) { write_file(at.place, ""); }, Miss::kDamaged, "0 bytes"},
      {"text", [](auto& at) { write_file(at.place, std::string(300, 'x')); }, Miss::kDamaged,
       "does not begin"},
      {"sparse_8_gib",
       [=](auto& at) {
         write_file(at.place, "");
         fs::resize_file(at.place, k8GiB);
       },
       Miss::kDamaged, "does not begin"},
      {"grown_to_8_gib",
       [=](auto& at) {
         write_file(at.place, read_file(at.sound_entry));
         fs::resize_file(at.place, k8GiB);
       },
       Miss::kDamaged, "its header states"},
      {"every_size_at_its_cap", states_sizes(kMaxKernel, kMaxWhat, kMaxBuilder, kMaxPayload),
       Miss::kOtherKey, "texts that do not match their checksum"},
      {"payload_at_its_cap",
       states_sizes(size(entry.kernel), size(entry.what), size(entry.builder), kMaxPayload),
       Miss::kDamaged, "payload that does not match"},
      {"every_size_above_its_cap",
       states_sizes(kMaxKernel + 1, kMaxWhat + 1, kMaxBuilder + 1, kMaxPayload + 1), Miss::kDamaged,
       "above its cap"},
      {"sizes_that_wrap", states_sizes(UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT64_MAX),
       Miss::kDamaged, "above its cap"},
      {"fifo", [](auto& at) { EXPECT_EQ(::mkfifo(at.place.c_str(), 0600), 0); }, Miss::kIrregular,
       "FIFO"},
      {"socket", [](auto& at) { make_socket(at.place); }, Miss::kIrregular, "socket"},
      {"device",
       [](auto& at) {  // or a link to one, where making a device is forbidden
         if (::mknod(at.place.c_str(), S_IFCHR | 0600, ::makedev(1, 5)) != 0)
           fs::create_symlink("/dev/zero", at.place);
       },
       Miss::kIrregular, "not a regular file"},
      {"link_to_an_entry", [](auto& at) { fs::create_symlink(at.sound_entry, at.place); },
       Miss::kIrregular, "symbolic link"},
      {"link_to_nothing", link_to("/nowhere"), Miss::kIrregular, "symbolic link"},
      {"link_to_zeros", link_to("/dev/zero"), Miss::kIrregular, "symbolic link"},
      {"hard_link_to_a_secret", [](auto& at) { fs::create_hard_link(at.secret, at.place); },
       Miss::kDamaged, "6 bytes"},
      {"folder", [](auto& at) { fs::create_directory(at.place); }, Miss::kIrregular, "folder",
       false},
  };
}

}  // namespace jitgemm::cache
