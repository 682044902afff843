# cmake -DROOT=kernels "-DHEADERS=a;b" -DOUTPUT=embedded_kernels.cc -P embed_kernels.cmake
#
# Writes the source of device_headers(): for each header, the name in its #include lines and its text, in order of name.

set(table "")
foreach(header IN LISTS HEADERS)
  file(RELATIVE_PATH name ${ROOT} ${header})
  file(READ ${header} text)
  string(APPEND table "      {\"jitgemm/${name}\",\n       R\"device(${text})device\"},\n")
endforeach()

file(WRITE ${OUTPUT} "// Generated from kernels/ by cmake/embed_kernels.cmake.
#include \"src/codegen/source.h\"

namespace jitgemm::codegen {

std::span<const Header> device_headers() {
  static constexpr Header kHeaders[] = {
${table}  };
  return kHeaders;
}

}  // namespace jitgemm::codegen
")
