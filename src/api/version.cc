#include <jitgemm/version.h>

namespace jitgemm {

const char* version() { return JITGEMM_VERSION_STRING; }

}  // namespace jitgemm
