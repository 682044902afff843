# Generates a source that defines plan::embedded_table(), the text of src/plan/tuned/*.txt, whenever a table changes.
# Sets JITGEMM_EMBEDDED_TABLE to its path.

jitgemm_sources(tables src/plan/tuned/*.txt)
list(SORT tables)
set(table_text "")
foreach(table IN LISTS tables)
  file(READ ${table} text)
  string(APPEND table_text "${text}")
endforeach()
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${tables})
set(JITGEMM_EMBEDDED_TABLE ${PROJECT_BINARY_DIR}/generated/embedded_table.cc)
configure_file(${PROJECT_SOURCE_DIR}/cmake/embedded_table.cc.in ${JITGEMM_EMBEDDED_TABLE} @ONLY)
