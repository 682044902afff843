# The types of <cuda.h> and <nvrtc.h>: all that the build takes from CUDA. They come from a toolkit, or from
# the wheels that tools/setup.sh puts into build/cuda. Sets JITGEMM_CUDA_INCLUDE.

set(fetched ${PROJECT_SOURCE_DIR}/build/cuda)
find_path(JITGEMM_CUDA_INCLUDE NAMES nvrtc.h
          HINTS ${CUDAToolkit_ROOT} ENV CUDAToolkit_ROOT ENV CUDA_HOME ENV CUDA_PATH
                /usr/local/cuda ${fetched}
          PATH_SUFFIXES include targets/x86_64-linux/include targets/sbsa-linux/include)
if(NOT JITGEMM_CUDA_INCLUDE OR NOT EXISTS ${JITGEMM_CUDA_INCLUDE}/cuda.h)
  message(FATAL_ERROR
          "cuda.h and nvrtc.h: not found together in CUDAToolkit_ROOT, CUDA_HOME, CUDA_PATH, "
          "/usr/local/cuda or ${fetched}. tools/setup.sh fetches them; a toolkit has them too "
          "(-DCUDAToolkit_ROOT=...).")
endif()

# Programs of this build find a fetched NVRTC without being told. The old tag, because a sanitizer's dlopen
# stands between: it hands down the program's RPATH but not its RUNPATH.
if(JITGEMM_CUDA_INCLUDE STREQUAL ${fetched}/include AND NOT JITGEMM_PORTABLE)
  set(CMAKE_BUILD_RPATH ${fetched}/lib)
  add_link_options(-Wl,--disable-new-dtags)
endif()
