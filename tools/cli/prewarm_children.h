// `prewarm` with more jobs than one process can use: child processes that compile one shard each.
//
// NVRTC parses one source at a time per process, so the threads of one process wait for each other:
// 180 kernels took 6.3 s with 16 threads of one process, 1.8 s with four processes of four threads.
//
// A child is this command with the same command line and three more options: --jobs, --shard and
// --report-to-parent. It writes JSON to its stdout: one line per kernel, then its report. Its log
// goes to the stderr of the parent. The system kills it when the parent ends, whatever the reason.
#pragma once

#include <string>
#include <vector>

#include <jitgemm/library.h>
#include <jitgemm/status.h>

namespace jitgemm::cli {

// How many processes the request needs for at most four jobs each. 1: this process does it.
int processes_for(const PrewarmRequest& request);

// Library::prewarm() in that many children. The report counts the kernels of a child that ended
// without a report as failed, with one error. Errors: of Library::prewarm() in a child, once;
// kIoError: a child cannot be started.
Result<PrewarmReport> prewarm_in_children(const std::vector<std::string>& command_line,
                                          const PrewarmRequest& request,
                                          const PrewarmProgress& progress);

// In a child: write to stdout what the parent reads.
void write_step(int64_t total, std::string_view kernel);
void write_report(const Result<PrewarmReport>& report);

}  // namespace jitgemm::cli
