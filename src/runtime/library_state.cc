#include "src/runtime/library_state.h"

#include <algorithm>
#include <mutex>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "src/base/exit_gate.h"
#include "src/base/log.h"
#include "src/compile/nvrtc.h"
#include "src/device/gpu.h"
#include "src/plan/desc.h"
#include "src/plan/quantizer.h"
#include "src/runtime/gemm_state.h"
#include "src/runtime/quantizer_state.h"
#include "src/trust/trust.h"

namespace jitgemm {
namespace {

Status validate(const Options& options) {
  if (!options.ranges.push != !options.ranges.pop)
    return {StatusCode::kInvalidArgument, "ranges has one of push and pop: both are needed"};
  if (Status status = plan::validate(options.form); !status.ok()) return status;
  return plan::validate(options.on_miss);
}

// With trusted keys the signature decides, and file ownership is not checked.
cache::StoreOptions store_options(const Options& options, const cache::Trust& trust) {
  return {.owners = {.named = {options.trusted_cache_owners.begin(),
                               options.trusted_cache_owners.end()},
                     .anyone = trust.verifier != nullptr},
          .lock_dir = options.cache_lock_dir,
          .max_bytes = options.cache_max_bytes,
          .trust = trust};
}

Result<std::shared_ptr<compile::Compiler>> open_nvrtc(const Options& options) {
  Result<std::shared_ptr<compile::Nvrtc>> nvrtc = compile::Nvrtc::open(options.nvrtc_path);
  if (!nvrtc.ok()) return nvrtc.status();
  return std::shared_ptr<compile::Compiler>(*std::move(nvrtc));
}

// A GEMM's record lacks m_first, m_last and plan, which the kernel's slot knows.
KernelRecord record_of(const MadeKernel& made) {
  const plan::Kernel& kernel = made.kernel->kernel();
  KernelRecord record{.name = plan::name_of(kernel),
                      .device = made.device,
                      .origin = made.origin,
                      .compile_ms = made.compile_ms,
                      .load_ms = made.load_ms,
                      .launches = made.kernel->launches()};
  if (const auto* config = std::get_if<plan::KernelConfig>(&kernel)) {
    record.shape = {.n = config->n, .k = config->k, .bias = config->bias};
    record.form = config->form;
  } else {
    record.shape = {.k = std::get<QuantizeDesc>(kernel).k};
    record.form = Form::kAuto;
    record.m_first = 1;
    record.m_last = kMaxDimension;
    record.plan = "quantizer";
  }
  return record;
}

}  // namespace

LibraryState::LibraryState(Options options, Tables tables, cache::Trust trust,
                           OpenCompiler open_compiler)
    : options_(std::move(options)),
      tables_(std::move(tables)),
      trust_(std::move(trust)),
      compiler_(open_compiler ? std::move(open_compiler) : [this] { return open_nvrtc(options_); }),
      driver_([this] { return device::Driver::open(options_.driver_path); }),
      registry_(parts()) {}

LibraryState::~LibraryState() = default;

RegistryParts LibraryState::parts() {
  RegistryParts parts{.cubins = {.compiler = [this] { return compiler_.get(); },
                                 .log = options_.log,
                                 .ranges = options_.ranges},
                      .driver = [this] { return driver_.get(); }};
  for (const std::string& dir : options_.read_only_cache_dirs) add_layer(dir, &parts.cubins);
  if (options_.cache_dir.empty())
    cache_status_ = {StatusCode::kIoError, "cache_dir is empty: kernels are kept in memory only"};
  else
    add_store(&parts.cubins);
  return parts;
}

void LibraryState::add_layer(const std::string& dir, CubinParts* cubins) {
  Result<std::shared_ptr<cache::Store>> layer =
      cache::Store::open_existing(dir, store_options(options_, trust_));
  if (layer.ok()) {
    cubins->read_only.push_back(*std::move(layer));
    return;
  }
  ++folders_refused_;
  log_line(options_.log, LogLevel::kWarning, "cache,{},failed,reason={}", dir,
           layer.status().message());
}

// A folder that cannot be written becomes one more read-only layer.
void LibraryState::add_store(CubinParts* cubins) {
  Result<std::shared_ptr<cache::Store>> store =
      cache::Store::open(options_.cache_dir, store_options(options_, trust_));
  cubins->no_store = store.ok() ? (*store)->check_writable() : store.status();
  if (cubins->no_store.ok()) {
    if (Result<uint64_t> removed = (*store)->remove_orphans(); removed.ok())
      orphans_removed_ += *removed;
    cubins->store = *std::move(store);
    return;
  }
  if (store.ok()) {
    cubins->read_only.push_back(*std::move(store));
  } else {
    ++folders_refused_;
    cache_status_ = store.status();
  }
  log_line(options_.log, LogLevel::kWarning, "cache,{},{},reason={}", options_.cache_dir,
           store.ok() ? "read_only" : "failed", cubins->no_store.message());
}

Result<std::shared_ptr<LibraryState>> LibraryState::open(Options options,
                                                         OpenCompiler open_compiler) {
  // Exit waits for compiles before it destroys statics, which the log sink may use.
  static std::once_flag awaited;
  std::call_once(awaited, await_work_at_exit);
  if (Status status = validate(options); !status.ok()) return status;
  Result<Tables> tables = open_tables(options.tuning_table, options.embedded_table);
  if (!tables.ok()) return tables.status();
  Result<cache::Trust> trust = trust::open_trust(options.keys);
  if (!trust.ok()) return trust.status();
  return std::shared_ptr<LibraryState>(
      new LibraryState(std::move(options), *std::move(tables), *std::move(trust),
                       std::move(open_compiler)),
      [](LibraryState* state) {
        if (state->home().is_here()) delete state;
      });
}

Result<GemmState*> LibraryState::gemm(const GemmDesc& desc) {
  if (!home_.is_here()) return home_.refusal();
  const Result<GemmState*> gemm = find_or_plan(desc);
  if (gemm.ok() && options_.on_miss == MissPolicy::kBackground)
    if (Status status = (*gemm)->make_generic(); !status.ok()) return status;
  return gemm;
}

Result<GemmState*> LibraryState::find_or_plan(const GemmDesc& desc) {
  if (Status status = plan::validate(desc); !status.ok()) return status;
  Result<Here> here = this->here();
  if (!here.ok()) return here.status();
  std::lock_guard lock(gemms_mutex_);  // also while planning, so that each shape is planned once
  std::unique_ptr<GemmState>& gemm = gemms_[{here->device, desc.n, desc.k, desc.bias}];
  if (!gemm)
    gemm = std::make_unique<GemmState>(*this, std::move(here->driver), desc, here->device,
                                       here->model);
  return gemm.get();
}

Result<LibraryState::Here> LibraryState::here() {
  Result<DriverPtr> driver = driver_.get();
  if (!driver.ok()) return driver.status();
  Result<CUdevice> device = device::current_device(**driver);
  if (!device.ok()) return device.status();
  Result<plan::DeviceAttributes> attributes = device::attributes(**driver, *device);
  if (!attributes.ok()) return attributes.status();
  Result<plan::DeviceModel> model = plan::device_by_attributes(*attributes);
  if (!model.ok()) return model.status();
  return Here{*std::move(driver), *device, *std::move(model)};
}

Result<QuantizerState*> LibraryState::quantizer(const QuantizeDesc& desc) {
  if (!home_.is_here()) return home_.refusal();
  const Result<QuantizerState*> quantizer = find_or_make(desc);
  if (quantizer.ok() && options_.on_miss == MissPolicy::kBackground)
    if (Status status = (*quantizer)->prepare(); !status.ok()) return status;
  return quantizer;
}

Result<QuantizerState*> LibraryState::find_or_make(const QuantizeDesc& desc) {
  if (Status status = plan::validate(desc); !status.ok()) return status;
  Result<Here> here = this->here();
  if (!here.ok()) return here.status();
  std::lock_guard lock(quantizers_mutex_);
  std::unique_ptr<QuantizerState>& quantizer = quantizers_[{here->device, plan::shape_name(desc)}];
  if (!quantizer)
    quantizer = std::make_unique<QuantizerState>(*this, std::move(here->driver), desc, here->device,
                                                 here->model);
  return quantizer.get();
}

Counters LibraryState::counters() const {
  Counters counters = registry_.counters();
  counters.folders_refused = folders_refused_;
  counters.orphans_removed = orphans_removed_;
  return counters;
}

std::vector<KernelRecord> LibraryState::kernels() {
  std::unordered_map<const device::LoadedKernel*, const GemmState::Slot*> slots;
  {
    std::lock_guard lock(gemms_mutex_);
    for (const auto& [key, gemm] : gemms_)
      gemm->visit_ready([&](const GemmState::Slot& slot, const device::LoadedKernel& kernel) {
        slots.emplace(&kernel, &slot);
      });
  }
  std::vector<KernelRecord> records;
  for (const MadeKernel& made : registry_.made()) {
    KernelRecord record = record_of(made);
    if (const auto found = slots.find(made.kernel.get()); found != slots.end()) {
      record.m_first = found->second->m_first;
      record.m_last = found->second->m_last;
      record.plan = found->second->plan;
    }
    records.push_back(std::move(record));
  }
  std::ranges::stable_sort(
      records, {}, [](const KernelRecord& record) { return std::tie(record.device, record.name); });
  return records;
}

}  // namespace jitgemm
