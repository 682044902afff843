# The build uses the types of <cuda.h> and <nvrtc.h> and nothing else of CUDA. The headers come from a toolkit or from
# the wheels that tools/setup.sh unpacks into build/cuda. Sets JITGEMM_CUDA_INCLUDE.

set(fetched ${PROJECT_SOURCE_DIR}/build/cuda)
find_path(JITGEMM_CUDA_INCLUDE NAMES nvrtc.h
          HINTS ${CUDAToolkit_ROOT} ENV CUDAToolkit_ROOT ENV CUDA_HOME ENV CUDA_PATH
                /usr/local/cuda ${fetched}
          PATH_SUFFIXES include targets/x86_64-linux/include targets/sbsa-linux/include)
if(NOT JITGEMM_CUDA_INCLUDE OR NOT EXISTS ${JITGEMM_CUDA_INCLUDE}/cuda.h)
  message(FATAL_ERROR
          "did not find cuda.h and nvrtc.h together in CUDAToolkit_ROOT, CUDA_HOME, CUDA_PATH, "
          "/usr/local/cuda or ${fetched}. Run tools/setup.sh, which fetches them, or pass "
          "-DCUDAToolkit_ROOT=... of a toolkit.")
endif()

# Programs of this build find a fetched NVRTC by their RPATH. It is not a RUNPATH, because a sanitizer intercepts
# dlopen, which then uses the program's RPATH but not its RUNPATH.
if(JITGEMM_CUDA_INCLUDE STREQUAL ${fetched}/include AND NOT JITGEMM_PORTABLE)
  set(CMAKE_BUILD_RPATH ${fetched}/lib)
  add_link_options(-Wl,--disable-new-dtags)
endif()
