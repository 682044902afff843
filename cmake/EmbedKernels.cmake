# Generates a source that defines codegen::device_headers(), the text of kernels/, whenever a device header changes.
# Sets JITGEMM_EMBEDDED_KERNELS to its path.

jitgemm_sources(device_headers kernels/*.h kernels/*.cuh kernels/*/*.cuh)
list(SORT device_headers)
set(JITGEMM_EMBEDDED_KERNELS ${PROJECT_BINARY_DIR}/generated/embedded_kernels.cc)
# The list is part of the command, so that removing a header regenerates the source.
add_custom_command(
  OUTPUT ${JITGEMM_EMBEDDED_KERNELS}
  COMMAND ${CMAKE_COMMAND} -DROOT=${PROJECT_SOURCE_DIR}/kernels "-DHEADERS=${device_headers}"
          -DOUTPUT=${JITGEMM_EMBEDDED_KERNELS} -P ${PROJECT_SOURCE_DIR}/cmake/embed_kernels.cmake
  DEPENDS ${device_headers} ${PROJECT_SOURCE_DIR}/cmake/embed_kernels.cmake
  COMMENT "Embedding the device headers" VERBATIM)
