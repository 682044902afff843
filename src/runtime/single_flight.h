// SingleFlight: when several threads ask for the same key at once, one makes the value and all get
// it.
//
// A failure is delivered to the threads that waited, then forgotten. A success is kept or
// forgotten, as the owner chooses. No lock is held while a value is made.
//
// Thread rule: get() from any number of threads. `make` must not ask the same SingleFlight for its
// own key.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
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
    auto [flight, mine] = board(key);
    if (!mine) return {wait(*flight), false};
    // An exception must not strand the threads that wait.
    Result<T> outcome = guarded(std::forward<Make>(make));
    land(key, *flight, outcome);
    return {std::move(outcome), true};
  }

 private:
  struct Flight {
    std::optional<Result<T>> outcome;  // guarded by mutex_
    std::condition_variable landed;
  };

  struct Boarding {
    std::shared_ptr<Flight> flight;
    bool mine;
  };
  Boarding board(const std::string& key) {
    std::lock_guard lock(mutex_);
    std::shared_ptr<Flight>& flight = flights_[key];
    const bool mine = flight == nullptr;
    if (mine) flight = std::make_shared<Flight>();
    return {flight, mine};
  }

  Result<T> wait(Flight& flight) {
    std::unique_lock lock(mutex_);
    flight.landed.wait(lock, [&] { return flight.outcome.has_value(); });
    return *flight.outcome;
  }

  void land(const std::string& key, Flight& flight, const Result<T>& outcome) {
    std::lock_guard lock(mutex_);
    flight.outcome = outcome;
    if (keep_ == Keep::kNothing || !outcome.ok()) flights_.erase(key);
    flight.landed.notify_all();
  }

  const Keep keep_;
  std::mutex mutex_;
  std::unordered_map<std::string, std::shared_ptr<Flight>> flights_;
};

}  // namespace jitgemm
