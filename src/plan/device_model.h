// DeviceModel: what planning has to know of a GPU, as constants of its kind, so that a machine
// without that GPU can plan for it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <jitgemm/status.h>

namespace jitgemm::plan {

struct DeviceModel {
  std::string name;  // "H200", "H100 SXM", ...
  int sms = 0;
  int shared_bytes_per_block = 232448;  // opt-in limit of one block
  int shared_bytes_per_sm = 233472;
  int system_bytes_per_block = 1024;  // shared memory of an SM that each block takes in addition
  double read_tb_per_s = 0;           // sustained read of device memory
  double clock_ghz = 1.755;           // tensor clock under load

  // Clusters of `size` blocks that run at once when an SM holds `blocks_per_sm` blocks.
  int max_clusters(int size, int blocks_per_sm) const;
};

// All kinds, H200 first.
std::vector<DeviceModel> known_devices();

// The kind of that name, in any case. Errors: kInvalidArgument, which lists the names accepted.
Result<DeviceModel> device_by_name(std::string_view name);

// A GPU as the driver describes it.
struct DeviceAttributes {
  std::string name;  // "NVIDIA H200"
  int sms = 0;
  int compute_major = 0, compute_minor = 0;
};
// The kind that these attributes belong to. A GPU of compute capability 9.0 that is not in the list
// (a MIG slice, a new board) is planned as the nearest kind, with its own number of SMs.
// Errors: kUnsupportedDevice.
Result<DeviceModel> device_by_attributes(const DeviceAttributes& attributes);

}  // namespace jitgemm::plan
