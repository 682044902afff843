// `prewarm` with more jobs than one process can use: child processes that compile one shard each.
//
// NVRTC parses one source at a time per process, so the threads of one process wait for each other:
// 180 kernels took 6.3 s with 16 threads of one process, 1.8 s with four processes of four threads.
#pragma once

#include <functional>

#include <jitgemm/library.h>
#include <jitgemm/status.h>

namespace jitgemm::cli {

using Prewarm = std::function<Result<PrewarmReport>(const PrewarmRequest&, const PrewarmProgress&)>;

// Calls `prewarm` in as many processes as the request needs for at most four jobs each: in this one
// if one is enough, else in children, which are forked and end with this process. So this process
// has no other thread and no Library. The report counts the kernels of a child that ended without a
// report as failed, with one error. Errors: of `prewarm` in a child, once; kIoError: a child cannot
// be started.
Result<PrewarmReport> prewarm_in_processes(const PrewarmRequest& request, const Prewarm& prewarm,
                                           const PrewarmProgress& progress);

}  // namespace jitgemm::cli
