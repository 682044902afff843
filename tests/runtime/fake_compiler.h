// A compiler for tests that counts its calls, and is slow, fails or spills on demand.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <jitgemm/status.h>
#include "src/compile/compiler.h"

namespace jitgemm {

class FakeCompiler : public compile::Compiler {
 public:
  explicit FakeCompiler(std::string build = "fake 1.0") : build_(std::move(build)) {}

  // The behaviour of the next compiles.
  std::atomic<int> delay_ms = 0;
  std::atomic<bool> fails = false;
  std::atomic<bool> spills = false;

  int compiles() const { return compiles_; }  // calls
  int at_once_most() const { return most_; }  // calls that ran at the same time, at most

  const std::string& build() const override { return build_; }

  Result<compile::Compiled> compile(const codegen::Source& source,
                                    const std::vector<std::string>&) override {
    ++compiles_;
    const int running = ++running_;
    for (int most = most_; running > most && !most_.compare_exchange_weak(most, running);) {
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(delay_ms));
    --running_;
    if (fails)
      return Status(StatusCode::kCompileFailed, "the fake compiler was told to fail",
                    "kernel.cu(3): error: told to fail\n" + source.text);
    compile::Compiled compiled{
        .cubin = "cubin by " + build_ + " of " + source.text, .ptxas = {}, .ms = 1.5};
    if (spills) compiled.ptxas.spill_store_bytes = 8;
    return compiled;
  }

 private:
  const std::string build_;
  std::atomic<int> compiles_ = 0, running_ = 0, most_ = 0;
};

}  // namespace jitgemm
