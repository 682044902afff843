/* The tests of the C ABI: written in C, run by GoogleTest. Each name here is a function
 * `void check_<name>(const c_api_fixture*)` in a c_api_*test.c and a TEST in c_api_test.cc. */
#pragma once

#define C_API_CHECKS(CHECK)                           \
  CHECK(HasTheVersionOfItsHeaders)                    \
  CHECK(OpensWithoutOptions)                          \
  CHECK(NullErrorsAreHarmless)                        \
  CHECK(RefusesAStructThatIsTooLargeByName)           \
  CHECK(RefusesAReadOnlyFolderThatIsNull)             \
  CHECK(RefusesAKeyFileThatIsNone)                    \
  CHECK(RefusesOwnersThatAreNull)                     \
  CHECK(AFolderThatCannotBeUsedIsCounted)             \
  CHECK(RefusesAStructWithoutASize)                   \
  CHECK(AcceptsAnOlderSmallerStruct)                  \
  CHECK(RefusesAnUnknownForm)                         \
  CHECK(RefusesNullHandlesByName)                     \
  CHECK(RefusesABadShapeByField)                      \
  CHECK(NamesAMissingDriver)                          \
  CHECK(LaunchesFromAWarmCache)                       \
  CHECK(AMissFailsWhereThePolicySaysSo)               \
  CHECK(AMissIsServedGenericallyWhereThePolicySaysSo) \
  CHECK(RefusesAnUnknownScaleLayout)                  \
  CHECK(ZeroTokensLaunchNothing)                      \
  CHECK(RefusesABufferTooSmallForAName)               \
  CHECK(GemmOutlivesItsLibrary)                       \
  CHECK(CountersFillOnlyTheCallersStruct)             \
  CHECK(LogsToTheCaller)                              \
  CHECK(PrewarmNamesWhatIsMissing)                    \
  CHECK(PrewarmNeedsACacheDirectory)                  \
  CHECK(PrewarmRefusesAShardThatIsNone)               \
  CHECK(PrepareAllMakesEveryGemmReady)                \
  CHECK(PrepareAllFillsItsReportWhenKernelsFail)      \
  CHECK(PrepareAllRefusesBadRequestsByName)           \
  CHECK(ListsWhatIsLoaded)                            \
  CHECK(RefusesARecordBeyondTheLast)                  \
  CHECK(GivesTextForPrometheus)                       \
  CHECK(TellsTheCallerOfRanges)                       \
  CHECK(TellsTheCallerOfEveryFailedKernel)            \
  CHECK(NamesTheKernelOfLaunchesWithPdl)

#ifdef __cplusplus
extern "C" {
#endif

typedef struct c_api_fixture {
  const char*
      driver_path;        /* a driver that launches nothing, with one GPU; its context is current */
  const char* warm_cache; /* a cache directory that has every kernel of n2112_k7168 up to m = 64 */
  void (*fail)(const char* file, int line, const char* text);
} c_api_fixture;

#define DECLARE(name) void check_##name(const c_api_fixture* fixture);
C_API_CHECKS(DECLARE)
DECLARE(LaunchesPlainlyThenWithPdl) /* what the driver got is for the caller to see */
#undef DECLARE

#ifdef __cplusplus
}
#endif
