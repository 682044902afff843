#include "src/c/translate.h"

#include <fmt/format.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "src/c/c_frame.h"

namespace jitgemm::c {
namespace {

static_assert(static_cast<int>(StatusCode::kInternal) == JITGEMM_INTERNAL);
static_assert(static_cast<int>(Form::kNormal) == JITGEMM_FORM_NORMAL);
static_assert(static_cast<int>(LogLevel::kWarning) == JITGEMM_LOG_WARNING);
static_assert(static_cast<int>(MissPolicy::kBackground) == JITGEMM_MISS_BACKGROUND);
static_assert(static_cast<int>(ScaleLayout::kKMajor) == JITGEMM_SCALE_K_MAJOR);
static_assert(static_cast<int>(KernelOrigin::kMemory) == JITGEMM_ORIGIN_MEMORY);

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

// An array field of a C struct. `name` is "<struct>.<field>".
template <typename Element>
struct Array {
  const char* name;
  const Element* first;
  size_t count;
};

template <typename Element>
Status check_array(const Array<Element>& given) {
  if (given.first != nullptr || given.count == 0) return {};
  return invalid(fmt::format("{} is NULL", given.name));
}

Status read_strings(const Array<const char*>& given, std::vector<std::string>* strings) {
  if (Status status = check_array(given); !status.ok()) return status;
  for (size_t i = 0; i < given.count; ++i) {
    if (given.first[i] == nullptr) return invalid(fmt::format("{}[{}] is NULL", given.name, i));
    strings->emplace_back(given.first[i]);
  }
  return {};
}

Status read_arrays(const jitgemm_options& given, Options* options) {
  Status status = read_strings({"jitgemm_options.read_only_cache_dirs", given.read_only_cache_dirs,
                                given.read_only_cache_dir_count},
                               &options->read_only_cache_dirs);
  if (!status.ok()) return status;
  status = read_strings(
      {"jitgemm_options.public_key_files", given.public_key_files, given.public_key_file_count},
      &options->keys.public_files);
  if (!status.ok()) return status;
  const Array<uint32_t> owners{"jitgemm_options.trusted_cache_owners", given.trusted_cache_owners,
                               given.trusted_cache_owner_count};
  if (status = check_array(owners); !status.ok()) return status;
  options->trusted_cache_owners.assign(owners.first, owners.first + owners.count);
  return {};
}

// An older caller's jitgemm_desc is smaller, so the stride of the array is the size of its first.
Status read_shapes(const Array<jitgemm_desc>& given, std::vector<GemmDesc>* shapes) {
  if (Status status = check_array(given); !status.ok() || given.count == 0) return status;
  const size_t stride = given.first->struct_size;
  for (size_t i = 0; i < given.count; ++i) {
    const char* shape = reinterpret_cast<const char*>(given.first) + i * stride;
    jitgemm_desc desc;
    Status status = read(reinterpret_cast<const jitgemm_desc*>(shape), "jitgemm_desc", &desc);
    if (!status.ok()) return status;
    if (desc.struct_size != stride)
      return invalid(fmt::format("{}[{}].struct_size = {} is not {}, that of {}[0]", given.name, i,
                                 desc.struct_size, stride, given.name));
    shapes->push_back(translate(desc));
  }
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
                  .ranges = range_hooks(given)};
  options.keys.private_file = text(given.private_key_file);
  if (Status status = read_arrays(given, &options); !status.ok()) return status;
  return options;
}

Result<PrewarmRequest> translate(const jitgemm_prewarm_request& given) {
  PrewarmRequest request;
  Status status = read_shapes({"jitgemm_prewarm_request.shapes", given.shapes, given.shape_count},
                              &request.shapes);
  if (!status.ok()) return status;
  if (given.m_max != 0) request.m_max = given.m_max;
  if (given.gpu != nullptr) request.gpu = given.gpu;
  if (given.jobs != 0) request.jobs = narrow(given.jobs);
  if (given.shard != 0) request.shard = narrow(given.shard);
  if (given.shards != 0) request.shards = narrow(given.shards);
  return request;
}

Result<PrepareRequest> translate(const jitgemm_prepare_request& given) {
  PrepareRequest request;
  Status status = read_shapes({"jitgemm_prepare_request.shapes", given.shapes, given.shape_count},
                              &request.shapes);
  if (!status.ok()) return status;
  if (given.m_max != 0) request.m_max = given.m_max;
  if (given.threads != 0) request.threads = narrow(given.threads);
  return request;
}

GemmDesc translate(const jitgemm_desc& given) {
  return {.n = given.n, .k = given.k, .bias = static_cast<BiasType>(narrow(given.bias))};
}

GemmArgs translate(const jitgemm_args& given) {
  return {.m = given.m,
          .a = given.a,
          .lda = given.lda,
          .a_scale = {static_cast<ScaleLayout>(narrow(given.a_scale_layout)), given.a_scale,
                      given.a_scale_ld},
          .b = given.b,
          .ldb = given.ldb,
          .b_scale = given.b_scale,
          .d = given.d,
          .ldd = given.ldd,
          .bias = given.bias,
          .pdl = given.pdl != 0,
          .on_miss = static_cast<MissPolicy>(narrow(given.on_miss))};
}

jitgemm_counters translate(const Counters& counters) {
#define JITGEMM_COUNTER(name, help) .name = counters.name,
  return {.struct_size = 0, JITGEMM_COUNTERS(JITGEMM_COUNTER)};
#undef JITGEMM_COUNTER
}

jitgemm_prewarm_report translate(const PrewarmReport& report) {
  return {.struct_size = 0,
          .shapes = report.shapes,
          .kernels = report.kernels,
          .compiled = report.compiled,
          .hit_disk = report.hit_disk,
          .failed = report.failed,
          .seconds = report.seconds};
}

jitgemm_prepare_report translate(const PrepareReport& report) {
  return {.struct_size = 0,
          .shapes = report.shapes,
          .kernels = report.kernels,
          .ready = report.ready,
          .failed = report.failed,
          .seconds = report.seconds};
}

jitgemm_kernel_record translate(const KernelRecord& record) {
  return {.struct_size = 0,
          .name = record.name.c_str(),
          .n = record.shape.n,
          .k = record.shape.k,
          .form = static_cast<int64_t>(record.form),
          .device = record.device,
          .m_first = record.m_first,
          .m_last = record.m_last,
          .plan = record.plan.c_str(),
          .origin = static_cast<int64_t>(record.origin),
          .compile_ms = record.compile_ms,
          .load_ms = record.load_ms,
          .launches = record.launches};
}

}  // namespace jitgemm::c
