// The frame of the `jitgemm` command: one file per subcommand, each registered by one function.
//
// A subcommand adds its options to `app` and sets a callback that stores the process's exit code in
// `context.exit_code`. Results go to stdout, messages to stderr. The options of Context are
// accepted before and after the name of the subcommand; no subcommand declares them again. The list
// of subcommands shows the first line of each description.
#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include <CLI/CLI.hpp>

#include <jitgemm/library.h>
#include <jitgemm/status.h>

namespace jitgemm::cli {

using Json = nlohmann::ordered_json;

enum ExitCode : int {
  kOk = 0,
  kFailed = 1,
  kUsage = 2,    // the command line, or a file that it names, is invalid
  kLacking = 3,  // the machine lacks something that the message names
};

// The options that all subcommands share, and the outcome.
struct Context {
  Options library = {};         // each option of the library is parsed into its field
  std::string log = "warning";  // --log, JITGEMM_LOG: off, warning, info or debug
  bool verbose = false;         // --verbose: the same as --log debug
  bool json = false;            // --json: stdout is JSON, one value a line
  int exit_code = kOk;          // an ExitCode, set by the subcommand that ran

  // For Library::open(): `library`, with a log on stderr.
  Options options() const;
};

// Adds the options of Context to the command itself.
void add_context_options(CLI::App& app, Context& context);

// Adds a subcommand and its arguments, for which the caller declares options. Its callback runs
// `act` and stores the exit code.
template <typename Arguments>
std::pair<CLI::App*, Arguments&> add_command(CLI::App& app, const char* name,
                                             int (*act)(const Arguments&, const Context&),
                                             Context& context) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command = app.add_subcommand(name);
  command->callback([arguments, act, &context] { context.exit_code = act(*arguments, context); });
  return {command, *arguments};
}

// Parses "64MB" or "1GiB" as bytes. Units are powers of 1024, with or without the "i".
CLI::AsSizeValue byte_size();

// Prints an object or an array of objects on stdout: with --json as one line, else as text, in
// which an object has a line for each member and an array is a table. Bytes that are not UTF-8, as
// damaged cache entries have, are replaced.
void print(const Context& context, const Json& json);

// The table of an array of objects, whose columns are the members: a header, then a line per row.
std::string table_text(const Json& rows);

// Prints the error and its detail on stderr; returns the exit code of its kind.
int report(const Status& error);

void add_prewarm(CLI::App& app, Context& context);
void add_run(CLI::App& app, Context& context);
void add_bench(CLI::App& app, Context& context);
void add_tune(CLI::App& app, Context& context);
void add_explain(CLI::App& app, Context& context);
void add_doctor(CLI::App& app, Context& context);
void add_cache(CLI::App& app, Context& context);

}  // namespace jitgemm::cli
