// Looking inside: what `jitgemm explain` and `doctor` show. Nothing here is needed to run a GEMM.
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

// Whether the library serves a shape. Errors: kInvalidArgument, which says why not.
JITGEMM_API Status validate(const GemmDesc& desc);

// A GPU that kernels can be planned for.
struct GpuInfo {
  std::string name;  // "H200", "H100 SXM", ...
  int sms = 0;
};
JITGEMM_API std::vector<GpuInfo> known_gpus();

struct CandidateInfo {
  std::string name;         // the kernel's name
  double predicted_us = 0;  // by the planner's model; meaningless when rejected
  std::string rejected;     // empty, or the reason
};

struct Explanation {
  std::string kernel_name;
  std::string reason;                     // why this kernel, in one line
  std::vector<CandidateInfo> candidates;  // best first, then the rejected
  std::string source;                     // the generated page
  std::string key_text;    // everything that decides the cubin's bytes, but for the compiler
  std::string key_digest;  // its XXH3-128 in hexadecimal
};

struct ExplainOptions {
  Form form = Form::kAuto;  // as in Options, and so are the tables
  std::string tuning_table = {};
  bool embedded_table = true;
  bool pdl = false;  // the kernel for launches with args.pdl
  bool batch_invariant = false;
};

// What the planner would do for D[m,n] on `gpu`. Errors: kInvalidArgument.
JITGEMM_API Result<Explanation> explain(const GemmDesc& desc, int64_t m, std::string_view gpu,
                                        const ExplainOptions& options = {});

struct NvrtcInfo {
  std::string path;     // the file that was opened
  std::string version;  // "13.0"
  std::string build;    // build ids of libnvrtc and its builtins
};
// Errors: kMissing, whose detail lists what was looked for.
JITGEMM_API Result<NvrtcInfo> probe_nvrtc(const std::string& nvrtc_path = {});

struct GpuDevice {
  std::string name;  // the driver's word for it
  int sms = 0;
  int compute_major = 0, compute_minor = 0;
  std::string planned_as;  // the entry of known_gpus() it is planned as; empty when unsupported
};
struct DriverInfo {
  std::string path;     // the file that was opened
  std::string version;  // "13.0", the newest CUDA that it serves
  std::vector<GpuDevice> gpus;
};
// Errors: kMissing, kDriverError.
JITGEMM_API Result<DriverInfo> probe_driver(const std::string& driver_path = {});

}  // namespace jitgemm
