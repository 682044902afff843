#include "src/compile/nvrtc.h"

#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <string_view>

#include "src/base/exit_gate.h"

namespace jitgemm::compile {
namespace {

// One name for all kernels: it ends up in the bytes of the cubin and is not part of the key.
constexpr const char* kProgramName = "jitgemm_kernel.cu";

// NVRTC constructs static objects when it is opened and during its first compiles; exit() destroys
// them, so no compile may run then.
std::atomic<bool> statics_are_made = false;

// NVRTC calls this repeatedly during a compile; 1 cancels the compile.
int go_on(void*, void*) {
  if (!statics_are_made) await_work_at_exit();
  return exit_has_begun() ? 1 : 0;
}

// Owns an nvrtcProgram.
class Program {
 public:
  explicit Program(const NvrtcApi& api) : api_(api) {}
  ~Program() {
    if (program_ != nullptr) api_.nvrtcDestroyProgram(&program_);
  }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  nvrtcResult create(const codegen::Source& source) {
    std::vector<std::string> texts, names;  // NVRTC needs a NUL at the end
    for (const codegen::Header& header : source.headers) {
      texts.emplace_back(header.text);
      names.emplace_back(header.name);
    }
    return api_.nvrtcCreateProgram(&program_, source.text.c_str(), kProgramName,
                                   static_cast<int>(texts.size()), pointers(texts).data(),
                                   pointers(names).data());
  }

  nvrtcResult compile(const std::vector<std::string>& options) {
    if (api_.nvrtcSetFlowCallback != nullptr) api_.nvrtcSetFlowCallback(program_, go_on, nullptr);
    return api_.nvrtcCompileProgram(program_, static_cast<int>(options.size()),
                                    pointers(options).data());
  }

  // The log of compile(), whether it succeeded or failed.
  std::string log() const {
    std::string log = read(api_.nvrtcGetProgramLogSize, api_.nvrtcGetProgramLog);
    log.resize(log.find_last_not_of(std::string_view("\0\n", 2)) + 1);
    return log;
  }

  // Call it only after a compile() that succeeded: after a failed compile NVRTC 13.0 returns
  // success and 0 bytes. Empty when there is no cubin.
  std::string cubin() const { return read(api_.nvrtcGetCUBINSize, api_.nvrtcGetCUBIN); }

 private:
  static std::vector<const char*> pointers(const std::vector<std::string>& texts) {
    std::vector<const char*> pointers;
    for (const std::string& text : texts) pointers.push_back(text.c_str());
    return pointers;
  }

  template <typename GetSize, typename Get>
  std::string read(GetSize get_size, Get get) const {
    size_t bytes = 0;
    if (program_ == nullptr || get_size(program_, &bytes) != NVRTC_SUCCESS) return {};
    std::string text(bytes, '\0');
    if (get(program_, text.data()) != NVRTC_SUCCESS) return {};
    return text;
  }

  const NvrtcApi& api_;
  nvrtcProgram program_ = nullptr;
};

// From 12.9 on NVRTC also caches its results in the user's home, in the cache of the driver. The
// only cache that this library uses is its own, in the folder that the caller names.
std::vector<std::string> without_cache(std::vector<std::string> options,
                                       std::pair<int, int> version) {
  if (version >= std::pair(12, 9)) options.emplace_back("--no-cache");
  return options;
}

// The first line of a log that reports an error, or an empty string.
std::string_view first_error(std::string_view log) {
  for (std::string_view mark : {"error", "fatal"}) {
    const size_t at = log.find(mark);
    if (at == log.npos) continue;
    log.remove_prefix(log.rfind('\n', at) + 1);
    return log.substr(0, log.find('\n'));
  }
  return {};
}

Status failed(std::string_view reason, std::string_view log, const codegen::Source& source) {
  return {StatusCode::kCompileFailed, fmt::format("NVRTC made no cubin: {}", reason),
          fmt::format("{}\n\n// ---- {} ----\n{}", log, kProgramName, source.text)};
}

}  // namespace

Result<std::shared_ptr<Nvrtc>> Nvrtc::open(const std::string& path) {
  Result<NvrtcApi> api = open_nvrtc(path);
  if (!api.ok()) return api.status();
  if (!statics_are_made) await_work_at_exit();
  return std::shared_ptr<Nvrtc>(new Nvrtc(*std::move(api)));
}

Result<Compiled> Nvrtc::compile(const codegen::Source& source,
                                const std::vector<std::string>& options) {
  using Clock = std::chrono::steady_clock;
  const Clock::time_point start = Clock::now();
  const BeforeExit working;
  if (!working) return failed("the process is ending", {}, source);
  Program program(api_);
  nvrtcResult result = program.create(source);
  if (result == NVRTC_SUCCESS) result = program.compile(without_cache(options, version()));
  if (!statics_are_made.exchange(true)) await_work_at_exit();
  const std::string log = program.log();
  if (result != NVRTC_SUCCESS) {
    const std::string_view error = first_error(log);
    return failed(error.empty() ? api_.nvrtcGetErrorString(result) : error, log, source);
  }
  Compiled compiled{.cubin = program.cubin(), .ptxas = parse_ptxas_log(log)};
  if (compiled.cubin.empty()) return failed("-arch names no real architecture", log, source);
  compiled.ms = std::chrono::duration<double, std::milli>(Clock::now() - start).count();
  return compiled;
}

}  // namespace jitgemm::compile
