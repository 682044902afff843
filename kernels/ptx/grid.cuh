// A kernel among its neighbours on the stream, and a warpgroup among those of its block.
#pragma once

#include <jitgemm/types.cuh>

namespace jitgemm {

// Until the kernel before this one has finished and its writes are visible. At once, unless
// launched with programmatic stream serialization.
JITGEMM_DEVICE void wait_for_predecessor() { asm volatile("griddepcontrol.wait;" ::: "memory"); }
// The kernel after this one may start its blocks.
JITGEMM_DEVICE void release_successor() {
  asm volatile("griddepcontrol.launch_dependents;" ::: "memory");
}

// Moves registers between warpgroups: `Count` per thread from here on. Every warp of the warpgroup
// calls it.
template <int Count>
JITGEMM_DEVICE void give_registers() {
  asm volatile("setmaxnreg.dec.sync.aligned.u32 %0;" ::"n"(Count));
}
template <int Count>
JITGEMM_DEVICE void take_registers() {
  asm volatile("setmaxnreg.inc.sync.aligned.u32 %0;" ::"n"(Count));
}

}  // namespace jitgemm
