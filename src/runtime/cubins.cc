#include "src/runtime/cubins.h"

#include <fmt/format.h>

#include <utility>

#include "src/base/log.h"
#include "src/runtime/scoped_range.h"

namespace jitgemm {
namespace {

cache::EntryName entry_name(const CubinRequest& request, const std::string& builder) {
  return {request.key.what_digest, codegen::builder_digest(builder)};
}

std::vector<std::shared_ptr<cache::Store>> layers_of(const CubinParts& parts) {
  std::vector<std::shared_ptr<cache::Store>> layers = parts.read_only;
  if (parts.store) layers.push_back(parts.store);
  return layers;
}

// Looks for the entry of this compiler, or, where no compiler can be opened, of any compiler.
cache::Lookup look_into(const cache::Store& layer, const CubinRequest& request,
                        const Result<std::shared_ptr<compile::Compiler>>& compiler) {
  const codegen::Key& key = request.key;
  if (!compiler.ok()) return layer.get_any_builder(key.what_digest, key.what);
  const std::string& builder = (*compiler)->build();
  return layer.get(entry_name(request, builder), key.what, builder);
}

// Calls that fail on the disk have one cause, such as a full disk, so they share one warning.
constexpr char kDiskTrouble[] = "disk";

// The log's event and the counter of a refused entry.
struct Refusal {
  const char* event;
  AtomicCounters::Counter AtomicCounters::*counter;
};

Refusal refusal_of(cache::Miss miss) {
  switch (miss) {
    case cache::Miss::kDamaged: return {"damaged", &AtomicCounters::damaged};
    case cache::Miss::kOtherKey: return {"other_key", &AtomicCounters::refused_other_key};
    case cache::Miss::kOtherFormat: return {"other_format", &AtomicCounters::refused_other_format};
    case cache::Miss::kUntrusted: return {"untrusted", &AtomicCounters::refused_untrusted};
    case cache::Miss::kIrregular: return {"irregular", &AtomicCounters::refused_irregular};
    case cache::Miss::kUnsigned: return {"unsigned", &AtomicCounters::refused_unsigned};
    case cache::Miss::kUnknownKey: return {"unknown_key", &AtomicCounters::refused_unknown_key};
    case cache::Miss::kBadSignature: return {"bad_signature", &AtomicCounters::refused_signature};
    case cache::Miss::kNone:
    case cache::Miss::kAbsent:
    case cache::Miss::kUnreadable: break;
  }
  return {"unreadable", &AtomicCounters::read_failed};
}

Cubin from_disk(cache::Lookup found) {
  return {.bytes = std::make_shared<const std::string>(std::move(found.entry->payload)),
          .on_disk = true};
}

Status no_compiler(const CubinRequest& request, const Status& reason) {
  return {reason.code(),
          fmt::format("{} is not in the cache and cannot be compiled: {}", request.kernel,
                      reason.message()),
          std::string(reason.detail())};
}

}  // namespace

CubinRequest::CubinRequest(const plan::Kernel& wanted)
    : kernel(plan::name_of(wanted)),
      source(codegen::generate(wanted)),
      key(codegen::make_key(source)) {}

Cubins::Cubins(CubinParts parts, AtomicCounters* counters)
    : parts_(std::move(parts)), layers_(layers_of(parts_)), counters_(counters) {}

Result<Cubin> Cubins::get(const CubinRequest& request) {
  return flights_.get(request.key.what_digest, [&] { return read_or_compile(request); }).outcome;
}

Status Cubins::verify(const CubinRequest& request) const {
  const OpenedCompiler compiler = parts_.compiler();
  std::string reason = "there is none";
  for (const std::shared_ptr<cache::Store>& layer : layers_) {
    const cache::Lookup lookup = look_into(*layer, request, compiler);
    if (lookup.entry) return {};
    if (!lookup.reason.empty()) reason = lookup.reason;
  }
  return {StatusCode::kIoError,
          fmt::format("the entry of {} cannot be read back: {}", request.kernel, reason)};
}

Result<Cubin> Cubins::get_anew(const CubinRequest& request) {
  const auto make = [&] { return compile(request, parts_.compiler()); };
  return flights_.get("anew " + request.key.what_digest, make).outcome;
}

Result<Cubin> Cubins::read_or_compile(const CubinRequest& request) {
  const OpenedCompiler compiler = parts_.compiler();
  if (std::optional<Cubin> cubin = read(request, compiler)) return *std::move(cubin);
  if (!compiler.ok() || !parts_.store) return compile(request, compiler);

  const cache::MakerLock lock = this->lock(request, compiler);
  // Another process may have published since the first look, even if the lock was free.
  cache::Lookup found = look_into(*parts_.store, request, compiler);
  if (found.entry) {
    count(counters_->hit_disk);
    return from_disk(std::move(found));
  }
  if (lock.waited && lock.state == cache::MakerLock::State::kHeld) count(counters_->takeovers);
  return compile(request, compiler);
}

// Reads from the first layer that has the entry. Counts and logs the entries refused on the way.
std::optional<Cubin> Cubins::read(const CubinRequest& request, const OpenedCompiler& compiler) {
  bool all_absent = !layers_.empty();
  for (const std::shared_ptr<cache::Store>& layer : layers_) {
    cache::Lookup lookup = look_into(*layer, request, compiler);
    if (lookup.entry) {
      count(counters_->hit_disk);
      if (layer == parts_.store) layer->mark_used(entry_name(request, lookup.entry->builder));
      return from_disk(std::move(lookup));
    }
    if (lookup.miss == cache::Miss::kAbsent) continue;
    all_absent = false;
    note_refusal(request, lookup);
  }
  if (all_absent) count(counters_->miss);
  return std::nullopt;
}

void Cubins::note_refusal(const CubinRequest& request, const cache::Lookup& lookup) {
  const Refusal refusal = refusal_of(lookup.miss);
  count(counters_->*refusal.counter);
  const bool disk = lookup.miss == cache::Miss::kUnreadable;
  log_line(parts_.log, warnings_.level(disk ? kDiskTrouble : refusal.event), "{},{},reason={}",
           refusal.event, request.kernel, lookup.reason);
}

cache::MakerLock Cubins::lock(const CubinRequest& request, const OpenedCompiler& compiler) {
  using State = cache::MakerLock::State;
  cache::MakerLock lock =
      parts_.store->lock(entry_name(request, (*compiler)->build()), parts_.longest_wait);
  if (lock.waited) count(counters_->waits);
  if (lock.state == State::kTimedOut) {
    count(counters_->wait_timeouts);
    log_line(parts_.log, warnings_.level("wait"),
             "wait,{},failed,reason=another process has been making it for {} ms", request.kernel,
             parts_.longest_wait.count());
  }
  if (lock.state == State::kUnavailable) {
    count(counters_->locks_unavailable);
    log_line(parts_.log, warnings_.level(kDiskTrouble), "lock,{},failed,reason={}", request.kernel,
             lock.reason);
  }
  return lock;
}

Result<Cubin> Cubins::compile(const CubinRequest& request, const OpenedCompiler& compiler) {
  if (!compiler.ok()) return no_compiler(request, compiler.status());
  const ScopedRange range(parts_.ranges, "jitgemm compile " + request.kernel);
  Result<compile::Compiled> compiled =
      (*compiler)->compile(request.source, codegen::compile_options());
  if (!compiled.ok()) {
    count(counters_->compile_failed);
    return compiled.status();
  }
  count(counters_->compiled);

  const compile::PtxasReport& ptxas = compiled->ptxas;
  if (!ptxas.clean())
    log_line(
        parts_.log, LogLevel::kWarning,
        "ptxas,{},stack_bytes={},spill_store_bytes={},spill_load_bytes={},warnings={},reason={}",
        request.kernel, ptxas.stack_bytes, ptxas.spill_store_bytes, ptxas.spill_load_bytes,
        ptxas.warnings.size(),
        ptxas.warnings.empty() ? "registers in memory" : ptxas.warnings.front());

  Status publish_error = publish(request, (*compiler)->build(), compiled->cubin);
  return Cubin{.bytes = std::make_shared<const std::string>(std::move(compiled->cubin)),
               .compiled = true,
               .compile_ms = compiled->ms,
               .on_disk = parts_.store && publish_error.ok(),
               .publish_error = publish_error};
}

Status Cubins::publish(const CubinRequest& request, const std::string& builder,
                       const std::string& cubin) {
  if (!parts_.store && parts_.no_store.ok()) return {};
  uint64_t evicted = 0;
  const cache::Entry entry{
      .kernel = request.kernel, .what = request.key.what, .builder = builder, .payload = cubin};
  Status status = parts_.store ? parts_.store->put(entry_name(request, builder), entry, &evicted)
                               : parts_.no_store;
  count(counters_->evicted, evicted);
  count(status.ok() ? counters_->published : counters_->publish_failed);
  if (!status.ok()) {
    // A store that cannot be opened was logged when the library was opened.
    const LogLevel level = parts_.store ? warnings_.level(kDiskTrouble) : LogLevel::kDebug;
    log_line(parts_.log, level, "publish,{},failed,reason={}", request.kernel, status.message());
  }
  return status;
}

}  // namespace jitgemm
