// Threads that start together.
#pragma once

#include <latch>
#include <thread>
#include <vector>

namespace jitgemm {

// Calls body(0) .. body(count - 1), each on its own thread, and waits for them.
template <typename Body>
void on_threads(int count, Body body) {
  std::latch start(count);
  std::vector<std::jthread> threads;
  for (int i = 0; i < count; ++i)
    threads.emplace_back([&, i] {
      start.arrive_and_wait();
      body(i);
    });
}

}  // namespace jitgemm
