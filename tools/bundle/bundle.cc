#include "tools/bundle/bundle.h"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <system_error>
#include <utility>
#include <vector>

#include "cache/entry_file.h"
#include "cache/file.h"
#include "cache/store.h"
#include "src/trust/trust.h"
#include "tools/bundle/reader.h"
#include "tools/bundle/writer.h"

namespace jitgemm::bundle {
namespace {

using StorePtr = std::shared_ptr<cache::Store>;

// Whose files are read does not matter where a signature says who made them, and only there: what
// is exported will be trusted.
cache::StoreOptions options(cache::Trust trust) {
  return {.owners = {.anyone = trust.verifier != nullptr}, .trust = std::move(trust)};
}

Status about(const std::string& file, const Status& status) {
  return {status.code(), fmt::format("bundle '{}' {}", file, status.message())};
}

// Whole, or not at all: a temporary file beside it takes its place.
Status write_file(const std::string& path, std::string_view bytes) {
  const std::filesystem::path name(path);
  const auto fs = cache::posix_file_system();
  cache::Folder folder;
  cache::Failure failure =
      cache::Folder::open(fs.get(), name.has_parent_path() ? name.parent_path() : ".", &folder);
  if (failure) return failure.status();
  const std::string file = name.filename();
  failure = cache::publish({folder, fmt::format(".{}.{:016x}.tmp", file, fs->random())},
                           {folder, file}, bytes);
  return failure ? failure.status() : Status();
}

// The header decides whether the rest is read.
Result<std::string> read_file(const std::string& path) {
  std::error_code error;
  const uint64_t size = std::filesystem::file_size(path, error);
  std::ifstream file(path, std::ios::binary);
  if (error || !file)
    return refused(error ? "cannot be read: " + error.message() : "cannot be read");
  const auto read = [&file](size_t count) {
    std::string bytes(count, '\0');
    file.read(bytes.data(), static_cast<std::streamsize>(count));
    bytes.resize(static_cast<size_t>(file.gcount()));
    return bytes;
  };
  std::string bytes = read(kHeaderBytes);
  const Result<Header> header = decode_header(bytes);
  if (!header.ok()) return header.status();
  if (size != header->file_bytes())
    return refused(fmt::format("is {} bytes, its header states {}", size, header->file_bytes()));
  return bytes + read(size - kHeaderBytes);
}

Status add_all(const cache::Store& store, Writer* writer) {
  const Result<std::vector<cache::Store::Item>> items = store.list();
  if (!items.ok()) return items.status();
  for (const cache::Store::Item& item : *items) {
    if (!item.problem.empty())
      return {StatusCode::kIoError, fmt::format("nothing is exported: {}", item.problem)};
    const cache::EntryName name = *cache::parse_entry_name(item.name);
    const cache::Lookup found = store.get(name);
    if (found.miss == cache::Miss::kAbsent) continue;  // taken away meanwhile
    if (!found.entry) return {StatusCode::kIoError, "nothing is exported: " + found.reason};
    if (Status status = writer->add(name, *found.entry); !status.ok()) return status;
  }
  return {};
}

bool same(const cache::Entry& one, const cache::Entry& other) {
  return one.payload == other.payload && one.signature == other.signature &&
         one.what == other.what && one.builder == other.builder && one.kernel == other.kernel;
}

Status put(const cache::Store& store, const cache::EntryName& name, const cache::Entry& entry,
           Report* report) {
  ++report->entries;
  const cache::Lookup found = store.get(name);
  if (found.entry && same(*found.entry, entry)) {
    ++report->already_there;
    return {};
  }
  return store.put(name, entry);
}

}  // namespace

Result<Report> export_bundle(const Paths& paths, const Keys& keys) {
  // Signed in the bundle, not in the folder: what is read there is demanded of it by public keys.
  const Result<cache::Trust> trust = trust::open_trust(keys);
  if (!trust.ok()) return trust.status();
  const Result<StorePtr> store =
      cache::Store::open_existing(paths.cache_dir, options({.verifier = trust->verifier}));
  if (!store.ok()) return store.status();
  Writer writer(trust->signer.get());
  if (Status status = add_all(**store, &writer); !status.ok()) return status;
  const Result<std::string> bytes = writer.finish();
  if (!bytes.ok()) return bytes.status();
  if (Status status = write_file(paths.file, *bytes); !status.ok()) return status;
  return Report{
      .entries = writer.entries(), .raw_bytes = writer.raw_bytes(), .file_bytes = bytes->size()};
}

Result<Report> import_bundle(const Paths& paths, const Keys& keys) {
  const Result<cache::Trust> trust = trust::open_trust(keys);
  if (!trust.ok()) return trust.status();
  const Result<std::string> bytes = read_file(paths.file);
  if (!bytes.ok()) return about(paths.file, bytes.status());
  const auto look = [](const cache::EntryName&, const cache::Entry&) { return Status(); };
  const Result<Header> header = read_bundle(*bytes, trust->verifier.get(), look);
  if (!header.ok()) return about(paths.file, header.status());

  const Result<StorePtr> store = cache::Store::open(paths.cache_dir, options(*trust));
  if (!store.ok()) return store.status();
  Report report{.raw_bytes = header->raw_bytes, .file_bytes = bytes->size()};
  const Result<Header> put_all = read_bundle(
      *bytes, trust->verifier.get(), [&](const cache::EntryName& name, const cache::Entry& entry) {
        return put(**store, name, entry, &report);
      });
  if (!put_all.ok()) return put_all.status();
  return report;
}

}  // namespace jitgemm::bundle
