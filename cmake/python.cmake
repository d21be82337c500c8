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
