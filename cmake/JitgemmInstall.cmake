# Installs the library, the headers and the command. find_package(jitgemm) gives jitgemm::jitgemm and jitgemm::static;
# pkg-config knows jitgemm and jitgemm-static. The installation may be moved.

include(CMakePackageConfigHelpers)
set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/jitgemm)

install(TARGETS jitgemm jitgemm_static EXPORT jitgemm)
if(TARGET jitgemm_cli)
  install(TARGETS jitgemm_cli)
endif()
install(DIRECTORY include/jitgemm DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(EXPORT jitgemm NAMESPACE jitgemm:: DESTINATION ${package_folder} FILE jitgemm-targets.cmake)

# Before 1.0 a minor version may break.
write_basic_package_version_file(${PROJECT_BINARY_DIR}/jitgemm-config-version.cmake
                                 COMPATIBILITY SameMinorVersion)
install(FILES cmake/jitgemm-config.cmake ${PROJECT_BINARY_DIR}/jitgemm-config-version.cmake
        DESTINATION ${package_folder})

file(RELATIVE_PATH prefix ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
foreach(package jitgemm jitgemm-static)
  configure_file(cmake/${package}.pc.in ${PROJECT_BINARY_DIR}/${package}.pc @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/${package}.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endforeach()
