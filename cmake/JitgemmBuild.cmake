# How the sources of this project are compiled and linked.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

if(PROJECT_IS_TOP_LEVEL)
  set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
  if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
    set(CMAKE_BUILD_TYPE Release)
  endif()
  find_program(CCACHE ccache)
  if(CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
    set(CMAKE_C_COMPILER_LAUNCHER ${CCACHE})
    set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
  endif()
endif()

# jitgemm_sources(<variable> <glob>...): the files that match; a new file reruns CMake by itself.
function(jitgemm_sources variable)
  set(globs ${ARGN})
  list(TRANSFORM globs PREPEND ${PROJECT_SOURCE_DIR}/)
  file(GLOB files CONFIGURE_DEPENDS ${globs})
  set(${variable} ${files} PARENT_SCOPE)
endfunction()

# The library uses third-party headers only, so that it shares no third-party symbol with the process. The CMake targets
# of fmt and spdlog are not used: they export fmt's symbols and link its shared library. OpenSSL's headers give the
# types; libcrypto is opened at run time.
foreach(header fmt/format.h spdlog/spdlog.h xxhash.h openssl/evp.h)
  find_path(JITGEMM_INCLUDE_OF_${header} ${header} REQUIRED)
  mark_as_advanced(JITGEMM_INCLUDE_OF_${header})
  list(APPEND third_party ${JITGEMM_INCLUDE_OF_${header}})
endforeach()
add_library(jitgemm_third_party INTERFACE)
target_include_directories(jitgemm_third_party SYSTEM INTERFACE ${third_party})
target_compile_definitions(jitgemm_third_party INTERFACE SPDLOG_FMT_EXTERNAL)

# Compiles fmt's functions once for all targets; header-only use would compile them in each source.
add_library(jitgemm_fmt STATIC ${PROJECT_SOURCE_DIR}/src/base/fmt_functions.cc)
target_include_directories(jitgemm_fmt SYSTEM PRIVATE ${third_party})
set_target_properties(jitgemm_fmt PROPERTIES CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
target_link_libraries(jitgemm_third_party INTERFACE jitgemm_fmt)

# Warnings, visibility, sanitizers and the two include folders.
function(jitgemm_compile_like_ours target)
  # A C test without a prototype is one that no C++ test calls.
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic
                                           $<$<COMPILE_LANGUAGE:C>:-Wmissing-prototypes>)
  if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
    # GCC 12 warns of paths in inlined code of <string> and nlohmann-json that cannot be taken (its bug 105651, for
    # example). The sanitizers find what these warnings are for.
    target_compile_options(${target} PRIVATE -Wno-restrict -Wno-stringop-overflow
                                             -Wno-maybe-uninitialized)
  endif()
  if(JITGEMM_WERROR)
    target_compile_options(${target} PRIVATE -Werror)
  endif()
  if(JITGEMM_SANITIZE)
    target_compile_options(${target} PRIVATE -fsanitize=${JITGEMM_SANITIZE}
                                             -fno-sanitize-recover=all -fno-omit-frame-pointer)
  endif()
  set_target_properties(${target} PROPERTIES C_VISIBILITY_PRESET hidden
                        CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
  target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/include)
  target_link_libraries(${target} PRIVATE jitgemm_third_party)
endfunction()

# jitgemm_objects(<target> <glob>...): an object library rather than an archive, so that each program links all of its
# objects and a reference to a higher layer fails at once. Leaves out main.cc.
function(jitgemm_objects target)
  jitgemm_sources(files ${ARGN})
  list(FILTER files EXCLUDE REGEX "/(main|fmt_functions)\\.cc$")
  add_library(${target} OBJECT ${files})
  jitgemm_compile_like_ours(${target})
  jitgemm_use_precompiled(${target} library_headers)
endfunction()

# For sources that include GoogleTest, CLI11 or nlohmann-json. Three checks of UndefinedBehaviorSanitizer instrument
# each use of a member, and would double the time of the compile.
function(jitgemm_sanitize_lightly target)
  if(JITGEMM_SANITIZE MATCHES undefined)
    target_compile_options(${target} PRIVATE -fno-sanitize=null,alignment,vptr)
  endif()
endfunction()

# Makes a program independent of the libstdc++ of the machine that runs it. Sanitizers need the shared one.
function(jitgemm_link_runtime_statically target)
  if(NOT JITGEMM_SANITIZE)
    target_link_options(${target} PRIVATE -static-libstdc++ -static-libgcc)
  endif()
endfunction()

if(JITGEMM_SANITIZE)
  add_link_options(-fsanitize=${JITGEMM_SANITIZE})
elseif(JITGEMM_PORTABLE)
  add_link_options(-static-libstdc++ -static-libgcc)
endif()
