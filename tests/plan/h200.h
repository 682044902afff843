// The device that plans are made for in tests.
#pragma once

#include "src/plan/device_model.h"

namespace jitgemm::plan {

inline DeviceModel h200() { return known_devices().front(); }

}  // namespace jitgemm::plan
