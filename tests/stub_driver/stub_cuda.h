// A CUDA driver for tests: no GPU behind it, exact about what it is asked. Opened in place of
// libcuda by its path (paths::kStubDriver). It refuses what the real one refuses: a call before
// cuInit or without a context, loading while a stream is captured, a box that TMA cannot copy, more
// shared memory than was granted, a cluster that does not divide the grid, a kernel whose library
// was unloaded. Every call is recorded, refused ones too.
//
// This header has the functions that the real driver does not have, with which tests set and read
// the stub. Tests find them with dlsym in the opened library; stub_driver.h does that for C++.
//
// Thread rule: everything may be called from any thread. A context is current per thread, as in the
// real driver. Each device has its primary context, and those that a test creates.
#pragma once

#include <cuda.h>
#include <stddef.h>

#include <array>

#include "kernels/params.h"
#include "kernels/quantize.h"

extern "C" {

struct stub_device {
  const char* name;
  int sms;
  int compute_major, compute_minor;
};

// The arguments of cuTensorMapEncodeTiled. The stub's tensor maps are this struct, so that a launch
// shows what its kernel would see. A map of zeros was never encoded.
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
  int loaded_by_launch;  // 1: the kernel was not loaded in this context, so the launch loaded it
  stub_tensor_map a, b, d, s;
  jitgemm::Params params;
  bool quantizer;  // then `quantize` is set, and the maps and `params` are not
  jitgemm::QuantizeParams quantize;
};

// Sets the stub to its first state: one H200, nothing recorded, no failure, recording on, and no
// context current in this thread. No kernel may be loaded. The environment variable
// STUB_CUDA_DEVICES="name,sms,major,minor;..." sets other devices (empty: no device).
void stub_reset();

void stub_set_devices(const stub_device* devices, int count);

// Makes the primary context of a device current in the calling thread; -1: none.
void stub_make_current(int device);

// Another context of a device. It gets the address of a destroyed one of that device, if there is
// one, and an id of its own.
CUcontext stub_create_context(int device);
void stub_destroy_context(CUcontext context);
void stub_make_context_current(CUcontext context);

// Starts a capture of a stream (not the default one, which cannot be captured) that forbids loading
// to every thread that is not in relaxed mode. Ends it: 1 if it was still valid.
void stub_begin_capture(CUstream stream);
int stub_end_capture(CUstream stream);

// Makes calls number first .. first + count - 1 of a function, counted from now and from 1, fail
// with `error`; count 0: all from `first` on. A function has one failure, the latest.
void stub_fail(const char* function, CUresult error, int first, int count);

// With recording off, calls are served and not recorded, and a launch allocates nothing.
void stub_set_recording(int on);

// While idle, the calls of a prepared launch succeed at once, without checks, records or locks. The
// time of a launch is then the library's own part.
void stub_set_idle(int on);

// The calls so far, in order, as text: "cuLibraryUnload(library 1)", without those for the names of
// errors. stub_call writes at most `capacity` bytes, NUL included, and returns the length of the
// whole text.
size_t stub_calls();
size_t stub_call(size_t index, char* text, size_t capacity);

// The launches that succeeded. stub_get_launch returns 0 when there is none of that index.
size_t stub_launches();
int stub_get_launch(size_t index, stub_launch* launch);

// Libraries that were loaded and not unloaded.
size_t stub_live_libraries();

// The image that library number `library`, from 1 on, was loaded from, also after its unloading: a
// whole ELF file, or a text up to its NUL. Returns the size of the whole image, or 0 if there is no
// such library.
size_t stub_image(size_t library, char* bytes, size_t capacity);

}  // extern "C"
