#include "src/c/c_options.h"

#include <fmt/format.h>

#include <string>
#include <string_view>

#include "src/c/c_frame.h"

namespace jitgemm::c {
namespace {

static_assert(static_cast<int>(Form::kNormal) == JITGEMM_FORM_NORMAL);
static_assert(static_cast<int>(LogLevel::kWarning) == JITGEMM_LOG_WARNING);

LogSink log_sink(const jitgemm_options& options) {
  if (options.log == nullptr) return {};
  return [log = options.log, user = options.log_user](LogLevel level, std::string_view line) {
    log(user, static_cast<int>(level), std::string(line).c_str());
  };
}

RangeHooks range_hooks(const jitgemm_options& options) {
  RangeHooks hooks;
  if (options.range_push != nullptr)
    hooks.push = [push = options.range_push, user = options.range_user](const char* name) {
      push(user, name);
    };
  if (options.range_pop != nullptr)
    hooks.pop = [pop = options.range_pop, user = options.range_user] { pop(user); };
  return hooks;
}

// An array of strings of jitgemm_options.
struct Strings {
  const char* name;
  const char* const* first;
  size_t count;
};

Status read_strings(const Strings& given, std::vector<std::string>* strings) {
  if (given.first == nullptr && given.count > 0)
    return invalid(fmt::format("jitgemm_options.{} is NULL", given.name));
  for (size_t i = 0; i < given.count; ++i) {
    if (given.first[i] == nullptr)
      return invalid(fmt::format("jitgemm_options.{}[{}] is NULL", given.name, i));
    strings->emplace_back(given.first[i]);
  }
  return {};
}

Status read_arrays(const jitgemm_options& given, Options* options) {
  Status status = read_strings(
      {"read_only_cache_dirs", given.read_only_cache_dirs, given.read_only_cache_dir_count},
      &options->read_only_cache_dirs);
  if (!status.ok()) return status;
  return read_strings({"public_key_files", given.public_key_files, given.public_key_file_count},
                      &options->keys.public_files);
}

Status read_owners(const jitgemm_options& options, std::vector<uint32_t>* owners) {
  if (options.trusted_cache_owners == nullptr && options.trusted_cache_owner_count > 0)
    return invalid("jitgemm_options.trusted_cache_owners is NULL");
  owners->assign(options.trusted_cache_owners,
                 options.trusted_cache_owners + options.trusted_cache_owner_count);
  return {};
}

}  // namespace

Result<Options> translate(const jitgemm_options& given) {
  Options options{.cache_dir = text(given.cache_dir),
                  .nvrtc_path = text(given.nvrtc_path),
                  .driver_path = text(given.driver_path),
                  .log = log_sink(given),
                  .form = static_cast<Form>(narrow(given.form)),
                  .on_miss = static_cast<MissPolicy>(narrow(given.on_miss)),
                  .tuning_table = text(given.tuning_table),
                  .embedded_table = given.no_embedded_table == 0,
                  .batch_invariant = given.batch_invariant != 0,
                  .cache_max_bytes = given.cache_max_bytes,
                  .cache_lock_dir = text(given.cache_lock_dir),
                  .compile_command = text(given.compile_command),
                  .ranges = range_hooks(given)};
  options.keys.private_file = text(given.private_key_file);
  if (Status status = read_arrays(given, &options); !status.ok()) return status;
  if (Status status = read_owners(given, &options.trusted_cache_owners); !status.ok())
    return status;
  return options;
}

}  // namespace jitgemm::c
