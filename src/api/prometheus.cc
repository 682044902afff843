#include "src/api/prometheus.h"

#include <fmt/format.h>

#include <iterator>
#include <string_view>

namespace jitgemm {
namespace {

struct CounterMetric {
  const char *name, *help;
  uint64_t Counters::*value;
};
constexpr CounterMetric kCounterMetrics[] = {
#define JITGEMM_COUNTER(name, help) {#name "_total", help, &Counters::name},
    JITGEMM_COUNTERS(JITGEMM_COUNTER)
#undef JITGEMM_COUNTER
};

void write_header(std::string_view name, std::string_view type, std::string_view help,
                  std::string* text) {
  fmt::format_to(std::back_inserter(*text), "# HELP jitgemm_{0} {2}\n# TYPE jitgemm_{0} {1}\n",
                 name, type, help);
}

// The value of a label. A table's path may hold the characters that the format escapes.
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

constexpr const char* kForms[] = {"quantizer", "swapped", "normal"};  // by Form
constexpr const char* kOrigins[] = {"compiled", "disk", "memory"};    // by KernelOrigin

// Adds up the contexts of a device, because a series must not occur twice. Records are sorted by
// device and name.
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
      labels(kernel), kernel.shape.n, kernel.shape.k, kForms[static_cast<int>(kernel.form)],
      kernel.m_first, kernel.m_last, escaped(kernel.plan),
      kOrigins[static_cast<int>(kernel.origin)]);
}

// A metric that has one series per kernel.
struct KernelMetric {
  const char *name, *type, *help;
  std::string (*labels)(const KernelRecord&);
  double (*value)(const KernelRecord&);
};
constexpr KernelMetric kKernelMetrics[] = {
    {"kernel_launches_total", "counter", "Launches of a kernel", labels,
     [](const KernelRecord& kernel) { return static_cast<double>(kernel.launches); }},
    {"kernel_compile_seconds", "gauge", "Time to compile a kernel", labels,
     [](const KernelRecord& kernel) { return 1e-3 * kernel.compile_ms; }},
    {"kernel_load_seconds", "gauge", "Time to load a kernel", labels,
     [](const KernelRecord& kernel) { return 1e-3 * kernel.load_ms; }},
    {"kernel_info", "gauge", "A loaded kernel and what chose it", info_labels,
     [](const KernelRecord&) { return 1.0; }},
};

}  // namespace

std::string prometheus_text(const Counters& counters, const std::vector<KernelRecord>& kernels) {
  std::string text;
  for (const CounterMetric& metric : kCounterMetrics) {
    write_header(metric.name, "counter", metric.help, &text);
    fmt::format_to(std::back_inserter(text), "jitgemm_{} {}\n", metric.name,
                   counters.*metric.value);
  }
  const std::vector<KernelRecord> distinct = one_per_device(kernels);
  for (const KernelMetric& metric : kKernelMetrics) {
    write_header(metric.name, metric.type, metric.help, &text);
    for (const KernelRecord& kernel : distinct)
      fmt::format_to(std::back_inserter(text), "jitgemm_{}{{{}}} {}\n", metric.name,
                     metric.labels(kernel), metric.value(kernel));
  }
  return text;
}

}  // namespace jitgemm
