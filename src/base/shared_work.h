// A list of independent pieces of work, divided among threads.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <jitgemm/status.h>
#include "src/base/guarded.h"
#include "src/base/masked_signals.h"

namespace jitgemm {

// For every i below `count`: record(i, make(i)). make(i) returns a Status or a Result and runs on
// any of `threads` threads, the calling thread among them; record runs one call at a time. Each
// helper thread first calls enter() -> Status, and takes no work if that fails. If the system
// refuses a thread, fewer do the work.
//
// An exception of make(i) becomes its outcome. An exception of record(), which calls the caller's
// progress callback, stops the work: no further piece begins, nothing more is recorded, and
// share_work returns the exception as kInternal.
template <typename Enter, typename Make, typename Record>
Status share_work(int threads, size_t count, Enter enter, Make make, Record record) {
  std::atomic<size_t> next = 0;
  std::mutex recording;
  Status stopped;
  const auto work = [&] {
    for (size_t i = next.fetch_add(1); i < count; i = next.fetch_add(1)) {
      auto made = guarded([&] { return make(i); });
      std::lock_guard lock(recording);
      if (!stopped.ok()) return;
      stopped = guarded([&] {
        record(i, std::move(made));
        return Status();
      });
      if (!stopped.ok()) next = count;
    }
  };
  std::vector<std::jthread> helpers;
  const Status started = guarded([&] {
    const MaskedSignals in_helpers;
    const size_t wanted = std::min(count, static_cast<size_t>(threads));
    while (helpers.size() + 1 < wanted)
      helpers.emplace_back([&] {
        if (guarded(enter).ok()) work();
      });
    return Status();
  });
  static_cast<void>(started);  // fewer helpers
  work();
  helpers.clear();  // joins
  if (stopped.ok()) return {};
  return {stopped.code(),
          "the progress callback threw an exception: " + std::string(stopped.message())};
}

}  // namespace jitgemm
