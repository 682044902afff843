// Cubins with a cache folder and a fake compiler.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "src/plan/plan.h"
#include "src/runtime/cubins.h"
#include "tests/message.h"
#include "tests/runtime/fake_compiler.h"
#include "tests/runtime/log_recorder.h"
#include "tests/runtime/temporary_directory.h"

namespace jitgemm {

inline CubinRequest request_of(const GemmDesc& desc) {
  return CubinRequest(plan::decide(desc, 16, plan::known_devices().front())->config);
}

class CubinsTest : public ::testing::Test {
 protected:
  CubinParts parts() {
    auto store = cache::Store::open(directory.string());
    EXPECT_TRUE(store.ok()) << store.status().message();
    return {.store = *store,
            .compiler = [this]() -> Result<std::shared_ptr<compile::Compiler>> {
              if (!compiler)
                return Status(StatusCode::kMissing, "NVRTC is nowhere", "looked there");
              return std::shared_ptr<compile::Compiler>(compiler);
            },
            .log = log.sink()};
  }

  CubinParts with_layers(std::vector<std::shared_ptr<cache::Store>> read_only,
                         std::shared_ptr<cache::Store> store) {
    CubinParts layered = parts();
    layered.read_only = std::move(read_only);
    layered.store = std::move(store);
    return layered;
  }

  std::string counted() const { return text_of(counters.snapshot()); }

  // Gets the cubin as another process with the same folder would.
  Result<Cubin> get_in_new_process() { return Cubins(parts(), &counters).get(request); }

  std::filesystem::path only_entry() const {
    for (const auto& item : std::filesystem::recursive_directory_iterator(directory.path()))
      if (item.path().extension() == ".ljg") return item.path();
    ADD_FAILURE() << "there is no entry";
    return {};
  }

  TemporaryDirectory directory;
  LogRecorder log;
  AtomicCounters counters;
  std::shared_ptr<FakeCompiler> compiler = std::make_shared<FakeCompiler>();
  CubinRequest request = request_of({.n = 2112, .k = 7168});
};

}  // namespace jitgemm
