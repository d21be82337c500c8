# cmake/python.cmake: sets weft_python to the first Python that can import NumPy; Debian's comes
# before one of the user's making. -DWEFT_PYTHON3=... names another.
foreach(candidate IN ITEMS "${WEFT_PYTHON3}" /usr/bin/python3 python3)
  if(candidate AND NOT weft_python)
    execute_process(COMMAND ${candidate} -c "import numpy" RESULT_VARIABLE status
      OUTPUT_QUIET ERROR_QUIET)
    if(status EQUAL 0)
      set(weft_python ${candidate})
    endif()
  endif()
endforeach()

# What ./bootstrap gets by pip, since Debian has no such packages.
set(WEFT_PYTHON_PACKAGES ${PROJECT_SOURCE_DIR}/build/python CACHE PATH
  "A folder of Python packages beside the system's: nanobind, and libraries for the tests")

# Finds nanobind where weft_python does, for nanobind_add_module(); the interface library
# weft_nanobind_headers is its headers alone.
macro(weft_find_nanobind)
  execute_process(
    COMMAND ${CMAKE_COMMAND} -E env PYTHONPATH=${WEFT_PYTHON_PACKAGES}
      ${weft_python} -m nanobind --cmake_dir
    OUTPUT_VARIABLE nanobind_ROOT OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  set(Python_EXECUTABLE ${weft_python})
  find_package(Python 3.10 QUIET COMPONENTS Interpreter Development.Module)
  if(nanobind_ROOT AND Python_FOUND)
    find_package(nanobind CONFIG QUIET PATHS ${nanobind_ROOT} NO_DEFAULT_PATH)
  endif()
  if(nanobind_FOUND)
    add_library(weft_nanobind_headers INTERFACE)
    target_include_directories(weft_nanobind_headers SYSTEM INTERFACE
      ${NB_DIR}/include ${Python_INCLUDE_DIRS})
  else()
    message(STATUS "weft: no nanobind adaptor and no test of it: pip install nanobind")
  endif()
endmacro()
