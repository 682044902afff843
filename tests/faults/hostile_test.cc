// What stands in an entry's place and is there to cost time or memory, to be followed or to be
// destroyed: each is refused cheaply, and what it points to is left alone.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <unistd.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "cache/store.h"
#include "tests/cache/child.h"
#include "tests/cache/files.h"
#include "tests/cache/samples.h"
#include "tests/faults/tool.h"

namespace jitgemm::faults {
namespace {

namespace fs = std::filesystem;
using namespace cache;  // NOLINT: this test is about one thing

constexpr double kMostMs = 5;           // of the processor, which others may have as well
constexpr double kMostMsByClock = 100;  // nothing is waited for
constexpr long kMostKiB = 1024;

// A sound entry whose header states other sizes, with a checksum that holds, and a file of that
// size: holes, but for what was there.
void state_sizes(const fs::path& place, uint32_t kernel, uint32_t what, uint32_t builder,
                 uint64_t payload) {
  std::string bytes = read_file(place);
  std::memcpy(bytes.data() + 72, &kernel, 4);
  std::memcpy(bytes.data() + 76, &what, 4);
  std::memcpy(bytes.data() + 80, &builder, 4);
  std::memcpy(bytes.data() + 88, &payload, 8);
  const uint64_t check = XXH3_64bits(bytes.data(), 120);
  std::memcpy(bytes.data() + 120, &check, 8);
  write_file(place, bytes);
  fs::resize_file(place,
                  std::min<uint64_t>(kHeaderBytes + uint64_t{kernel} + what + builder + payload,
                                     uint64_t{1} << 40));
}

struct Hostile {
  const char* name;
  std::function<void(const fs::path& place, const fs::path& secret)> make;
};

std::vector<Hostile> hostile() {
  const auto sizes = [](uint32_t kernel, uint32_t what, uint32_t builder, uint64_t payload) {
    return [=](const fs::path& place, const fs::path&) {
      state_sizes(place, kernel, what, builder, payload);
    };
  };
  return {
      {"sparse_8_gib", [](auto& place, auto&) { fs::resize_file(place, uint64_t{8} << 30); }},
      {"every_size_at_its_cap", sizes(kMaxKernel, kMaxWhat, kMaxBuilder, kMaxPayload)},
      {"payload_at_its_cap",
       [](auto& place, auto&) {
         const Entry entry = sample_entry();
         state_sizes(place, static_cast<uint32_t>(entry.kernel.size()),
                     static_cast<uint32_t>(entry.what.size()),
                     static_cast<uint32_t>(entry.builder.size()), kMaxPayload);
       }},
      {"every_size_above_its_cap",
       sizes(kMaxKernel + 1, kMaxWhat + 1, kMaxBuilder + 1, kMaxPayload + 1)},
      {"sizes_that_wrap", sizes(UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT64_MAX)},
      {"fifo",
       [](auto& place, auto&) {
         fs::remove(place);
         EXPECT_EQ(::mkfifo(place.c_str(), 0600), 0);
       }},
      {"device",
       [](auto& place, auto&) {
         fs::remove(place);
         // Where that is not allowed, a link to one.
         if (::mknod(place.c_str(), S_IFCHR | 0600, ::makedev(1, 5)) != 0)
           fs::create_symlink("/dev/zero", place);
       }},
      {"socket",
       [](auto& place, auto&) {
         fs::remove(place);
         const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
         sockaddr_un address{};
         address.sun_family = AF_UNIX;
         const std::string near = (place.parent_path() / "s").string();
         near.copy(address.sun_path, sizeof address.sun_path - 1);
         EXPECT_EQ(::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
         ::close(fd);
         fs::rename(near, place);
       }},
      {"directory",
       [](auto& place, auto&) {
         fs::remove(place);
         fs::create_directory(place);
       }},
      {"link_to_a_secret",
       [](auto& place, auto& secret) {
         fs::remove(place);
         fs::create_symlink(secret, place);
       }},
      {"hard_link_to_a_secret",
       [](auto& place, auto& secret) {
         fs::remove(place);
         fs::create_hard_link(secret, place);
       }},
  };
}

struct Cost {
  double ms = 0;  // of the processor
  double ms_by_clock = 0;
  long kib = 0;  // by which the process's peak of memory grew
};

// Of a lookup, in a process of its own whose peak is its own, and that has looked up something
// sound before; the best of some.
Cost cost_of(const std::function<void()>& warm_up, const std::function<void()>& look_up) {
  Cost best{1e9, 1e9, 1 << 30};
  for (int attempt = 0; attempt < 5; ++attempt) {
    int pipe_fds[2];
    EXPECT_EQ(::pipe(pipe_fds), 0);
    const int code = run_in_child([&] {
      warm_up();
      rusage before, after;
      ::getrusage(RUSAGE_SELF, &before);
      const auto start = std::chrono::steady_clock::now();
      const std::clock_t cpu_start = std::clock();
      look_up();
      const std::clock_t cpu = std::clock() - cpu_start;
      const std::chrono::duration<double, std::milli> ms = std::chrono::steady_clock::now() - start;
      ::getrusage(RUSAGE_SELF, &after);
      const Cost cost{1e3 * static_cast<double>(cpu) / CLOCKS_PER_SEC, ms.count(),
                      after.ru_maxrss - before.ru_maxrss};
      return ::write(pipe_fds[1], &cost, sizeof cost) == sizeof cost ? 0 : 1;
    });
    Cost cost;
    EXPECT_EQ(code, 0);
    EXPECT_EQ(::read(pipe_fds[0], &cost, sizeof cost), static_cast<ssize_t>(sizeof cost));
    ::close(pipe_fds[0]);
    ::close(pipe_fds[1]);
    best = {std::min(best.ms, cost.ms), std::min(best.ms_by_clock, cost.ms_by_clock),
            std::min(best.kib, cost.kib)};
  }
  return best;
}

TEST(CacheHostileTest, EachIsCheaplyRefusedAndNothingIsFollowedOrTruncated) {
  for (const Hostile& hostile : hostile()) {
    SCOPED_TRACE(hostile.name);
    const TemporaryDirectory folder;
    const auto store = *Store::open(folder.string() + "/cache");
    const Entry entry = sample_entry();
    ASSERT_TRUE(store->put(sample_name(), entry).ok());
    ASSERT_TRUE(store->put(sample_name(1), entry).ok());
    const fs::path secret = folder.path() / "secret";
    write_file(secret, "secret");
    hostile.make(path_of(store->root(), sample_name()), secret);

    EXPECT_FALSE(get(*store, sample_name(), entry).entry);
    const Cost cost = cost_of([&] { EXPECT_TRUE(get(*store, sample_name(1), entry).entry); },
                              [&] { EXPECT_FALSE(get(*store, sample_name(), entry).entry); });
    EXPECT_LE(cost.ms, kMostMs);
    EXPECT_LE(cost.ms_by_clock, kMostMsByClock);
    EXPECT_LE(cost.kib, kMostKiB);
    record(hostile.name, fmt::format("{:.0f} us, {} KiB", cost.ms_by_clock * 1000, cost.kib));

    (void)store->set_aside(sample_name());
    (void)store->put(sample_name(), entry);
    (void)store->evict({});
    (void)store->clear();
    EXPECT_EQ(read_file(secret), "secret");
  }
}

}  // namespace
}  // namespace jitgemm::faults
