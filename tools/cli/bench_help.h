// What `bench --help` says of the way it measures, and of each column that it writes.
#pragma once

namespace jitgemm::cli {

extern const char kBenchHelp[];

}  // namespace jitgemm::cli
