#include "src/plan/device_model.h"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>

namespace jitgemm::plan {
namespace {

// Sustained reads reach 94 % of the data sheet on the H200 (4.52 of 4.8 TB/s, kernels/notes/001).
DeviceModel kind(const char* name, int sms, double sheet_tb_per_s, double clock_ghz) {
  return {.name = name, .sms = sms, .read_tb_per_s = 0.94 * sheet_tb_per_s, .clock_ghz = clock_ghz};
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

// The kind whose name the driver's name, such as "NVIDIA GH200 480GB", contains; the longest of
// them.
DeviceModel kind_of_driver_name(std::string_view name) {
  DeviceModel best = *device_by_name("H100 SXM");  // named by its memory: "NVIDIA H100 80GB HBM3"
  size_t longest = 0;
  for (const DeviceModel& device : known_devices())
    if (lower(name).find(lower(device.name)) != std::string::npos && device.name.size() > longest) {
      longest = device.name.size();
      best = device;
    }
  return best;
}

}  // namespace

int DeviceModel::max_clusters(int size, int blocks_per_sm) const {
  // The blocks of a cluster run on one GPC. GPCs of the 132-SM parts hold 16 or 18 SMs, so most
  // sizes leave some SMs idle (kernels/notes/001).
  if (size <= 1) return sms * blocks_per_sm;
  constexpr double kUsable[] = {1, 1, 1, 0.887, 0.91, 0.834, 0.82, 0.796, 0.91};
  const double usable = size <= 8 ? kUsable[size] : 0.85;
  const int per_sm_budget = static_cast<int>(sms * usable) * blocks_per_sm;
  return std::max(1, per_sm_budget / size);
}

std::vector<DeviceModel> known_devices() {
  return {
      kind("H200", 132, 4.8, 1.755),    kind("H100 SXM", 132, 3.35, 1.755),
      kind("H100 PCIe", 114, 2.0, 1.5), kind("H100 NVL", 132, 3.9, 1.6),
      kind("H800", 132, 3.35, 1.755),   kind("H20", 78, 4.0, 1.83),
      kind("GH200", 132, 4.0, 1.755),
  };
}

Result<DeviceModel> device_by_name(std::string_view name) {
  std::string accepted;
  for (const DeviceModel& device : known_devices()) {
    if (lower(device.name) == lower(name)) return device;
    accepted += (accepted.empty() ? "" : ", ") + device.name;
  }
  return Status(StatusCode::kInvalidArgument,
                fmt::format("gpu = \"{}\" is unknown; accepted: {}", name, accepted));
}

Result<DeviceModel> device_by_attributes(const DeviceAttributes& attributes) {
  if (attributes.compute_major != 9 || attributes.compute_minor != 0)
    return Status(StatusCode::kUnsupportedDevice,
                  fmt::format("{} has compute capability {}.{}; the kernels need 9.0 (Hopper)",
                              attributes.name, attributes.compute_major, attributes.compute_minor));
  DeviceModel model = kind_of_driver_name(attributes.name);
  if (attributes.sms > 0) {
    // A slice of a GPU has its share of the memory bandwidth.
    model.read_tb_per_s *= std::min(1.0, static_cast<double>(attributes.sms) / model.sms);
    model.sms = attributes.sms;
  }
  return model;
}

}  // namespace jitgemm::plan
