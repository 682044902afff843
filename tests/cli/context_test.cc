// The options that all subcommands share, in process: each arrives in its field, by its flag and by
// its variable.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "tools/cli/commands.h"

namespace jitgemm::cli {
namespace {

using ::testing::Contains;

using Field = std::function<std::string(const Options&)>;

struct SharedOption {
  SharedOption(std::vector<std::string> arguments, const char* variable, std::string value,
               Field field)
      : arguments(std::move(arguments)),
        variable(variable),
        value(std::move(value)),
        field(field) {}
  std::vector<std::string> arguments;
  const char* variable;  // empty: the option has none
  std::string value;     // of its field, as `field` prints it
  Field field;
};

const std::vector<SharedOption>& shared_options() {
  using Option = SharedOption;
  const auto list = [](const auto& items) { return fmt::format("{}", fmt::join(items, ", ")); };
  static const std::vector<SharedOption> all = {
      Option({"--cache-dir", "/c"}, "JITGEMM_CACHE_DIR", "/c", [](auto& o) { return o.cache_dir; }),
      Option({"--read-only-cache-dirs", "/a:/b"}, "JITGEMM_READ_ONLY_CACHE_DIRS", "/a, /b",
             [=](auto& o) { return list(o.read_only_cache_dirs); }),
      Option({"--trusted-cache-owners", "12,34"}, "JITGEMM_TRUSTED_CACHE_OWNERS", "12, 34",
             [=](auto& o) { return list(o.trusted_cache_owners); }),
      Option({"--cache-max-bytes", "3KiB"}, "JITGEMM_CACHE_MAX_BYTES", "3072",
             [](auto& o) { return std::to_string(o.cache_max_bytes); }),
      Option({"--cache-lock-dir", "/l"}, "JITGEMM_CACHE_LOCK_DIR", "/l",
             [](auto& o) { return o.cache_lock_dir; }),
      Option({"--public-key", "p1:p2"}, "JITGEMM_PUBLIC_KEYS", "p1, p2",
             [=](auto& o) { return list(o.keys.public_files); }),
      Option({"--private-key", "k"}, "JITGEMM_PRIVATE_KEY", "k",
             [](auto& o) { return o.keys.private_file; }),
      Option({"--nvrtc", "/n"}, "JITGEMM_NVRTC", "/n", [](auto& o) { return o.nvrtc_path; }),
      Option({"--driver", "/d"}, "JITGEMM_DRIVER", "/d", [](auto& o) { return o.driver_path; }),
      Option({"--tuning-table", "t"}, "JITGEMM_TUNING_TABLE", "t",
             [](auto& o) { return o.tuning_table; }),
      Option({"--no-embedded-table"}, "", "false",
             [](auto& o) { return fmt::format("{}", o.embedded_table); }),
      Option({"--batch-invariant"}, "", "true",
             [](auto& o) { return fmt::format("{}", o.batch_invariant); }),
  };
  return all;
}

Options parsed(std::vector<std::string> arguments) {
  CLI::App app;
  Context context;
  add_context_options(app, context);
  std::reverse(arguments.begin(), arguments.end());  // the order that CLI11 takes
  app.parse(std::move(arguments));
  return context.options();
}

// The field of `given` has its value, all other fields their defaults.
void expect_set_alone(const SharedOption& given, const Options& options, const Options& defaults) {
  SCOPED_TRACE(given.arguments[0]);
  for (const SharedOption& each : shared_options()) {
    const bool is_given = each.arguments[0] == given.arguments[0];
    EXPECT_EQ(each.field(options), is_given ? given.value : each.field(defaults))
        << each.arguments[0];
    if (is_given) {
      EXPECT_NE(each.field(defaults), given.value);
    }
  }
}

TEST(ContextTest, EveryOptionArrivesInItsFieldAlone) {
  for (const SharedOption& each : shared_options())
    expect_set_alone(each, parsed(each.arguments), parsed({}));
}

TEST(ContextTest, EveryVariableIsItsOption) {
  const Options defaults = parsed({});
  for (const SharedOption& each : shared_options()) {
    if (*each.variable == '\0') continue;
    setenv(each.variable, each.arguments[1].c_str(), 1);
    expect_set_alone(each, parsed({}), defaults);
    unsetenv(each.variable);
  }
}

TEST(ContextTest, TheTableAboveHasEveryOption) {
  CLI::App app;
  Context context;
  add_context_options(app, context);
  std::vector<std::string> known = {"--help", "--log", "--verbose", "--json"};
  for (const SharedOption& each : shared_options()) known.push_back(each.arguments[0]);
  for (const CLI::Option* option : app.get_options())
    EXPECT_THAT(known, Contains("--" + option->get_lnames().at(0)));
  EXPECT_EQ(app.get_options().size(), known.size());
}

TEST(ContextTest, TheLogHasTheLinesOfItsLevelAndAbove) {
  const std::vector<std::pair<std::vector<std::string>, std::vector<LogLevel>>> levels = {
      {{"--log", "off"}, {}},
      {{}, {LogLevel::kWarning}},
      {{"--log", "info"}, {LogLevel::kInfo, LogLevel::kWarning}},
      {{"--log", "debug"}, {LogLevel::kDebug, LogLevel::kInfo, LogLevel::kWarning}},
      {{"--log", "off", "-v"}, {LogLevel::kDebug, LogLevel::kInfo, LogLevel::kWarning}},
  };
  for (const auto& [arguments, shown] : levels) {
    SCOPED_TRACE(fmt::format("{}", fmt::join(arguments, " ")));
    const Options options = parsed(arguments);
    ASSERT_EQ(options.log == nullptr, shown.empty());
    for (LogLevel level : {LogLevel::kDebug, LogLevel::kInfo, LogLevel::kWarning}) {
      testing::internal::CaptureStderr();
      if (options.log) options.log(level, "a line");
      const bool is_shown = std::ranges::count(shown, level) > 0;
      const std::string log = testing::internal::GetCapturedStderr();
      EXPECT_EQ(log.ends_with(" a line\n"), is_shown) << log;
    }
  }
}

TEST(ContextTest, EveryStatusHasItsExitCode) {
  const std::vector<std::pair<StatusCode, int>> codes = {
      {StatusCode::kOk, 0},
      {StatusCode::kInvalidArgument, 2},
      {StatusCode::kMissing, 3},
      {StatusCode::kUnsupportedDevice, 3},
      {StatusCode::kCompileFailed, 1},
      {StatusCode::kDriverError, 1},
      {StatusCode::kNotReady, 1},
      {StatusCode::kIoError, 1},
      {StatusCode::kInternal, 1},
  };
  for (const auto& [code, exit_code] : codes) {
    testing::internal::CaptureStderr();
    EXPECT_EQ(report(Status(code, "what happened", "why")), exit_code) << static_cast<int>(code);
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "jitgemm: what happened\nwhy\n");
  }
}

}  // namespace
}  // namespace jitgemm::cli
