#include <fmt/format.h>

#include <jitgemm/inspect.h>

#include <memory>
#include <utility>

#include "cache/store.h"
#include "src/codegen/key.h"
#include "src/codegen/source.h"
#include "src/compile/nvrtc.h"
#include "src/device/driver.h"
#include "src/device/gpu.h"
#include "src/plan/desc.h"
#include "src/plan/device_model.h"
#include "src/plan/plan.h"
#include "src/tables.h"

namespace jitgemm {
namespace {

GpuDevice described(plan::DeviceAttributes attributes) {
  Result<plan::DeviceModel> model = plan::device_by_attributes(attributes);
  return {.name = std::move(attributes.name),
          .sms = attributes.sms,
          .compute_major = attributes.compute_major,
          .compute_minor = attributes.compute_minor,
          .planned_as = model.ok() ? model->name : std::string()};
}

// To look at a cache must not make one, and runs nothing of it: anyone's will do.
Result<std::shared_ptr<cache::Store>> open_existing(const std::string& cache_dir) {
  Result<std::shared_ptr<cache::Store>> store =
      cache::Store::open_existing(cache_dir, {.owners = {.anyone = true}});
  if (store.ok()) return store;
  return Status(StatusCode::kIoError,
                fmt::format("cache_dir = '{}': {}", cache_dir, store.status().message()));
}

}  // namespace

Status validate(const GemmDesc& desc) { return plan::validate(desc); }

std::vector<GpuInfo> known_gpus() {
  std::vector<GpuInfo> gpus;
  for (const plan::DeviceModel& device : plan::known_devices())
    gpus.push_back({device.name, device.sms});
  return gpus;
}

Result<Explanation> explain(const GemmDesc& desc, int64_t m, std::string_view gpu,
                            const ExplainOptions& options) {
  if (Status status = plan::validate(desc); !status.ok()) return status;
  Result<plan::DeviceModel> device = plan::device_by_name(gpu);
  if (!device.ok()) return device.status();
  const Result<Tables> tables = Tables::open(options.tuning_table, options.embedded_table);
  if (!tables.ok()) return tables.status();
  const plan::Chain chain = options.pdl ? plan::Chain::kPdl : plan::Chain::kPlain;
  Result<plan::Decision> decision = plan::decide(
      desc, m, *device,
      tables->complete(
          {.form = options.form, .chain = chain, .batch_invariant = options.batch_invariant}));
  if (!decision.ok()) return decision.status();

  codegen::Source source = codegen::generate(decision->config);
  codegen::Key key = codegen::make_key(source);
  Explanation explanation{.kernel_name = decision->config.name(),
                          .reason = std::move(decision->reason),
                          .candidates = {},
                          .source = std::move(source.text),
                          .key_text = std::move(key.what),
                          .key_digest = std::move(key.what_digest)};
  for (plan::Candidate& candidate : decision->candidates)
    explanation.candidates.push_back(
        {candidate.config.name(), candidate.predicted_us, std::move(candidate.rejected)});
  return explanation;
}

Result<NvrtcInfo> probe_nvrtc(const std::string& nvrtc_path) {
  Result<std::shared_ptr<compile::Nvrtc>> nvrtc = compile::Nvrtc::open(nvrtc_path);
  if (!nvrtc.ok()) return nvrtc.status();
  const auto [major, minor] = (*nvrtc)->version();
  return NvrtcInfo{(*nvrtc)->path(), fmt::format("{}.{}", major, minor), (*nvrtc)->build()};
}

Result<DriverInfo> probe_driver(const std::string& driver_path) {
  Result<std::shared_ptr<const device::Driver>> driver = device::Driver::open(driver_path);
  if (!driver.ok()) return driver.status();
  Result<std::vector<plan::DeviceAttributes>> all = device::all_attributes(**driver);
  if (!all.ok()) return all.status();

  const int version = (*driver)->version();  // 13020 is 13.2
  DriverInfo info{.path = (*driver)->path(),
                  .version = fmt::format("{}.{}", version / 1000, version % 1000 / 10),
                  .gpus = {}};
  for (plan::DeviceAttributes& attributes : *all)
    info.gpus.push_back(described(std::move(attributes)));
  return info;
}

Result<CacheStats> cache_stats(const std::string& cache_dir) {
  Result<std::shared_ptr<cache::Store>> store = open_existing(cache_dir);
  if (!store.ok()) return store.status();
  Result<std::vector<cache::Store::Item>> items = (*store)->list();
  if (!items.ok()) return items.status();
  Result<uint64_t> temporary_files = (*store)->temporary_files();
  if (!temporary_files.ok()) return temporary_files.status();
  Result<uint64_t> set_aside = (*store)->files_set_aside();
  if (!set_aside.ok()) return set_aside.status();

  CacheStats stats{
      .entries = items->size(), .temporary_files = *temporary_files, .set_aside = *set_aside};
  for (const cache::Store::Item& item : *items) stats.bytes += item.bytes;
  const Result<cache::Store::Evicted> held = (*store)->evict({.max_bytes = UINT64_MAX});
  if (!held.ok()) return held.status();
  stats.total_bytes = held->bytes_left;
  return stats;
}

Result<std::vector<CacheEntryInfo>> cache_list(const std::string& cache_dir) {
  Result<std::shared_ptr<cache::Store>> store = open_existing(cache_dir);
  if (!store.ok()) return store.status();
  Result<std::vector<cache::Store::Item>> items = (*store)->list();
  if (!items.ok()) return items.status();

  std::vector<CacheEntryInfo> entries;
  for (cache::Store::Item& item : *items) {
    const bool ok = item.problem.empty();
    entries.push_back(
        {std::move(item.name), std::move(item.kernel), item.bytes, ok, std::move(item.problem)});
  }
  return entries;
}

Status cache_remove(const std::string& cache_dir, std::string_view name) {
  Result<std::shared_ptr<cache::Store>> store = open_existing(cache_dir);
  return store.ok() ? (*store)->remove(name) : store.status();
}

Result<CacheEviction> cache_evict(const std::string& cache_dir, const CacheEvictRequest& request) {
  Result<std::shared_ptr<cache::Store>> store = open_existing(cache_dir);
  if (!store.ok()) return store.status();
  Result<cache::Store::Evicted> evicted = (*store)->evict(
      {.max_bytes = request.max_bytes, .to_bytes = request.max_bytes, .dry_run = request.dry_run});
  if (!evicted.ok()) return evicted.status();
  return CacheEviction{std::move(evicted->names), evicted->bytes, evicted->bytes_left};
}

Result<uint64_t> cache_clear(const std::string& cache_dir) {
  Result<std::shared_ptr<cache::Store>> store = open_existing(cache_dir);
  if (!store.ok()) return store.status();
  return (*store)->clear();
}

}  // namespace jitgemm
