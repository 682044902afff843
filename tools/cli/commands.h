// The frame of the `jitgemm` command: one file per subcommand, each registered by one function.
//
// A subcommand adds its options to `app` and sets a callback that leaves the process's exit code in
// `context.exit_code`. Results go to stdout, everything else to stderr. The options of Context may
// stand before or after the name of the subcommand; no subcommand declares them again. The first
// line of its description is its summary: that line alone stands in the list of subcommands.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include <jitgemm/library.h>
#include <jitgemm/status.h>

namespace jitgemm::cli {

enum ExitCode : int {
  kOk = 0,
  kFailed = 1,
  kUsage = 2,    // the command line, or a file that it names, is not acceptable
  kLacking = 3,  // the machine lacks something, which the message names
};

// The options that all subcommands share, and the outcome.
struct Context {
  std::vector<std::string> command_line = {};  // argv, for child processes
  std::string cache_dir = {};  // --cache-dir, JITGEMM_CACHE_DIR, else the user's cache folder
  std::vector<std::string> read_only_cache_dirs = {};  // --read-only-cache-dirs, JITGEMM_...
  std::string nvrtc_path = {};    // --nvrtc, JITGEMM_NVRTC; empty: the usual names
  std::string driver_path = {};   // --driver, JITGEMM_DRIVER; empty: libcuda.so.1
  Keys keys = {};                 // --public-key, --private-key, JITGEMM_PUBLIC_KEYS, ..._KEY
  std::string tuning_table = {};  // --tuning-table, JITGEMM_TUNING_TABLE; empty: none
  bool embedded_table = true;     // --no-embedded-table: false
  bool batch_invariant = false;   // --batch-invariant
  std::vector<uint32_t> trusted_cache_owners = {};  // --trusted-cache-owners, JITGEMM_...
  uint64_t cache_max_bytes = 0;     // --cache-max-bytes, JITGEMM_CACHE_MAX_BYTES; 0: no limit
  std::string cache_lock_dir = {};  // --cache-lock-dir, JITGEMM_CACHE_LOCK_DIR
  std::string log = "warning";      // --log, JITGEMM_LOG: off, warning, info or debug
  bool verbose = false;             // --verbose: the same as --log debug
  bool json = false;                // --json: stdout is JSON, one value a line
  int exit_code = kOk;              // an ExitCode, set by the subcommand that ran

  // For Library::open(): the paths above, and a log that goes to stderr.
  Options options() const;
};

// Adds the options of Context to the command itself.
void add_context_options(CLI::App& app, Context& context);

// Turns "64MB" or "1GiB" into bytes: kB is 1000, KiB is 1024.
CLI::AsSizeValue byte_size();

// Prints the error and its detail on stderr; returns the exit code that goes with it.
int report(const Status& error);

void add_prewarm(CLI::App& app, Context& context);
void add_run(CLI::App& app, Context& context);
void add_bench(CLI::App& app, Context& context);
void add_tune(CLI::App& app, Context& context);
void add_explain(CLI::App& app, Context& context);
void add_doctor(CLI::App& app, Context& context);
void add_cache(CLI::App& app, Context& context);

}  // namespace jitgemm::cli
