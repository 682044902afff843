// Inspection: what `jitgemm explain` and `jitgemm doctor` show. Running GEMMs does not need it.
//
// Thread rule: free functions, callable from any thread. None needs a GPU.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <jitgemm/export.h>
#include <jitgemm/gemm.h>
#include <jitgemm/library.h>
#include <jitgemm/status.h>

namespace jitgemm {

// Checks whether the library serves a shape. Errors: kInvalidArgument, with the reason.
JITGEMM_API Status validate(const GemmDesc& desc);

// A GPU that kernels can be planned for.
struct GpuInfo {
  std::string name;  // "H200", "H100 SXM", ...
  int sms = 0;
};
JITGEMM_API std::vector<GpuInfo> known_gpus();

// One field of a kernel's name: in general ("t<tokens>x<outputs>") or of one kernel ("t16x64").
struct NameField {
  std::string text;
  std::string meaning;
};
// Every field that a kernel's name can have, in order (docs/kernel_names.md).
JITGEMM_API std::vector<NameField> kernel_name_fields();

struct CandidateInfo {
  std::string name;         // the kernel's name
  double predicted_us = 0;  // by the planner's model; no meaning if rejected
  std::string rejected;     // empty, or the reason
};

struct Explanation {
  std::string kernel_name;
  std::vector<NameField> name_fields;     // of this kernel
  std::string reason;                     // of the choice, in one line
  std::vector<CandidateInfo> candidates;  // best first, then the rejected ones
  std::string source;                     // the generated page
  std::string key_text;    // everything that decides the cubin's bytes, except the compiler
  std::string key_digest;  // its XXH3-128 in hexadecimal
};

// As in Options, and `pdl`.
struct ExplainOptions {
  Form form = Form::kAuto;
  std::string tuning_table = {};
  bool embedded_table = true;
  bool pdl = false;  // for launches with GemmArgs::pdl
  bool batch_invariant = false;
};

// The planner's choice for m tokens on `gpu`. Errors: kInvalidArgument.
JITGEMM_API Result<Explanation> explain(const GemmDesc& desc, int64_t m, std::string_view gpu,
                                        const ExplainOptions& options = {});

struct NvrtcInfo {
  std::string path;     // the file that was opened
  std::string version;  // "13.0"
  std::string build;    // build ids of libnvrtc and its builtins
};
// Errors: kMissing, whose detail lists the paths that were tried.
JITGEMM_API Result<NvrtcInfo> probe_nvrtc(const std::string& nvrtc_path = {});

struct GpuDevice {
  std::string name;  // as the driver gives it
  int sms = 0;
  int compute_major = 0, compute_minor = 0;
  std::string planned_as;  // the name in known_gpus() that it is planned as; empty if unsupported
};
struct DriverInfo {
  std::string path;     // the file that was opened
  std::string version;  // "13.0", the newest CUDA that it supports
  std::vector<GpuDevice> gpus;
};
// Errors: kMissing, kDriverError.
JITGEMM_API Result<DriverInfo> probe_driver(const std::string& driver_path = {});

}  // namespace jitgemm
