// Every field of every struct arrives at the other side of the C ABI. A field that is added to a
// struct fails a test here until the test names it: fields of C must all be set, and fields of C++
// are counted by a structured binding.
#include <gmock/gmock.h>

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <numeric>
#include <string>
#include <vector>

#include "src/c/translate.h"
#include "src/runtime/atomic_counters.h"
#include "tests/message.h"

namespace jitgemm {
namespace {

using ::testing::Each, ::testing::ElementsAre, ::testing::HasSubstr, ::testing::IsEmpty,
    ::testing::Ne;

// The fields of a C struct after struct_size. All fields of the ABI have eight bytes.
template <typename Struct>
std::vector<uint64_t> fields_of(const Struct& given) {
  static_assert(sizeof(Struct) % sizeof(uint64_t) == 0);
  const auto words = std::bit_cast<std::array<uint64_t, sizeof(Struct) / sizeof(uint64_t)>>(given);
  return {words.begin() + 1, words.end()};
}

// A struct of eight-byte fields whose values are all different: 101, 102, ..
template <typename Struct>
Struct numbered() {
  std::array<uint64_t, sizeof(Struct) / sizeof(uint64_t)> words;
  std::iota(words.begin(), words.end(), 101);
  return std::bit_cast<Struct>(words);
}

struct Told {
  std::vector<std::string> calls;
};
void tell_log(void* user, int level, const char* line) {
  static_cast<Told*>(user)->calls.push_back(std::to_string(level) + " " + line);
}
void tell_push(void* user, const char* name) { static_cast<Told*>(user)->calls.push_back(name); }
void tell_pop(void* user) { static_cast<Told*>(user)->calls.push_back("pop"); }

TEST(TranslateTest, EveryOptionArrives) {
  const char *dirs[] = {"dir 1", "dir 2"}, *key_files[] = {"key 1", "key 2", "key 3", "key 4"};
  const uint32_t owners[] = {7, 8, 9};
  Told log_told, ranges_told;
  const jitgemm_options given = {.struct_size = sizeof given,
                                 .cache_dir = "cache",
                                 .nvrtc_path = "nvrtc",
                                 .driver_path = "driver",
                                 .log = tell_log,
                                 .log_user = &log_told,
                                 .form = JITGEMM_FORM_NORMAL,
                                 .read_only_cache_dirs = dirs,
                                 .read_only_cache_dir_count = 2,
                                 .on_miss = JITGEMM_MISS_FAIL,
                                 .tuning_table = "table",
                                 .no_embedded_table = 1,
                                 .batch_invariant = 1,
                                 .trusted_cache_owners = owners,
                                 .trusted_cache_owner_count = 3,
                                 .cache_max_bytes = 12345,
                                 .cache_lock_dir = "locks",
                                 .public_key_files = key_files,
                                 .public_key_file_count = 4,
                                 .private_key_file = "private",
                                 .range_push = tell_push,
                                 .range_pop = tell_pop,
                                 .range_user = &ranges_told};
  EXPECT_THAT(fields_of(given), Each(Ne(0u)));
  const Result<Options> translated = c::translate(given);
  ASSERT_TRUE(translated.ok()) << message(translated.status());
  const auto& [cache_dir, nvrtc_path, driver_path, log, form, read_only_cache_dirs, on_miss,
               tuning_table, embedded_table, batch_invariant, trusted_cache_owners, cache_max_bytes,
               cache_lock_dir, keys, ranges] = *translated;
  EXPECT_EQ(cache_dir, "cache");
  EXPECT_EQ(nvrtc_path, "nvrtc");
  EXPECT_EQ(driver_path, "driver");
  EXPECT_EQ(form, Form::kNormal);
  EXPECT_THAT(read_only_cache_dirs, ElementsAre("dir 1", "dir 2"));
  EXPECT_EQ(on_miss, MissPolicy::kFail);
  EXPECT_EQ(tuning_table, "table");
  EXPECT_FALSE(embedded_table);
  EXPECT_TRUE(batch_invariant);
  EXPECT_THAT(trusted_cache_owners, ElementsAre(7, 8, 9));
  EXPECT_EQ(cache_max_bytes, 12345u);
  EXPECT_EQ(cache_lock_dir, "locks");
  EXPECT_THAT(keys.public_files, ElementsAre("key 1", "key 2", "key 3", "key 4"));
  EXPECT_EQ(keys.private_file, "private");
  log(LogLevel::kWarning, "line");
  EXPECT_THAT(log_told.calls, ElementsAre("2 line"));
  ranges.push("name");
  ranges.pop();
  EXPECT_THAT(ranges_told.calls, ElementsAre("name", "pop"));
}

TEST(TranslateTest, FieldsThatAreZeroMeanTheDefaults) {
  const Result<Options> options = c::translate(jitgemm_options{});
  ASSERT_TRUE(options.ok());
  EXPECT_TRUE(options->embedded_table);
  EXPECT_FALSE(options->batch_invariant);
  EXPECT_FALSE(options->log || options->ranges.push || options->ranges.pop);
  EXPECT_FALSE(c::translate(jitgemm_args{}).pdl);

  const auto prewarm = c::translate(jitgemm_prewarm_request{});
  ASSERT_TRUE(prewarm.ok());
  EXPECT_EQ(prewarm->gpu, "H200");
  EXPECT_EQ(prewarm->m_max, 8192);
  EXPECT_EQ(prewarm->jobs, 1);
  EXPECT_EQ(prewarm->shard, 1);
  EXPECT_EQ(prewarm->shards, 1);
  const auto prepare = c::translate(jitgemm_prepare_request{});
  ASSERT_TRUE(prepare.ok());
  EXPECT_EQ(prepare->m_max, 8192);
  EXPECT_EQ(prepare->threads, 1);
}

TEST(TranslateTest, EveryArgumentOfALaunchArrives) {
  const auto given = numbered<jitgemm_args>();
  const auto [m, a, lda, a_scale, b, ldb, b_scale, d, ldd, bias, pdl, on_miss] =
      c::translate(given);
  EXPECT_EQ(m, given.m);
  EXPECT_EQ(a, given.a);
  EXPECT_EQ(lda, given.lda);
  EXPECT_EQ(static_cast<int64_t>(a_scale.layout), given.a_scale_layout);
  EXPECT_EQ(a_scale.data, given.a_scale);
  EXPECT_EQ(a_scale.ld, given.a_scale_ld);
  EXPECT_EQ(b, given.b);
  EXPECT_EQ(ldb, given.ldb);
  EXPECT_EQ(b_scale, given.b_scale);
  EXPECT_EQ(d, given.d);
  EXPECT_EQ(ldd, given.ldd);
  EXPECT_EQ(bias, given.bias);
  EXPECT_TRUE(pdl);
  EXPECT_EQ(static_cast<int64_t>(on_miss), given.on_miss);
}

TEST(TranslateTest, EveryFieldOfAPrewarmRequestArrives) {
  const jitgemm_desc desc = {.struct_size = sizeof desc, .n = 11, .k = 22, .bias = 1};
  auto given = numbered<jitgemm_prewarm_request>();
  given.shapes = &desc;
  given.shape_count = 1;
  given.gpu = "some GPU";
  const Result<PrewarmRequest> translated = c::translate(given);
  ASSERT_TRUE(translated.ok()) << message(translated.status());
  const auto& [shapes, m_max, gpu, jobs, shard, shards, kernels, quantizers, verify] = *translated;
  EXPECT_TRUE(quantizers.empty());  // C++ only
  ASSERT_EQ(shapes.size(), 1u);
  EXPECT_EQ(shapes[0].n, 11);
  EXPECT_EQ(shapes[0].k, 22);
  EXPECT_EQ(m_max, given.m_max);
  EXPECT_EQ(gpu, "some GPU");
  EXPECT_EQ(jobs, given.jobs);
  EXPECT_EQ(shard, given.shard);
  EXPECT_EQ(shards, given.shards);
  EXPECT_THAT(kernels, IsEmpty());  // the C ABI has neither
  EXPECT_FALSE(verify);
}

TEST(TranslateTest, EveryFieldOfAPrepareRequestArrives) {
  const jitgemm_desc descs[] = {{.struct_size = sizeof descs[0], .n = 11, .k = 22, .bias = 1},
                                {.struct_size = sizeof descs[0], .n = 33, .k = 44, .bias = 2}};
  auto given = numbered<jitgemm_prepare_request>();
  given.shapes = descs;
  given.shape_count = 2;
  const Result<PrepareRequest> translated = c::translate(given);
  ASSERT_TRUE(translated.ok()) << message(translated.status());
  const auto& [shapes, m_max, threads] = *translated;
  ASSERT_EQ(shapes.size(), 2u);
  EXPECT_EQ(shapes[1].n, 33);
  EXPECT_EQ(m_max, given.m_max);
  EXPECT_EQ(threads, given.threads);
}

// Why a struct that is zero but for what `change` sets is refused.
template <typename Struct, typename Change>
std::string refusal_of(Change change) {
  Struct given = {};
  change(given);
  return message(c::translate(given).status());
}

TEST(TranslateTest, ArraysOfOptionsThatAreNullAreRefusedByName) {
  const char* strings[] = {"string", nullptr};
  using Given = jitgemm_options;
  EXPECT_EQ(refusal_of<Given>([](Given& given) { given.read_only_cache_dir_count = 1; }),
            "invalid argument: jitgemm_options.read_only_cache_dirs is NULL");
  EXPECT_EQ(refusal_of<Given>([](Given& given) { given.trusted_cache_owner_count = 1; }),
            "invalid argument: jitgemm_options.trusted_cache_owners is NULL");
  EXPECT_EQ(refusal_of<Given>([](Given& given) { given.public_key_file_count = 1; }),
            "invalid argument: jitgemm_options.public_key_files is NULL");
  EXPECT_EQ(refusal_of<Given>([&](Given& given) {
              given.read_only_cache_dirs = strings;
              given.read_only_cache_dir_count = 2;
            }),
            "invalid argument: jitgemm_options.read_only_cache_dirs[1] is NULL");
}

TEST(TranslateTest, ShapesThatAreNullOrOfTwoSizesAreRefusedByName) {
  const jitgemm_desc descs[] = {{.struct_size = sizeof descs[0], .n = 8, .k = 16, .bias = 0},
                                {.struct_size = sizeof descs[0] - 8, .n = 8, .k = 16, .bias = 0}};
  const auto no_shapes = [](auto& given) { given.shape_count = 1; };
  const auto two_sizes = [&](auto& given) {
    given.shapes = descs;
    given.shape_count = 2;
  };
  EXPECT_EQ(refusal_of<jitgemm_prewarm_request>(no_shapes),
            "invalid argument: jitgemm_prewarm_request.shapes is NULL");
  EXPECT_EQ(refusal_of<jitgemm_prepare_request>(no_shapes),
            "invalid argument: jitgemm_prepare_request.shapes is NULL");
  EXPECT_THAT(refusal_of<jitgemm_prewarm_request>(two_sizes),
              HasSubstr("jitgemm_prewarm_request.shapes[1].struct_size = 24 is not 32"));
  EXPECT_THAT(refusal_of<jitgemm_prepare_request>(two_sizes),
              HasSubstr("jitgemm_prepare_request.shapes[1].struct_size = 24 is not 32"));
}

TEST(TranslateTest, EveryCounterArrives) {
  AtomicCounters atomics;
  uint64_t value = 100;
  Counters expected;
#define JITGEMM_COUNTER(name, help) count(atomics.name, expected.name = ++value);
  JITGEMM_COUNTERS(JITGEMM_COUNTER)
#undef JITGEMM_COUNTER
  const Counters counters = atomics.snapshot();
  const jitgemm_counters translated = c::translate(counters);
  EXPECT_EQ(fields_of(translated).size(), value - 100);
  size_t index = 0;
#define JITGEMM_COUNTER(name, help)                 \
  EXPECT_EQ(counters.name, expected.name);          \
  EXPECT_EQ(translated.name, expected.name);        \
  EXPECT_STREQ(jitgemm_counter_name(index), #name); \
  EXPECT_EQ(fields_of(translated)[index++], expected.name);
  JITGEMM_COUNTERS(JITGEMM_COUNTER)
#undef JITGEMM_COUNTER
  EXPECT_EQ(jitgemm_counter_name(index), nullptr);
}

TEST(TranslateTest, EveryFieldOfAReportArrives) {
  PrewarmReport prewarm;
  prewarm.shapes = 1;
  prewarm.kernels = 2;
  prewarm.compiled = 3;
  prewarm.hit_disk = 4;
  prewarm.failed = 5;
  prewarm.seconds = 6;
  EXPECT_THAT(fields_of(c::translate(prewarm)),
              ElementsAre(1, 2, 3, 4, 5, std::bit_cast<uint64_t>(6.0)));
  PrepareReport prepare;
  prepare.shapes = 1;
  prepare.kernels = 2;
  prepare.ready = 3;
  prepare.failed = 4;
  prepare.seconds = 5;
  EXPECT_THAT(fields_of(c::translate(prepare)),
              ElementsAre(1, 2, 3, 4, std::bit_cast<uint64_t>(5.0)));
}

TEST(TranslateTest, EveryFieldOfARecordArrives) {
  const KernelRecord record = {.name = "name",
                               .shape = {.n = 1, .k = 2},
                               .form = Form::kNormal,
                               .device = 3,
                               .m_first = 4,
                               .m_last = 5,
                               .plan = "plan",
                               .origin = KernelOrigin::kDisk,
                               .compile_ms = 6,
                               .load_ms = 7,
                               .launches = 8};
  const jitgemm_kernel_record translated = c::translate(record);
  EXPECT_THAT(fields_of(translated), Each(Ne(0u)));
  EXPECT_STREQ(translated.name, "name");
  EXPECT_EQ(translated.n, 1);
  EXPECT_EQ(translated.k, 2);
  EXPECT_EQ(translated.form, JITGEMM_FORM_NORMAL);
  EXPECT_EQ(translated.device, 3);
  EXPECT_EQ(translated.m_first, 4);
  EXPECT_EQ(translated.m_last, 5);
  EXPECT_STREQ(translated.plan, "plan");
  EXPECT_EQ(translated.origin, JITGEMM_ORIGIN_DISK);
  EXPECT_EQ(translated.compile_ms, 6);
  EXPECT_EQ(translated.load_ms, 7);
  EXPECT_EQ(translated.launches, 8u);
}

}  // namespace
}  // namespace jitgemm
