// DeviceModel: the facts about a GPU that planning needs, as constants of its kind, so that a plan
// can be made for a GPU that is not here.
#pragma once

#include <cstdint>
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
  int system_bytes_per_block = 1024;  // of these, that a block takes beside its own
  double read_tb_per_s = 0;           // sustained read of device memory
  double clock_ghz = 1.755;           // tensor clock under load

  // How many clusters of `size` blocks with `blocks_per_sm` blocks on an SM run at once.
  int max_clusters(int size, int blocks_per_sm) const;
};

// All kinds, H200 first.
std::vector<DeviceModel> known_devices();

// By its name, without regard to case. Errors: kInvalidArgument, naming the accepted ones.
Result<DeviceModel> device_by_name(std::string_view name);

// What a driver says about a GPU.
struct DeviceAttributes {
  std::string name;  // "NVIDIA H200"
  int sms = 0;
  int compute_major = 0, compute_minor = 0;
};
// The kind that these attributes belong to; a GPU of compute capability 9.0 that is not in the list
// (a MIG slice, a new board) is planned as the nearest kind with its own number of SMs.
// Errors: kUnsupportedDevice.
Result<DeviceModel> device_by_attributes(const DeviceAttributes& attributes);

}  // namespace jitgemm::plan
