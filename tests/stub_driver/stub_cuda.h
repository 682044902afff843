// A CUDA driver for tests: no GPU behind it, exact about what it is asked. Opened in place of
// libcuda by its path (JITGEMM_STUB_DRIVER). It refuses what the real one refuses: a call before
// cuInit or without a context, loading while a stream is captured, a box that the copy engine
// cannot take, more shared memory than was granted, a cluster that does not divide the grid, a
// kernel whose library is gone. Every call is recorded, refused ones too.
//
// This is the part that the real driver does not have, what tests set and read: C functions that
// are found by dlsym in the opened library. stub_driver.h does that for C++.
//
// Thread rule: everything may be called from any thread. A context is current per thread, as in the
// real driver; each device has one, its primary context.
#pragma once

#include <cuda.h>
#include <stddef.h>

#include <array>

#include "kernels/params.h"

extern "C" {

struct stub_device {
  const char* name;
  int sms;
  int compute_major, compute_minor;
};

// What cuTensorMapEncodeTiled was asked for. The stub's tensor maps are this struct, so that a
// launch tells what its kernel would see. One that is all zeros was never encoded.
struct stub_tensor_map {
  unsigned long long address;
  unsigned long long columns, rows;  // elements
  unsigned long long row_stride;     // bytes
  unsigned box_columns, box_rows;    // elements
  CUtensorMapDataType type;
  CUtensorMapSwizzle swizzle;
  CUtensorMapL2promotion promotion;
  CUtensorMapFloatOOBfill fill;
};

struct stub_launch {
  int device;
  std::array<unsigned, 3> grid, block;
  std::array<unsigned, 3> cluster;  // {1, 1, 1} without the attribute
  bool pdl;                         // programmatic stream serialization
  unsigned attributes;              // how many
  unsigned shared_bytes;
  CUstream stream;
  size_t library;        // the number of the kernel's library, from 1 on
  int loaded_by_launch;  // 1: nobody had loaded the kernel in this context, so the launch did
  stub_tensor_map a, b, d;
  jitgemm::Params params;
};

// As just loaded: no kernel may be alive. One H200, nothing recorded, no failure, recording on; no
// context current in this thread. Where the environment has
// STUB_CUDA_DEVICES="name,sms,major,minor;...", those are the devices (empty: none).
void stub_reset();

void stub_set_devices(const stub_device* devices, int count);

// Makes the primary context of a device current in the calling thread; -1: none.
void stub_make_current(int device);

// Starts a capture of a stream (not the default one, which cannot be captured) that forbids loading
// to every thread that is not in relaxed mode. Ends it: 1 if it was still valid.
void stub_begin_capture(CUstream stream);
int stub_end_capture(CUstream stream);

// Makes calls number first .. first + count - 1 of a function, counted from now and from 1, fail
// with `error`; count 0: all from `first` on. A function has one failure, the latest.
void stub_fail(const char* function, CUresult error, int first, int count);

// With recording off, calls are served and not recorded, and a launch allocates nothing.
void stub_set_recording(int on);

// While idle, tensor maps and launches succeed at once: nothing is looked at, recorded or locked.
// What is left of a launch is the library's own part.
void stub_set_idle(int on);

// The calls so far, in order, as text: "cuLibraryUnload(library 1)". Asking for an error's name is
// no call. stub_call writes at most `capacity` bytes, NUL included, and returns the length of the
// whole text.
size_t stub_calls();
size_t stub_call(size_t index, char* text, size_t capacity);

// The launches that succeeded. stub_get_launch returns 0 when there is none of that index.
size_t stub_launches();
int stub_get_launch(size_t index, stub_launch* launch);

// Libraries that were loaded and not unloaded.
size_t stub_live_libraries();

// What library number `library`, from 1 on, was loaded from, also when it is gone: an ELF file in
// its whole size, anything else up to its first NUL. Returns the size of the whole image, 0 when
// there is none.
size_t stub_image(size_t library, char* bytes, size_t capacity);

}  // extern "C"
