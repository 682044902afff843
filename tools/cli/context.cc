// The shared options: command line first, then JITGEMM_* variables, then defaults.
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

// The XDG base directory specification says that a relative path there is to be ignored.
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

}  // namespace

CLI::AsSizeValue byte_size() {
  CLI::AsSizeValue size(false);
  size.description("");
  return size;
}

Options Context::options() const {
  const std::string level = verbose ? "debug" : log;
  Options options{.cache_dir = cache_dir,
                  .nvrtc_path = nvrtc_path,
                  .driver_path = driver_path,
                  .tuning_table = tuning_table,
                  .embedded_table = embedded_table,
                  .batch_invariant = batch_invariant,
                  .trusted_cache_owners = trusted_cache_owners,
                  .cache_max_bytes = cache_max_bytes,
                  .cache_lock_dir = cache_lock_dir};
  options.read_only_cache_dirs = read_only_cache_dirs;
  options.keys = keys;
  if (level != "off") options.log = stderr_log(level);
  return options;
}

void add_context_options(CLI::App& app, Context& context) {
  context.cache_dir = default_cache_dir();
  app.add_option("--cache-dir", context.cache_dir, "Folder of compiled kernels")
      ->envname("JITGEMM_CACHE_DIR")
      ->type_name("DIR")
      ->capture_default_str();
  app.add_option("--read-only-cache-dirs", context.read_only_cache_dirs,
                 "Folders that are looked up before --cache-dir and never written")
      ->envname("JITGEMM_READ_ONLY_CACHE_DIRS")
      ->type_name("DIR[:DIR...]")
      ->delimiter(':')
      ->allow_extra_args(false);
  app.add_option("--trusted-cache-owners", context.trusted_cache_owners,
                 "Users whose cache folders are believed, beside this one and root")
      ->envname("JITGEMM_TRUSTED_CACHE_OWNERS")
      ->type_name("UID[,UID...]")
      ->delimiter(',')
      ->allow_extra_args(false);
  app.add_option("--cache-max-bytes", context.cache_max_bytes,
                 "What --cache-dir may hold before the least recently used goes; 0: no limit")
      ->envname("JITGEMM_CACHE_MAX_BYTES")
      ->type_name("SIZE")
      ->transform(byte_size());
  app.add_option("--cache-lock-dir", context.cache_lock_dir,
                 "Folder of locks where --cache-dir has none; default: the user's on this host")
      ->envname("JITGEMM_CACHE_LOCK_DIR")
      ->type_name("DIR");
  app.add_option("--public-key", context.keys.public_files,
                 "Signed mode: only entries with the signature of this Ed25519 key count")
      ->envname("JITGEMM_PUBLIC_KEYS")
      ->type_name("FILE[:FILE...]")
      ->delimiter(':')
      ->allow_extra_args(false);
  app.add_option("--private-key", context.keys.private_file,
                 "Signed mode: what is published is signed by this Ed25519 key")
      ->envname("JITGEMM_PRIVATE_KEY")
      ->type_name("FILE");
  app.add_option("--nvrtc", context.nvrtc_path, "libnvrtc to open; default: the usual names")
      ->envname("JITGEMM_NVRTC")
      ->type_name("FILE");
  app.add_option("--driver", context.driver_path, "libcuda to open; default: libcuda.so.1")
      ->envname("JITGEMM_DRIVER")
      ->type_name("FILE");
  app.add_option("--tuning-table", context.tuning_table,
                 "A table of 'tune', asked before the library's own; default: none")
      ->envname("JITGEMM_TUNING_TABLE")
      ->type_name("FILE");
  app.add_flag("!--no-embedded-table", context.embedded_table,
               "Plan by the model where no other table says better");
  app.add_flag("--batch-invariant", context.batch_invariant,
               "Kernels that give a row the same bits whatever M is");
  app.add_option("--log", context.log, "What goes to stderr: off, warning, info or debug")
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
