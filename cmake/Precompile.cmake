# Precompiled headers. GCC's defeat ccache, which helps a developer more, so the default is off where ccache compiles.
# A plain build uses them for the tests only: the library and the command then show a missing include in every run of
# CI. A sanitizer's build uses them everywhere. The command gains nothing from CLI11 or nlohmann-json in a set of its
# own: each source that uses the set would instantiate their templates.

if(CMAKE_CXX_COMPILER_LAUNCHER MATCHES ccache AND NOT DEFINED ENV{CCACHE_DISABLE})
  set(precompile OFF)
else()
  set(precompile ON)
endif()
option(JITGEMM_PRECOMPILE "precompile the headers of the standard library, fmt and GoogleTest" ${precompile})

set(standard_headers algorithm array atomic chrono condition_variable cstdint cstdlib cstring filesystem
                     fstream functional map memory mutex optional set span sstream string
                     string_view thread utility variant vector fmt/format.h)

# In a precompiled header GCC forgets what a system header is, and its optimiser then warns of paths in <string> that
# cannot be taken. Where a warning is an error, such sources are not optimised.
function(jitgemm_do_not_optimise target)
  if(JITGEMM_WERROR)
    target_compile_options(${target} PRIVATE -O0)
  endif()
endfunction()

# jitgemm_precompile(<set> <-fPIC or -fPIE> <header>...): an object library that carries the set. GCC accepts it for
# sources of the same code model only: -fPIC for libraries, -fPIE for programs.
function(jitgemm_precompile set code_model)
  set(source ${PROJECT_BINARY_DIR}/generated/${set}.cc)
  file(CONFIGURE OUTPUT ${source} CONTENT "// Carries precompiled headers.\n")
  add_library(${set} OBJECT ${source})
  jitgemm_compile_like_ours(${set})
  jitgemm_sanitize_lightly(${set})
  set_target_properties(${set} PROPERTIES POSITION_INDEPENDENT_CODE OFF)
  target_compile_options(${set} PRIVATE ${code_model})
  jitgemm_do_not_optimise(${set})
  list(TRANSFORM ARGN REPLACE "(.+)" "<\\1>")
  target_precompile_headers(${set} PRIVATE ${ARGN})
endfunction()

if(JITGEMM_PRECOMPILE AND JITGEMM_SANITIZE)
  jitgemm_precompile(library_headers -fPIC ${standard_headers})
endif()

# jitgemm_use_precompiled(<target> <set>): does nothing where the set is not made.
function(jitgemm_use_precompiled target set)
  if(TARGET ${set})
    target_precompile_headers(${target} REUSE_FROM ${set})
    jitgemm_do_not_optimise(${target})
  endif()
endfunction()
