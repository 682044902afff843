/* Exits 0 when the installed library answers through its C ABI. */
#include <jitgemm/jitgemm.h>

int main(void) {
  jitgemm_library* library = NULL;
  jitgemm_error* error = NULL;
  if (jitgemm_open(NULL, &library, &error) != JITGEMM_OK || error != NULL) return 1;

  jitgemm_counters counters = {.struct_size = sizeof counters};
  if (jitgemm_get_counters(library, &counters, &error) != JITGEMM_OK) return 2;

  jitgemm_counters unsized = {.struct_size = 0};
  if (jitgemm_get_counters(library, &unsized, &error) != JITGEMM_INVALID_ARGUMENT) return 3;
  if (jitgemm_error_message(error)[0] == '\0') return 4;
  jitgemm_error_free(error);

  jitgemm_close(library);
  return counters.launches == 0 ? 0 : 5;
}
