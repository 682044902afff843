#include <fmt/format.h>

#include <jitgemm/cache.h>

#include <memory>
#include <optional>
#include <utility>

#include "cache/store.h"
#include "src/trust/trust.h"

namespace jitgemm {
namespace {

using StorePtr = std::shared_ptr<cache::Store>;

// To look at a cache must not make one.
Result<StorePtr> open_existing(const std::string& cache_dir, const cache::StoreOptions& options) {
  Result<StorePtr> store = cache::Store::open_existing(cache_dir, options);
  if (store.ok()) return store;
  return Status(StatusCode::kIoError,
                fmt::format("cache_dir = '{}': {}", cache_dir, store.status().message()));
}

// Who looks runs nothing of it: anyone's will do.
Result<StorePtr> open_to_look(const std::string& cache_dir, const Keys& keys = {}) {
  const Result<cache::Trust> trust = trust::open_trust(keys);
  if (!trust.ok()) return trust.status();
  return open_existing(cache_dir, {.owners = {.anyone = true}, .trust = *trust});
}

// What is signed will be trusted: it must be one's own, or signed already by a key that is given.
Result<StorePtr> open_to_sign(const std::string& cache_dir, const Keys& keys) {
  const Result<cache::Trust> trust = trust::open_trust(keys);
  if (!trust.ok()) return trust.status();
  return open_existing(cache_dir,
                       {.owners = {.anyone = trust->verifier != nullptr}, .trust = *trust});
}

std::string signed_by(const cache::Entry& entry) {
  return entry.signature ? cache::fingerprint_text(*entry.signature) : std::string();
}

}  // namespace

Result<CacheStats> cache_stats(const std::string& cache_dir) {
  Result<StorePtr> store = open_to_look(cache_dir);
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

Result<std::vector<CacheEntryInfo>> cache_list(const std::string& cache_dir, const Keys& keys) {
  Result<StorePtr> store = open_to_look(cache_dir, keys);
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

Result<CacheEntry> cache_read(const std::string& cache_dir, std::string_view name,
                              const Keys& keys) {
  Result<StorePtr> store = open_to_look(cache_dir, keys);
  if (!store.ok()) return store.status();
  const std::optional<cache::EntryName> parsed = cache::parse_entry_name(name);
  cache::Lookup found = parsed ? (*store)->get(*parsed) : cache::Lookup();
  if (found.miss == cache::Miss::kAbsent)
    return Status(StatusCode::kInvalidArgument,
                  fmt::format("there is no entry '{}' in {}", name, cache_dir));
  if (!found.entry) return Status(StatusCode::kIoError, std::move(found.reason));
  cache::Entry& entry = *found.entry;
  return CacheEntry{.name = std::string(name),
                    .kernel = std::move(entry.kernel),
                    .key_text = std::move(entry.what),
                    .builder = std::move(entry.builder),
                    .signed_by = signed_by(entry),
                    .cubin = std::move(entry.payload)};
}

Result<SignReport> cache_sign(const std::string& cache_dir, const Keys& keys) {
  if (keys.private_file.empty())
    return Status(StatusCode::kInvalidArgument, "there is no private key to sign with");
  Result<StorePtr> store = open_to_sign(cache_dir, keys);
  if (!store.ok()) return store.status();
  const Result<std::vector<cache::Store::Item>> items = (*store)->list();
  if (!items.ok()) return items.status();
  SignReport report;
  for (const cache::Store::Item& item : *items) {
    if (!item.problem.empty()) return Status(StatusCode::kIoError, item.problem);
    const Result<bool> anew = (*store)->sign(*cache::parse_entry_name(item.name));
    if (!anew.ok()) return anew.status();
    ++(*anew ? report.newly_signed : report.already_signed);
  }
  return report;
}

Status cache_remove(const std::string& cache_dir, std::string_view name) {
  Result<StorePtr> store = open_to_look(cache_dir);
  return store.ok() ? (*store)->remove(name) : store.status();
}

Result<CacheEviction> cache_evict(const std::string& cache_dir, const CacheEvictRequest& request) {
  Result<StorePtr> store = open_to_look(cache_dir);
  if (!store.ok()) return store.status();
  Result<cache::Store::Evicted> evicted = (*store)->evict(
      {.max_bytes = request.max_bytes, .to_bytes = request.max_bytes, .dry_run = request.dry_run});
  if (!evicted.ok()) return evicted.status();
  return CacheEviction{std::move(evicted->names), evicted->bytes, evicted->bytes_left};
}

Result<uint64_t> cache_clear(const std::string& cache_dir) {
  Result<StorePtr> store = open_to_look(cache_dir);
  if (!store.ok()) return store.status();
  return (*store)->clear();
}

}  // namespace jitgemm
