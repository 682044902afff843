#include <fmt/format.h>

#include <jitgemm/inspect.h>

#include <memory>
#include <utility>

#include "src/codegen/key.h"
#include "src/codegen/source.h"
#include "src/compile/nvrtc.h"
#include "src/device/driver.h"
#include "src/device/gpu.h"
#include "src/plan/config_name.h"
#include "src/plan/desc.h"
#include "src/plan/device_model.h"
#include "src/plan/plan.h"
#include "src/runtime/tables.h"

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

std::vector<NameField> described(std::vector<plan::NamedField> named) {
  std::vector<NameField> fields;
  for (plan::NamedField& field : named)
    fields.push_back({std::move(field.text), std::move(field.meaning)});
  return fields;
}

}  // namespace

Status validate(const GemmDesc& desc) { return plan::validate(desc); }

std::vector<GpuInfo> known_gpus() {
  std::vector<GpuInfo> gpus;
  for (const plan::DeviceModel& device : plan::known_devices())
    gpus.push_back({device.name, device.sms});
  return gpus;
}

std::vector<NameField> kernel_name_fields() { return described(plan::name_fields()); }

Result<Explanation> explain(const GemmDesc& desc, int64_t m, std::string_view gpu,
                            const ExplainOptions& options) {
  if (Status status = plan::validate(desc); !status.ok()) return status;
  Result<plan::DeviceModel> device = plan::device_by_name(gpu);
  if (!device.ok()) return device.status();
  const Result<Tables> tables = open_tables(options.tuning_table, options.embedded_table);
  if (!tables.ok()) return tables.status();
  Result<plan::Decision> decision = plan::decide(desc, m, *device,
                                                 {.form = options.form,
                                                  .chain = plan::chain_of(options.pdl),
                                                  .batch_invariant = options.batch_invariant,
                                                  .tables = *tables});
  if (!decision.ok()) return decision.status();

  codegen::Source source = codegen::generate(decision->config);
  codegen::Key key = codegen::make_key(source);
  Explanation explanation{.kernel_name = decision->config.name(),
                          .name_fields = described(plan::name_fields(decision->config)),
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

}  // namespace jitgemm
