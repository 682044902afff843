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

// Never makes the folder: inspection must not make a cache.
Result<StorePtr> open_existing(const std::string& cache_dir, const Keys& keys,
                               const cache::Owners& owners) {
  const Result<cache::Trust> trust = trust::open_trust(keys);
  if (!trust.ok()) return trust.status();
  Result<StorePtr> store =
      cache::Store::open_existing(cache_dir, {.owners = owners, .trust = *trust});
  if (store.ok()) return store;
  return Status(StatusCode::kIoError,
                fmt::format("cache_dir = '{}': {}", cache_dir, store.status().message()));
}

// Inspection never executes an entry, so files of any owner are accepted.
Result<StorePtr> open_to_inspect(const std::string& cache_dir, const Keys& keys = {}) {
  return open_existing(cache_dir, keys, {.anyone = true});
}

// Signing makes others trust an entry, so the signer must trust it already: by its owner, or by a
// signature of one of the public keys.
Result<StorePtr> open_to_sign(const std::string& cache_dir, const Keys& keys) {
  return open_existing(cache_dir, keys, {.anyone = !keys.public_files.empty()});
}

std::string signed_by(const cache::Entry& entry) {
  return entry.signature ? cache::fingerprint_text(*entry.signature) : std::string();
}

}  // namespace

Result<CacheStats> cache_stats(const std::string& cache_dir) {
  Result<StorePtr> store = open_to_inspect(cache_dir);
  if (!store.ok()) return store.status();
  const Result<cache::Store::Usage> usage = (*store)->usage();
  if (!usage.ok()) return usage.status();
  return CacheStats{.entries = usage->entries,
                    .bytes = usage->entry_bytes,
                    .temporary_files = usage->temporary_files,
                    .total_bytes = usage->bytes()};
}

Result<std::vector<CacheEntryInfo>> cache_list(const std::string& cache_dir, const Keys& keys) {
  Result<StorePtr> store = open_to_inspect(cache_dir, keys);
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
  Result<StorePtr> store = open_to_inspect(cache_dir, keys);
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
  Result<StorePtr> store = open_to_inspect(cache_dir);
  return store.ok() ? (*store)->remove(name) : store.status();
}

Result<CacheEviction> cache_evict(const std::string& cache_dir, const CacheEvictRequest& request) {
  Result<StorePtr> store = open_to_inspect(cache_dir);
  if (!store.ok()) return store.status();
  Result<cache::Store::Evicted> evicted = (*store)->evict(
      {.max_bytes = request.max_bytes, .to_bytes = request.max_bytes, .dry_run = request.dry_run});
  if (!evicted.ok()) return evicted.status();
  return CacheEviction{std::move(evicted->names), evicted->bytes, evicted->bytes_left};
}

Result<uint64_t> cache_clear(const std::string& cache_dir) {
  Result<StorePtr> store = open_to_inspect(cache_dir);
  return store.ok() ? (*store)->clear() : store.status();
}

}  // namespace jitgemm
