// The shared options. The command line wins over JITGEMM_* variables, and these over defaults.
#include <fmt/format.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include "tools/cli/commands.h"

namespace jitgemm::cli {
namespace {

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

// A relative XDG_CACHE_HOME is ignored, as the XDG base directory specification demands.
std::string default_cache_dir() {
  if (const std::string xdg = environment("XDG_CACHE_HOME"); xdg.starts_with('/'))
    return xdg + "/jitgemm";
  const std::string home = environment("HOME");
  return home.empty() ? std::string() : home + "/.cache/jitgemm";
}

spdlog::level::level_enum spdlog_level(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug: return spdlog::level::debug;
    case LogLevel::kInfo: return spdlog::level::info;
    case LogLevel::kWarning: return spdlog::level::warn;
  }
  return spdlog::level::warn;
}

LogSink stderr_log(const std::string& level) {
  auto logger = std::make_shared<spdlog::logger>("jitgemm",
                                                 std::make_shared<spdlog::sinks::stderr_sink_mt>());
  logger->set_pattern("%T.%e %l %v");
  logger->set_level(spdlog::level::from_str(level));
  return [logger](LogLevel line_level, std::string_view line) {
    logger->log(spdlog_level(line_level), line);
  };
}

// All options of the library. Each is parsed into its field of Options, so none can be left out
// between the command line and the library.
void add_library_options(CLI::App& app, Options& library) {
  const auto add = [&app](const char* name, auto& field, const char* variable, const char* type,
                          const char* help) {
    return app.add_option(name, field, help)->envname(variable)->type_name(type);
  };
  const auto add_list = [&add](const char* name, auto& field, const char* variable,
                               const char* type, char delimiter, const char* help) {
    add(name, field, variable, type, help)->delimiter(delimiter)->allow_extra_args(false);
  };
  add("--cache-dir", library.cache_dir, "JITGEMM_CACHE_DIR", "DIR", "Folder of compiled kernels")
      ->capture_default_str();
  add_list("--read-only-cache-dirs", library.read_only_cache_dirs, "JITGEMM_READ_ONLY_CACHE_DIRS",
           "DIR[:DIR...]", ':', "Folders that are searched before --cache-dir and never written");
  add_list("--trusted-cache-owners", library.trusted_cache_owners, "JITGEMM_TRUSTED_CACHE_OWNERS",
           "UID[,UID...]", ',', "Users, beside this one and root, whose cache folders are trusted");
  add("--cache-max-bytes", library.cache_max_bytes, "JITGEMM_CACHE_MAX_BYTES", "SIZE",
      "Evict the least recently used kernels above this size; 0: no limit")
      ->transform(byte_size());
  add("--cache-lock-dir", library.cache_lock_dir, "JITGEMM_CACHE_LOCK_DIR", "DIR",
      "Folder of locks if --cache-dir cannot have them; default: one per user");
  add_list("--public-key", library.keys.public_files, "JITGEMM_PUBLIC_KEYS", "FILE[:FILE...]", ':',
           "Signed mode: accept only entries signed with one of these Ed25519 keys");
  add("--private-key", library.keys.private_file, "JITGEMM_PRIVATE_KEY", "FILE",
      "Signed mode: sign new entries with this Ed25519 key");
  add("--nvrtc", library.nvrtc_path, "JITGEMM_NVRTC", "FILE",
      "libnvrtc to open; default: the usual names");
  add("--driver", library.driver_path, "JITGEMM_DRIVER", "FILE",
      "libcuda to open; default: libcuda.so.1");
  add("--tuning-table", library.tuning_table, "JITGEMM_TUNING_TABLE", "FILE",
      "Table of 'jitgemm tune', asked before the library's own; default: none");
  app.add_flag_callback(
      "--no-embedded-table", [&library] { library.embedded_table = false; },
      "Plan without the library's own tuning table");
  app.add_flag("--batch-invariant", library.batch_invariant,
               "Use kernels that give a row of D the same bits for every M");
}

}  // namespace

CLI::AsSizeValue byte_size() {
  CLI::AsSizeValue size(false);
  size.description("");
  return size;
}

Options Context::options() const {
  Options options = library;
  const std::string level = verbose ? "debug" : log;
  if (level != "off") options.log = stderr_log(level);
  return options;
}

void add_context_options(CLI::App& app, Context& context) {
  Options& library = context.library;
  library.cache_dir = default_cache_dir();
  add_library_options(app, library);
  app.add_option("--log", context.log, "Messages on stderr: off, warning, info or debug")
      ->envname("JITGEMM_LOG")
      ->type_name("LEVEL")
      ->check(CLI::IsMember({"off", "warning", "info", "debug"}).description(""))
      ->capture_default_str();
  app.add_flag("-v,--verbose", context.verbose, "The same as --log debug");
  app.add_flag("--json", context.json, "Results as JSON, one value a line");
}

int report(const Status& error) {
  fmt::print(stderr, "jitgemm: {}\n", error.message());
  if (!error.detail().empty()) fmt::print(stderr, "{}\n", error.detail());
  switch (error.code()) {
    case StatusCode::kOk: return kOk;
    case StatusCode::kInvalidArgument: return kUsage;
    case StatusCode::kMissing:
    case StatusCode::kUnsupportedDevice: return kLacking;
    default: return kFailed;
  }
}

}  // namespace jitgemm::cli
