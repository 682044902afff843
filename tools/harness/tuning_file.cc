#include "tools/harness/tuning_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <iterator>
#include <system_error>
#include <utility>

#include "kernels/layout.h"
#include "src/codegen/key.h"
#include "src/codegen/source.h"
#include "src/plan/plan.h"
#include "tools/harness/tuner.h"

namespace jitgemm::harness {
namespace {

// The first M for which a kernel that was tuned at m is better than the model's choice: up to one
// wave of tokens the first M above m / 2, as measured (kernels/notes/023); else the bucket's first.
int64_t first_served(int64_t m) {
  const int64_t bucket = plan::bucket_first(m);
  return m <= kWaveRows ? std::min(bucket, m / 2 + 1) : bucket;
}

}  // namespace

Result<TuningFile> TuningFile::open(const std::string& path, const plan::DeviceModel& device,
                                    std::vector<int64_t> m) {
  std::ifstream old(path, std::ios::binary);
  const std::string all{std::istreambuf_iterator<char>(old), {}};  // empty: there is no such file
  // A run that was killed may have left an incomplete last line.
  const size_t whole_lines =
      all.rfind('\n') == std::string::npos ? all.size() : all.rfind('\n') + 1;
  const std::string there = all.substr(0, whole_lines);
  Result<plan::TuningTable> table = plan::TuningTable::parse(there, path);
  if (!table.ok()) return table.status();
  TuningFile file(path, device, *std::move(table));
  file.m_ = std::move(m);
  std::error_code error;
  if (there.size() < all.size()) std::filesystem::resize_file(path, there.size(), error);
  if (error) return Status(StatusCode::kIoError, fmt::format("{}: {}", path, error.message()));
  file.file_.open(path, std::ios::binary | std::ios::app);
  Status status =
      file.write((there.empty() ? plan::table_header() : "") + plan::device_line(device.name));
  if (!status.ok()) return status;
  return file;
}

bool TuningFile::has(const GemmDesc& desc, int64_t m, bool pdl) const {
  const plan::TunedRange* line = table_.find(desc, m, plan::chain_of(pdl), device_);
  return line && line->m_last == m;
}

Status TuningFile::add(int64_t m, bool pdl, const Contender& winner) {
  plan::TunedRange line;
  line.device = device_.name;
  line.chain = plan::chain_of(pdl);
  line.config = winner.config;
  line.m_first = std::max(first_served(m), next_smaller(line, m) + 1);
  line.m_last = m;
  line.overlap = winner.overlap;
  line.us = winner.us;
  line.key = codegen::make_key(codegen::generate(winner.config)).what_digest;
  return write(line.text());
}

int64_t TuningFile::next_smaller(const plan::TunedRange& like, int64_t m) const {
  int64_t smaller = 0;
  for (int64_t other : m_)
    if (other < m) smaller = std::max(smaller, other);
  for (const plan::TunedRange& line : table_.lines())
    if (line.device == like.device && line.chain == like.chain && line.config.n == like.config.n &&
        line.config.k == like.config.k && line.m_last < m)
      smaller = std::max(smaller, line.m_last);
  return smaller;
}

Status TuningFile::write(const std::string& text) {
  if (file_ << text << std::flush) return {};
  return {StatusCode::kIoError, fmt::format("{}: {}", path_, std::strerror(errno))};
}

}  // namespace jitgemm::harness
