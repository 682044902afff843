// Library::kernels(), Library::prometheus() and Options::ranges.
#include <gmock/gmock.h>

#include <algorithm>
#include <mutex>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "src/api/prometheus.h"
#include "tests/runtime/library_fixture.h"

namespace jitgemm {
namespace {

using ::testing::AllOf, ::testing::Contains, ::testing::ElementsAre, ::testing::HasSubstr,
    ::testing::IsEmpty, ::testing::SizeIs;

class RecordsTest : public LibraryTest {
 protected:
  static KernelRecord record_of(const Library& library, const std::string& name) {
    for (const KernelRecord& record : library.kernels())
      if (record.name == name) return record;
    ADD_FAILURE() << "no record of " << name;
    return {};
  }
};

TEST_F(RecordsTest, AKernelTellsItsShapeItsRangeAndHowItCameAbout) {
  const Library library = open();
  const Gemm gemm = make_gemm(library);
  EXPECT_THAT(library.kernels(), IsEmpty());
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(gemm.prepare(1).ok());  // the second asks for nothing
  EXPECT_EQ(text_of(library.counters()), "miss=1 compiled=1 published=1");
  const KernelRecord record = record_of(library, gemm.kernel_name(1));
  EXPECT_EQ(record.shape.n, kShape.n);
  EXPECT_EQ(record.shape.k, kShape.k);
  EXPECT_EQ(record.form, Form::kSwapped);
  EXPECT_EQ(record.device, 0);
  EXPECT_EQ(record.m_first, 1);
  EXPECT_EQ(gemm.kernel_name(record.m_last), record.name);
  EXPECT_EQ(record.plan, "model");
  EXPECT_EQ(record.origin, KernelOrigin::kCompiled);
  EXPECT_EQ(record.compile_ms, 1.5);
  EXPECT_GT(record.load_ms, 0);
  EXPECT_EQ(record.launches, 0u);
}

TEST_F(RecordsTest, WhereAKernelCameFromIsTold) {
  use_two_devices();
  ASSERT_TRUE(make_gemm(open()).prepare(1).ok());
  const Library from_disk = open();
  ASSERT_TRUE(make_gemm(from_disk).prepare(1).ok());
  EXPECT_EQ(from_disk.kernels().at(0).origin, KernelOrigin::kDisk);
  EXPECT_EQ(from_disk.kernels().at(0).compile_ms, 0);

  Options given = options();
  given.cache_dir.clear();
  const Library in_memory = open(given);
  for (int device : {0, 1}) {
    driver.make_current(device);
    ASSERT_TRUE(make_gemm(in_memory).prepare(1).ok());
  }
  EXPECT_EQ(text_of(in_memory.counters()), "hit_memory=1 compiled=1");
  const std::vector<KernelRecord> kernels = in_memory.kernels();
  ASSERT_THAT(kernels, SizeIs(2));
  EXPECT_EQ(kernels[0].origin, KernelOrigin::kCompiled);
  EXPECT_EQ(kernels[1].origin, KernelOrigin::kMemory);
  EXPECT_EQ(kernels[1].compile_ms, 0);
  EXPECT_EQ(kernels[1].device, 1);
}

TEST_F(RecordsTest, AreSortedByDeviceAndThenByName) {
  use_two_devices();
  const Library library = open();
  for (int device : {1, 0}) {
    driver.make_current(device);
    ASSERT_TRUE(make_gemm(library).prepare(4096).ok());
  }
  std::vector<std::pair<int, std::string>> order;
  for (const KernelRecord& record : library.kernels())
    order.emplace_back(record.device, record.name);
  EXPECT_TRUE(order.size() > 2 && std::ranges::is_sorted(order));
}

TEST_F(RecordsTest, TheTableThatChoseAKernelIsNamed) {
  Options given = options();
  given.embedded_table = true;
  const Library library = open(given);
  const Gemm gemm = make_gemm(library);
  ASSERT_TRUE(gemm.prepare(1).ok());
  EXPECT_EQ(record_of(library, gemm.kernel_name(1)).plan, "the embedded table");
}

TEST_F(RecordsTest, AGenericKernelHasNoShapeAndOneRecord) {
  const Library library = open_with(MissPolicy::kBackground);
  make_gemm(library);
  ASSERT_TRUE(library.gemm({.n = 576, .k = 7168}).ok());
  const std::vector<KernelRecord> kernels = library.kernels();
  ASSERT_THAT(kernels, SizeIs(2));
  EXPECT_EQ(compiler->compiles(), 2);
  EXPECT_EQ(calls_of("cuLibraryLoadData"), 2);
  for (const KernelRecord& kernel : kernels) {
    EXPECT_EQ(kernel.shape.n, 0);
    EXPECT_EQ(kernel.plan, "generic");
    EXPECT_GT(kernel.m_last, 0);
  }
}

// ---- Prometheus ----

using PrometheusTest = RecordsTest;

TEST_F(PrometheusTest, OneKernelOnTwoDevicesIsTwoSeries) {
  const std::string text = prometheus_text(
      {}, {{.name = "a", .device = 0, .launches = 3}, {.name = "a", .device = 1, .launches = 4}});
  EXPECT_THAT(text, HasSubstr("kernel_launches_total{kernel=\"a\",device=\"1\"} 4\n"));
}

TEST_F(PrometheusTest, EveryLineIsOfTheFormatAndEverySeriesStandsOnceBelowItsFamily) {
  use_two_devices();
  const Library library = open();
  for (int device : {0, 1}) {
    driver.make_current(device);
    const Gemm gemm = make_gemm(library);
    ASSERT_TRUE(gemm.launch(some_args(7), kStream).ok());
    ASSERT_TRUE(gemm.launch(some_args(4096), kStream).ok());
  }
  const std::regex help("# HELP (jitgemm_[a-z_]+) [^\\\\]+"),
      type("# TYPE (jitgemm_[a-z_]+) (counter|gauge)"),
      sample("(jitgemm_[a-z_]+)(\\{([a-z_]+=\"[^\"\\\\]*\",?)+\\})? [0-9.e+-]+");
  std::string family, kind;
  std::set<std::string> families, series;
  std::istringstream text(library.prometheus());
  for (std::string line; std::getline(text, line);) {
    std::smatch match;
    if (std::regex_match(line, match, help)) {
      family = match[1];
      EXPECT_TRUE(families.insert(family).second) << line;
    } else if (std::regex_match(line, match, type)) {
      EXPECT_EQ(match[1], family);
      kind = match[2];
      EXPECT_EQ(kind == "counter", family.ends_with("_total")) << line;
    } else {
      ASSERT_TRUE(std::regex_match(line, match, sample)) << line;
      EXPECT_EQ(match[1], family);
      EXPECT_TRUE(series.insert(line.substr(0, line.rfind(' '))).second) << line;
    }
  }
  EXPECT_THAT(families, Contains("jitgemm_launches_total"));
  EXPECT_THAT(library.prometheus(),
              AllOf(HasSubstr("jitgemm_launches_total 4\n"), HasSubstr("device=\"1\"} 1\n")));
}

// Dashboards depend on these names.
TEST_F(PrometheusTest, EveryMetricHasItsNameAndItsType) {
  std::vector<std::string> types;
  std::istringstream text(prometheus_text({}, {}));
  for (std::string line; std::getline(text, line);)
    if (line.starts_with("# TYPE jitgemm_")) types.push_back(line.substr(15));
  EXPECT_THAT(
      types,
      ElementsAre(
          "hit_memory_total counter", "hit_disk_total counter", "miss_total counter",
          "damaged_total counter", "compiled_total counter", "compile_failed_total counter",
          "published_total counter", "publish_failed_total counter", "launches_total counter",
          "waits_total counter", "takeovers_total counter", "wait_timeouts_total counter",
          "locks_unavailable_total counter", "launches_generic_total counter",
          "refused_other_key_total counter", "refused_other_format_total counter",
          "refused_untrusted_total counter", "refused_irregular_total counter",
          "refused_by_driver_total counter", "read_failed_total counter",
          "folders_refused_total counter", "orphans_removed_total counter", "evicted_total counter",
          "refused_unsigned_total counter", "refused_unknown_key_total counter",
          "refused_signature_total counter", "kernel_launches_total counter",
          "kernel_compile_seconds gauge", "kernel_load_seconds gauge", "kernel_info gauge"));
}

TEST_F(PrometheusTest, EveryCounterHasItsValue) {
  Counters counters;
  uint64_t value = 100;
#define JITGEMM_COUNTER(name, help) counters.name = ++value;
  JITGEMM_COUNTERS(JITGEMM_COUNTER)
#undef JITGEMM_COUNTER
  const std::string text = prometheus_text(counters, {});
#define JITGEMM_COUNTER(name, help)                                          \
  EXPECT_THAT(text, HasSubstr("# HELP jitgemm_" #name "_total " help "\n")); \
  EXPECT_THAT(text, HasSubstr("\njitgemm_" #name "_total " + std::to_string(counters.name) + "\n"));
  JITGEMM_COUNTERS(JITGEMM_COUNTER)
#undef JITGEMM_COUNTER
}

TEST_F(PrometheusTest, ContextsOfOneDeviceAreAddedUpInSeconds) {
  const KernelRecord unplanned = {
      .name = "kernel", .device = 1, .compile_ms = 2000, .load_ms = 500, .launches = 3};
  KernelRecord planned = unplanned;
  planned.shape = {.n = 8, .k = 16};
  planned.m_first = 4;
  planned.m_last = 5;
  planned.plan = "model";
  planned.launches = 40;
  const std::string text = prometheus_text({}, {unplanned, planned});
  const std::string labels = "{kernel=\"kernel\",device=\"1\"} ";
  EXPECT_THAT(text, HasSubstr("jitgemm_kernel_launches_total" + labels + "43\n"));
  EXPECT_THAT(text, HasSubstr("jitgemm_kernel_compile_seconds" + labels + "4\n"));
  EXPECT_THAT(text, HasSubstr("jitgemm_kernel_load_seconds" + labels + "1\n"));
  EXPECT_THAT(text, HasSubstr("m_first=\"4\",m_last=\"5\",plan=\"model\""));
}

TEST_F(PrometheusTest, LabelsAreEscaped) {
  const std::string text = prometheus_text({}, {{.name = "kernel", .plan = "a\\b \"c\"\nd"}});
  EXPECT_THAT(text, HasSubstr("plan=\"a\\\\b \\\"c\\\"\\nd\""));
}

// ---- ranges ----

class RangesTest : public LibraryTest {
 protected:
  Options with_hooks() {
    Options given = options();
    given.ranges = {.push = [this](const char* name) { note(name); },
                    .pop = [this] { note("pop"); }};
    return given;
  }
  void note(const std::string& text) {
    std::lock_guard lock(mutex_);
    told_.push_back(text);
  }
  std::mutex mutex_;
  std::vector<std::string> told_;
};

TEST_F(RangesTest, ALaunchIsOneByTheNameOfItsKernelAndMakingItAreOthersBefore) {
  const Gemm gemm = make_gemm(open(with_hooks()));
  const std::string name = gemm.kernel_name(7);
  ASSERT_TRUE(gemm.launch(some_args(7), kStream).ok());
  EXPECT_THAT(told_, ElementsAre("jitgemm compile " + name, "pop", "jitgemm load " + name, "pop",
                                 name, "pop"));
  told_.clear();
  ASSERT_TRUE(gemm.launch(some_args(7), kStream).ok());
  EXPECT_THAT(told_, ElementsAre(name, "pop"));
}

TEST_F(RangesTest, PreparingIsOneAroundWhatItMakes) {
  ASSERT_TRUE(open(with_hooks()).prepare({.shapes = {kShape}, .m_max = 1}).ok());
  EXPECT_EQ(told_.front(), "jitgemm prepare");
  EXPECT_EQ(std::ranges::count(told_, "pop") * 2, static_cast<std::ptrdiff_t>(told_.size()));
}

TEST_F(RangesTest, OneHookWithoutTheOtherIsRefused) {
  for (const RangeHooks& one : {RangeHooks{.push = [](const char*) {}}, {.pop = [] {}}})
    EXPECT_EQ(message(Library::open({.ranges = one}).status()),
              "invalid argument: ranges has one of push and pop: both are needed");
}

}  // namespace
}  // namespace jitgemm
