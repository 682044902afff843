// A launch by the C++ API for a Python test, which compares the results. It uses a second copy of
// the library.
#include <jitgemm/jitgemm.h>
#include <jitgemm/library.h>

#include <cstdint>
#include <cstdio>
#include <string>

namespace {

using namespace jitgemm;

Status launch(const Options& options, const GemmDesc& desc, const jitgemm_args& args,
              Stream stream) {
  Result<Library> library = Library::open(options);
  if (!library.ok()) return library.status();
  Result<Gemm> gemm = library->gemm(desc);
  if (!gemm.ok()) return gemm.status();
  const AScale a_scale{static_cast<ScaleLayout>(args.a_scale_layout), args.a_scale,
                       args.a_scale_ld};
  const Gemm& kept = *new Gemm(*gemm);  // never freed, because the launch may still be running
  return kept.launch({.m = args.m,
                      .a = args.a,
                      .a_scale = a_scale,
                      .b = args.b,
                      .b_scale = args.b_scale,
                      .d = args.d,
                      .pdl = args.pdl != 0},
                     stream);
}

}  // namespace

// Rows are contiguous. Returns 0, or 1 with the reason on stderr. Thread rule: one call at a time.
extern "C" __attribute__((visibility("default"))) int launch_in_cpp(int64_t n, int64_t k,
                                                                    const jitgemm_args* args,
                                                                    void* stream,
                                                                    const char* cache_dir,
                                                                    const char* nvrtc) {
  const Options options{.cache_dir = cache_dir, .nvrtc_path = nvrtc};
  const Status status = launch(options, {.n = n, .k = k}, *args, stream);
  if (!status.ok()) std::fprintf(stderr, "%s\n", std::string(status.message()).c_str());
  return status.ok() ? 0 : 1;
}
