#include "src/api/prometheus.h"

#include <fmt/format.h>

#include <iterator>
#include <string_view>

namespace jitgemm {
namespace {

struct Family {
  const char* name;
  uint64_t Counters::*value;
  const char* help;
};
constexpr Family kCounters[] = {
    {"hit_memory", &Counters::hit_memory, "Kernels that were loaded already or being made"},
    {"hit_disk", &Counters::hit_disk, "Kernels found in the cache"},
    {"miss", &Counters::miss, "Kernels not found in the cache"},
    {"damaged", &Counters::damaged, "Cache entries that did not verify"},
    {"compiled", &Counters::compiled, "Compiles that succeeded"},
    {"compile_failed", &Counters::compile_failed, "Compiles that failed"},
    {"published", &Counters::published, "Cache entries written"},
    {"publish_failed", &Counters::publish_failed, "Cache entries that could not be written"},
    {"launches", &Counters::launches, "Launches"},
    {"waits", &Counters::waits, "Kernels waited for while another process made them"},
    {"takeovers", &Counters::takeovers, "Of these, in vain: the other one died or failed"},
    {"wait_timeouts", &Counters::wait_timeouts, "Of these, for too long"},
    {"locks_unavailable", &Counters::locks_unavailable,
     "Kernels made without knowing whether another process does"},
    {"launches_generic", &Counters::launches_generic, "Launches that a generic kernel served"},
    {"refused_other_key", &Counters::refused_other_key, "Cache entries of another key or compiler"},
    {"refused_other_format", &Counters::refused_other_format, "Cache entries of an unknown format"},
    {"refused_untrusted", &Counters::refused_untrusted, "Cache entries refused by owner or mode"},
    {"refused_irregular", &Counters::refused_irregular, "Cache entries that are no regular file"},
    {"refused_by_driver", &Counters::refused_by_driver, "Cache entries that the driver refused"},
    {"read_failed", &Counters::read_failed, "Cache entries that could not be read"},
    {"set_aside", &Counters::set_aside, "Refused cache entries kept for a look"},
    {"folders_refused", &Counters::folders_refused,
     "Cache folders that were not usable or trusted"},
    {"orphans_removed", &Counters::orphans_removed, "Temporary files of dead processes removed"},
    {"evicted", &Counters::evicted, "Cache entries removed for the limit of bytes"},
    {"refused_unsigned", &Counters::refused_unsigned, "Cache entries without a signature"},
    {"refused_unknown_key", &Counters::refused_unknown_key, "Cache entries signed by another key"},
    {"refused_signature", &Counters::refused_signature, "Cache entries whose signature is false"},
};
static_assert(sizeof(Counters) == std::size(kCounters) * sizeof(uint64_t), "one is left out");

void open_family(std::string_view name, std::string_view type, std::string_view help,
                 std::string* text) {
  fmt::format_to(std::back_inserter(*text), "# HELP jitgemm_{0} {2}\n# TYPE jitgemm_{0} {1}\n",
                 name, type, help);
}

// The value of a label: a path may hold what the format gives a meaning to.
std::string escaped(std::string_view value) {
  std::string text;
  for (char c : value) {
    if (c == '\\' || c == '"') text += '\\';
    if (c == '\n')
      text += "\\n";
    else
      text += c;
  }
  return text;
}

const char* word(KernelOrigin origin) {
  switch (origin) {
    case KernelOrigin::kCompiled: return "compiled";
    case KernelOrigin::kDisk: return "disk";
    case KernelOrigin::kMemory: return "memory";
  }
  return "unknown";
}

// Of several contexts of a device, one record: a series must not stand twice.
std::vector<KernelRecord> one_per_device(const std::vector<KernelRecord>& kernels) {
  std::vector<KernelRecord> distinct;
  for (const KernelRecord& kernel : kernels) {
    if (distinct.empty() || distinct.back().name != kernel.name ||
        distinct.back().device != kernel.device) {
      distinct.push_back(kernel);
      continue;
    }
    KernelRecord& sum = distinct.back();
    if (sum.plan.empty()) {
      sum.plan = kernel.plan;
      sum.m_first = kernel.m_first;
      sum.m_last = kernel.m_last;
    }
    sum.compile_ms += kernel.compile_ms;
    sum.load_ms += kernel.load_ms;
    sum.launches += kernel.launches;
  }
  return distinct;
}

std::string labels(const KernelRecord& kernel) {
  return fmt::format("kernel=\"{}\",device=\"{}\"", escaped(kernel.name), kernel.device);
}

std::string info_labels(const KernelRecord& kernel) {
  return fmt::format(
      "{},n=\"{}\",k=\"{}\",form=\"{}\",m_first=\"{}\",m_last=\"{}\",plan=\"{}\",origin=\"{}\"",
      labels(kernel), kernel.shape.n, kernel.shape.k,
      kernel.form == Form::kSwapped ? "swapped" : "normal", kernel.m_first, kernel.m_last,
      escaped(kernel.plan), word(kernel.origin));
}

}  // namespace

std::string prometheus_text(const Counters& counters, const std::vector<KernelRecord>& kernels) {
  std::string text;
  const auto line = [&](std::string_view name, const std::string& of, auto value) {
    fmt::format_to(std::back_inserter(text), "jitgemm_{}{{{}}} {}\n", name, of, value);
  };
  for (const Family& family : kCounters) {
    const std::string name = fmt::format("{}_total", family.name);
    open_family(name, "counter", family.help, &text);
    fmt::format_to(std::back_inserter(text), "jitgemm_{} {}\n", name, counters.*family.value);
  }
  const std::vector<KernelRecord> distinct = one_per_device(kernels);
  open_family("kernel_launches_total", "counter", "Launches of a kernel", &text);
  for (const KernelRecord& kernel : distinct)
    line("kernel_launches_total", labels(kernel), kernel.launches);
  open_family("kernel_compile_seconds", "gauge", "Time to compile a kernel", &text);
  for (const KernelRecord& kernel : distinct)
    line("kernel_compile_seconds", labels(kernel), 1e-3 * kernel.compile_ms);
  open_family("kernel_load_seconds", "gauge", "Time to load a kernel", &text);
  for (const KernelRecord& kernel : distinct)
    line("kernel_load_seconds", labels(kernel), 1e-3 * kernel.load_ms);
  open_family("kernel_info", "gauge", "A loaded kernel and what chose it", &text);
  for (const KernelRecord& kernel : distinct) line("kernel_info", info_labels(kernel), 1);
  return text;
}

}  // namespace jitgemm
