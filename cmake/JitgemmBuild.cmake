# How every source of this project is compiled and linked: said once.

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

# jitgemm_sources(<variable> <glob>...): the files of some folders; new files appear by themselves.
function(jitgemm_sources variable)
  set(globs ${ARGN})
  list(TRANSFORM globs PREPEND ${PROJECT_SOURCE_DIR}/)
  file(GLOB files CONFIGURE_DEPENDS ${globs})
  set(${variable} ${files} PARENT_SCOPE)
endfunction()

# Third-party code of the library: headers alone, so that no symbol of it is anyone else's. Not by the CMake
# targets of fmt and spdlog, which mark fmt's symbols as exported and link its shared library. Those of OpenSSL
# give types: libcrypto is opened at run time.
foreach(header fmt/format.h spdlog/spdlog.h xxhash.h openssl/evp.h)
  find_path(JITGEMM_INCLUDE_OF_${header} ${header} REQUIRED)
  mark_as_advanced(JITGEMM_INCLUDE_OF_${header})
  list(APPEND third_party ${JITGEMM_INCLUDE_OF_${header}})
endforeach()
add_library(jitgemm_third_party INTERFACE)
target_include_directories(jitgemm_third_party SYSTEM INTERFACE ${third_party})
target_compile_definitions(jitgemm_third_party INTERFACE SPDLOG_FMT_EXTERNAL)

# fmt's functions, compiled once for all targets instead of header-only in each source.
add_library(jitgemm_fmt STATIC ${PROJECT_SOURCE_DIR}/src/base/fmt_functions.cc)
target_include_directories(jitgemm_fmt SYSTEM PRIVATE ${third_party})
set_target_properties(jitgemm_fmt PROPERTIES CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
target_link_libraries(jitgemm_third_party INTERFACE jitgemm_fmt)

# Warnings, visibility, sanitizers and the two include folders.
function(jitgemm_compile_like_ours target)
  # Of a test in C, a missing prototype means that nobody calls it.
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic
                                           $<$<COMPILE_LANGUAGE:C>:-Wmissing-prototypes>)
  if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
    # GCC follows inlined code of <string> and nlohmann into paths that cannot be taken (its bug 105651 is
    # one). What these three look for, the sanitizers find.
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

# jitgemm_objects(<target> <glob>...): objects, not an archive, so that whoever links them links all of them
# and a reference that points the wrong way fails at once. main.cc is a program's.
function(jitgemm_objects target)
  jitgemm_sources(files ${ARGN})
  list(FILTER files EXCLUDE REGEX "/(main|fmt_functions)\\.cc$")
  add_library(${target} OBJECT ${files})
  jitgemm_compile_like_ours(${target})
  jitgemm_use_precompiled(${target} library_headers)
endfunction()

# For what includes much that is not ours, GoogleTest, CLI11 or nlohmann-json: three checks of
# UndefinedBehaviorSanitizer stand at every use of a member, and take as long as the rest of the compile.
function(jitgemm_sanitize_lightly target)
  if(JITGEMM_SANITIZE MATCHES undefined)
    target_compile_options(${target} PRIVATE -fno-sanitize=null,alignment,vptr)
  endif()
endfunction()

# A program that needs no libstdc++ of the machine it runs on. A sanitizer needs the shared one.
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
