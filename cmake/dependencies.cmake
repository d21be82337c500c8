# cmake/dependencies.cmake: where weft's dependencies come from.
# The system's package first; a pinned download if WEFT_FETCH is on; else one line that says
# what to install.
include(FetchContent)

function(weft_pin name debian repository commit)
  set(debian_package_${name} ${debian} PARENT_SCOPE)
  set(pinned_${name} TRUE PARENT_SCOPE)
  FetchContent_Declare(${name} SYSTEM GIT_REPOSITORY https://github.com/${repository}.git
    GIT_TAG ${commit} ${ARGN})
endfunction()
weft_pin(xsimd "libxsimd-dev xtl-dev" xtensor-stack/xsimd
  1f8dd9c8e162968d9b4ff0251c56d431b8777f36)  # 13.2.0
weft_pin(xtl xtl-dev xtensor-stack/xtl
  c52350e283b98e5d69dbc50726925a1f8e16c57c)  # 0.8.2
weft_pin(xtensor libxtensor-dev xtensor-stack/xtensor
  f115228a7fc277b9be1bef34572831f8fd53ac73)  # 0.27.1
set(debian_package_Eigen3 libeigen3-dev)
set(debian_package_pybind11 "pybind11-dev python3-dev")
weft_pin(TBB libtbb-dev oneapi-src/oneTBB
  1c4c93fc5398c4a1acb3492c02db4699f3048dea)  # 2021.13.0
weft_pin(Catch2 catch2 catchorg/Catch2
  05e10dfccc28c7f973727c54f850237d07d5e10f)  # 3.5.2
weft_pin(benchmark libbenchmark-dev google/benchmark
  344117638c8ff7e239044fd0fa7085839fc03021)  # 1.8.3

# Only the library itself, without its tests; oneTBB supports nothing but a shared library.
function(weft_fetch name)
  message(STATUS "weft: downloading ${name}")
  set(CMAKE_POLICY_DEFAULT_CMP0077 NEW)  # these variables decide, whatever the options' defaults
  foreach(extra IN ITEMS TBB_TEST TBB_STRICT BENCHMARK_ENABLE_TESTING BENCHMARK_ENABLE_INSTALL)
    set(${extra} OFF)
  endforeach()
  if("${name}" STREQUAL TBB)
    set(BUILD_SHARED_LIBS ON)
  endif()
  FetchContent_MakeAvailable(${name})
endfunction()

# Find or fetch a dependency; its imported target exists afterwards.
macro(weft_require name)
  find_package(${name} QUIET)
  if(NOT ${name}_FOUND)
    if(NOT WEFT_FETCH)
      message(FATAL_ERROR "weft needs ${name}: install the Debian package ${debian_package_${name}}"
        ", or configure with -DWEFT_FETCH=ON to download it")
    endif()
    weft_fetch(${name})
  elseif("${name}" STREQUAL xsimd)
    if(xsimd_VERSION VERSION_LESS 8.1)
      message(FATAL_ERROR "weft needs xsimd 8.1 or newer; ${xsimd_DIR} has ${xsimd_VERSION}")
    endif()
    find_package(xtl QUIET)  # Debian's xsimd 8 links xtl without finding it
    get_target_property(links xsimd INTERFACE_LINK_LIBRARIES)
    if("xtl" IN_LIST links AND NOT TARGET xtl)
      message(FATAL_ERROR "weft needs xtl, which xsimd links: install the Debian package xtl-dev")
    endif()
  endif()
endmacro()

# weft::NAME, an adaptor: one header, or those listed. It needs nothing but weft, or a PACKAGE that
# is installed, or downloaded for the tests or the demo together with the libraries that it NEEDS;
# the targets that it LINKS come with it. TABLES are what its headers read.
function(weft_adaptor name)
  cmake_parse_arguments(adaptor "" "PACKAGE" "LINKS;NEEDS;HEADERS;TABLES" ${ARGN})
  set(package "${adaptor_PACKAGE}")
  if(package)
    find_package(${package} QUIET)
    if(NOT ${package}_FOUND AND WEFT_FETCH AND pinned_${package} AND (WEFT_TESTS OR WEFT_DEMO))
      foreach(needed IN LISTS adaptor_NEEDS)
        weft_require(${needed})
      endforeach()
      weft_fetch(${package})
    elseif(NOT ${package}_FOUND)
      message(STATUS
        "weft: no ${name} adaptor: install the Debian package ${debian_package_${package}}")
      return()
    endif()
    set(${package}_VERSION "${${package}_VERSION}" PARENT_SCOPE)  # empty when downloaded
  endif()
  if(NOT adaptor_HEADERS)
    set(adaptor_HEADERS ${name}.hpp)
  endif()
  list(TRANSFORM adaptor_HEADERS PREPEND adaptors/weft/)
  list(TRANSFORM adaptor_TABLES PREPEND adaptors/weft/)
  add_library(weft_${name} INTERFACE)
  add_library(weft::${name} ALIAS weft_${name})
  set_target_properties(weft_${name} PROPERTIES EXPORT_NAME ${name}
    INTERFACE_HEADER_SETS_TO_VERIFY HEADERS)
  target_sources(weft_${name} INTERFACE
    FILE_SET HEADERS BASE_DIRS adaptors FILES ${adaptor_HEADERS}
    # Tables cannot be compiled alone.
    FILE_SET tables TYPE HEADERS BASE_DIRS adaptors FILES ${adaptor_TABLES})
  target_link_libraries(weft_${name} INTERFACE weft ${adaptor_LINKS})
  set_property(GLOBAL APPEND PROPERTY WEFT_ADAPTORS ${name})
  set_property(GLOBAL APPEND_STRING PROPERTY WEFT_ADAPTOR_PACKAGES
    "set(weft_package_${name} ${package})\n")
endfunction()

# Whether programs over xtensor build here; if not, says that WHAT is missing and why.
function(weft_has_xtensor result what)
  set(${result} FALSE PARENT_SCOPE)
  if(NOT TARGET weft::xtensor)
    message(STATUS "weft: without ${what}: xtensor is missing (Debian: libxtensor-dev)")
  elseif(CMAKE_CXX_COMPILER_ID MATCHES "Clang" AND xtensor_VERSION AND
         xtensor_VERSION VERSION_LESS 0.26)
    message(STATUS "weft: without ${what}: xtensor ${xtensor_VERSION} does not compile with clang")
  else()
    set(${result} TRUE PARENT_SCOPE)
  endif()
endfunction()
