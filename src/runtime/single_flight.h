// SingleFlight: when several threads ask for the same key at once, one makes the value and all get
// it. Opened: a value that is opened on first use.
//
// A failure is delivered to the threads that waited, then forgotten, so that the next call tries
// again. A success is kept or forgotten, as the owner chooses. No lock is held while a value is
// made.
//
// Thread rule: get() from any number of threads. `make` must not ask the same SingleFlight for its
// own key.
#pragma once

#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>

#include <jitgemm/status.h>
#include "src/base/guarded.h"

namespace jitgemm {

enum class Keep { kNothing, kSuccess };

template <typename T>
class SingleFlight {
 public:
  explicit SingleFlight(Keep keep) : keep_(keep) {}

  struct Landing {
    Result<T> outcome;
    bool made_here;  // false: it was kept, or another thread made it
  };

  // The value of `key`, made by `make() -> Result<T>` unless it is kept or another thread makes it.
  template <typename Make>
  Landing get(const std::string& key, Make&& make) {
    std::promise<Result<T>> promise;
    if (std::shared_future<Result<T>> flight = board(key, &promise); flight.valid())
      return {flight.get(), false};
    // An exception becomes an outcome, which the threads that wait get too.
    Result<T> outcome = guarded(std::forward<Make>(make));
    std::lock_guard lock(mutex_);
    if (keep_ == Keep::kNothing || !outcome.ok()) flights_.erase(key);
    promise.set_value(outcome);
    return {std::move(outcome), true};
  }

 private:
  // The value that another thread makes or that is kept; not valid if the caller has to make it and
  // set `mine`.
  std::shared_future<Result<T>> board(const std::string& key, std::promise<Result<T>>* mine) {
    std::lock_guard lock(mutex_);
    const auto [flight, is_new] = flights_.try_emplace(key);
    if (!is_new) return flight->second;
    flight->second = mine->get_future();
    return {};
  }

  const Keep keep_;
  std::mutex mutex_;
  std::unordered_map<std::string, std::shared_future<Result<T>>> flights_;
};

template <typename T>
class Opened {
 public:
  using Open = std::function<Result<std::shared_ptr<T>>()>;
  explicit Opened(Open open) : open_(std::move(open)) {}

  Result<std::shared_ptr<T>> get() { return flight_.get({}, open_).outcome; }

 private:
  const Open open_;
  SingleFlight<std::shared_ptr<T>> flight_{Keep::kSuccess};
};

}  // namespace jitgemm
