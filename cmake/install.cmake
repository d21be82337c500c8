# cmake/install.cmake: the installed package. The exported targets are the package config; the
# file around them only finds what they link.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(package ${CMAKE_INSTALL_LIBDIR}/cmake/weft)
install(TARGETS weft EXPORT weft-core
  FILE_SET HEADERS DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
  FILE_SET op_table DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(EXPORT weft-core NAMESPACE weft:: DESTINATION ${package})

# One export per adaptor, so that only `find_package(weft COMPONENTS xtensor)` needs xtensor.
get_property(adaptors GLOBAL PROPERTY WEFT_ADAPTORS)
get_property(adaptor_packages GLOBAL PROPERTY WEFT_ADAPTOR_PACKAGES)
foreach(adaptor IN LISTS adaptors)
  install(TARGETS weft_${adaptor} EXPORT weft-${adaptor}
    FILE_SET HEADERS DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
    FILE_SET tables DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
  install(EXPORT weft-${adaptor} NAMESPACE weft:: DESTINATION ${package})
endforeach()

configure_file(cmake/weftConfig.cmake.in ${PROJECT_BINARY_DIR}/weftConfig.cmake @ONLY)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/weftConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/weftConfig.cmake ${PROJECT_BINARY_DIR}/weftConfigVersion.cmake
  DESTINATION ${package})
