// Paths of what the tests read, open or run. tests/CMakeLists.txt generates the definitions: as
// compiler options, the paths would defeat a compiler cache that several checkouts share.
#pragma once

namespace jitgemm::paths {

extern const char* const kSource;  // the root of the checkout

extern const char* const kLibrary;  // libjitgemm.so
extern const char* const kCli;
extern const char* const kDecodeServer;

extern const char* const kStubDriver;
extern const char* const kStubDriverIncomplete;
extern const char* const kFakeNvrtcOld;    // version 11.8
extern const char* const kFakeNvrtcAlone;  // version 99.0: no builtins, no build id
extern const char* const kFakeNvrtc129;    // version 12.9, the first with a cache of its own
extern const char* const kSlowNvrtc;

extern const char* const kExitProgram;
extern const char* const kLoopProgram;
extern const char* const kOldClient;
extern const char* const kCacheTool;

}  // namespace jitgemm::paths
