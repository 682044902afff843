# tools/harness/helpers.cu as text inside the harness: a generated source that defines harness::kHelperSource, made anew
# when the file changes. Sets JITGEMM_EMBEDDED_HELPERS to its path.

set(helpers ${PROJECT_SOURCE_DIR}/tools/harness/helpers.cu)
file(READ ${helpers} helpers_text)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${helpers})
set(JITGEMM_EMBEDDED_HELPERS ${PROJECT_BINARY_DIR}/generated/embedded_helpers.cc)
configure_file(${PROJECT_SOURCE_DIR}/cmake/embedded_helpers.cc.in ${JITGEMM_EMBEDDED_HELPERS} @ONLY)
