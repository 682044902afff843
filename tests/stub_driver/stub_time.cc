// Events, and the time that they measure: a launch takes 8 us, one of a module's kernels 4, with
// programmatic stream serialization half of that. Of four replays of a graph, one is quick and one
// slow.

#pragma GCC visibility push(default)
#include <cuda.h>
#undef cuEventElapsedTime  // the plain name, which every driver has
extern "C" CUresult cuEventElapsedTime(float* ms, CUevent start, CUevent end);
#pragma GCC visibility pop

#include "tests/stub_driver/stub_state.h"

using namespace stub;

void stub::spend(State& s, const CUlaunchConfig& config, double us) {
  for (unsigned i = 0; i < config.numAttrs; ++i)
    if (config.attrs[i].id == CU_LAUNCH_ATTRIBUTE_PROGRAMMATIC_STREAM_SERIALIZATION) us /= 2;
  const auto capture = s.captures.find(config.hStream);
  (capture == s.captures.end() ? s.clock_us : s.captured_us) += us;
}

void stub::replay(State& s, Graph& graph) {
  constexpr double kPace[] = {1, 0.5, 1, 1.5};
  s.clock_us += graph.us * kPace[graph.replays++ % std::size(kPace)];
}

CUresult cuEventCreate(CUevent* event, unsigned) {
  return Call("cuEventCreate", "").run([&](State& s) {
    s.events_us.push_back(0);
    *event = handle<CUevent>(s.events_us.size());
  });
}
CUresult cuEventDestroy(CUevent) { return Call("cuEventDestroy", "").succeed(); }
CUresult cuEventRecord(CUevent event, CUstream) {
  return Call("cuEventRecord", "").run([&](State& s) {
    s.events_us[number(event) - 1] = s.clock_us;
  });
}
CUresult cuEventSynchronize(CUevent) { return Call("cuEventSynchronize", "").succeed(); }
CUresult cuEventElapsedTime(float* ms, CUevent start, CUevent end) {
  return Call("cuEventElapsedTime", "").run([&](State& s) {
    const double us = s.events_us[number(end) - 1] - s.events_us[number(start) - 1];
    *ms = static_cast<float>(us / 1e3);
  });
}
