// The part of `bench --help` that explains how times are measured and what each column holds.
#pragma once

namespace jitgemm::cli {

extern const char kBenchHelp[];

}  // namespace jitgemm::cli
