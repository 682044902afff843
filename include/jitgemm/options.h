// Options of Library::open(). The C ABI (jitgemm_options), the Python package and the `jitgemm`
// command offer the same options; tests compare their lists with this struct.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <jitgemm/gemm.h>
#include <jitgemm/keys.h>
#include <jitgemm/log.h>

namespace jitgemm {

// Called before and after each launch (with its kernel's name), compile, load and call of prepare()
// or prewarm(), from the thread that does it, so that a profiler can show them as ranges (with
// nvtxRangePushA and nvtxRangePop, for example). The hooks must not throw or call the library.
struct RangeHooks {
  std::function<void(const char* name)> push = {};
  std::function<void()> pop = {};
};

struct Options {
  std::string cache_dir = {};   // folder of compiled kernels, made when missing; empty: memory only
  std::string nvrtc_path = {};  // libnvrtc to open; empty: the usual names (see `jitgemm doctor`)
  std::string driver_path = {};  // libcuda to open; empty: libcuda.so.1
  LogSink log = {};              // empty: no log
  Form form = Form::kAuto;  // restricts the planner to one kernel form, for tests and comparisons

  // Folders that are searched before cache_dir, in this order, and never written: a layer of a
  // container image or a network share, for example. A cache_dir that cannot be written is used in
  // the same way, after them.
  std::vector<std::string> read_only_cache_dirs = {};
  MissPolicy on_miss = MissPolicy::kDefault;  // for launches whose GemmArgs name none
  std::string tuning_table = {};              // file of `jitgemm tune`, read by open(); empty: none
  bool embedded_table = true;  // false: the planner does not ask the library's own tuning table
  // The bits of a row of D depend neither on M nor on the other rows. K is then split in the same
  // way for every M of a shape, which costs time if few and many tokens need different splits.
  bool batch_invariant = false;

  // User ids. A cache holds code that will run, so a cache folder or an entry is used only when its
  // owner is this process's user, root, or one of these, and only the owner can write it.
  std::vector<uint32_t> trusted_cache_owners = {};
  // Size limit of cache_dir in bytes, temporary files included; 0: no limit. Above it, the least
  // recently used entries are evicted. The entry that is being written may exceed it.
  uint64_t cache_max_bytes = 0;
  // Folder where the processes of this host lock a kernel that they compile, if cache_dir is on a
  // network file system or has no locks. Empty: `jitgemm-<user id>` in /run/user/<user id>, or else
  // in /tmp.
  std::string cache_lock_dir = {};
  // Signed mode, for cache folders of any owner. open() reads the key files.
  Keys keys = {};
  RangeHooks ranges = {};  // set both hooks or neither
};

}  // namespace jitgemm
