// A list of independent pieces of work, shared out to some threads.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

namespace jitgemm {

// For every i below `count`: record(i, make(i)), where make runs on any of `threads` threads, the
// calling one among them, and record one call at a time. The other threads begin with enter(),
// which says whether they can be used; one that cannot, or that the system won't give, is done
// without.
template <typename Enter, typename Make, typename Record>
void share_work(int threads, size_t count, Enter enter, Make make, Record record) {
  std::atomic<size_t> next = 0;
  std::mutex recording;
  const auto work = [&] {
    for (size_t i = next.fetch_add(1); i < count; i = next.fetch_add(1)) {
      auto made = make(i);
      std::lock_guard lock(recording);
      record(i, std::move(made));
    }
  };

  std::vector<std::thread> helpers;
  try {
    const size_t wanted = std::min(count, static_cast<size_t>(threads));
    while (helpers.size() + 1 < wanted)
      helpers.emplace_back([&] {
        if (enter()) work();
      });
  } catch (const std::system_error&) {
  }
  work();
  for (std::thread& helper : helpers) helper.join();
}

}  // namespace jitgemm
