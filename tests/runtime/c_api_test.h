/* The tests of the C ABI, written in C and run by GoogleTest. Each name here is a function
 * `void check_<name>(const c_api_fixture*)` in a c_api_*test.c and a TEST in c_api_test.cc. */
#pragma once

#define C_API_CHECKS(CHECK)                    \
  CHECK(HasTheVersionOfItsHeaders)             \
  CHECK(OpensWithoutOptions)                   \
  CHECK(NullErrorsAreHarmless)                 \
  CHECK(RefusesAStructOfAWrongSizeByName)      \
  CHECK(AcceptsAnOlderSmallerStruct)           \
  CHECK(RefusesAnUnknownForm)                  \
  CHECK(RefusesNullHandlesByName)              \
  CHECK(RefusesABadShapeByField)               \
  CHECK(LaunchesFromAWarmCache)                \
  CHECK(LaunchesWithABias)                     \
  CHECK(AMissFailsWhereThePolicySaysSo)        \
  CHECK(RefusesABufferTooSmallForAName)        \
  CHECK(GemmOutlivesItsLibrary)                \
  CHECK(CountersFillOnlyTheCallersStruct)      \
  CHECK(PrewarmNamesWhatIsMissing)             \
  CHECK(PrewarmFillsItsReport)                 \
  CHECK(PrepareAllMakesEveryGemmReady)         \
  CHECK(PrepareAllReportsEveryKernelThatFails) \
  CHECK(PrepareAllRefusesBadRequestsByName)    \
  CHECK(ListsWhatIsLoaded)                     \
  CHECK(RefusesARecordBeyondTheLast)           \
  CHECK(GivesTextForPrometheus)                \
  CHECK(NamesTheKernelOfLaunchesWithPdl)

#ifdef __cplusplus
extern "C" {
#endif

#define PLAIN_KERNEL "n2112_k7168_swapped_t8x64_s4_k2_p3_w1_b3"
#define PDL_KERNEL "n2112_k7168_swapped_t8x64_s8_k2_p3_w1_b3"

typedef struct c_api_fixture {
  const char*
      driver_path;        /* a driver that launches nothing, with one GPU; its context is current */
  const char* warm_cache; /* a cache directory that has every kernel of n2112_k7168 up to m = 64 */
  const char* empty_cache;  /* a cache directory without kernels */
  const char* nvrtc_path;   /* an NVRTC that compiles anything */
  const char* tuning_table; /* for m = 1..8 of n2112_k7168: PLAIN_KERNEL, and PDL_KERNEL with pdl */
  const void* (*bias)(void); /* that the last launch gave its kernel */
  void (*fail)(const char* file, int line, const char* text);
} c_api_fixture;

#define DECLARE(name) void check_##name(const c_api_fixture* fixture);
C_API_CHECKS(DECLARE)
#undef DECLARE

#ifdef __cplusplus
}
#endif
