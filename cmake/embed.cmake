# cmake/embed.cmake: the text from which CUDA kernels take their declarations, as a source of weft.
# Included, it says how that is built; run as a script with -P, it builds it.
set(embedded
  prelude_file kernels/weft/cuda/prelude.cuh
  half_file include/weft/half.hpp
  scalar_file include/weft/scalar.hpp
  convert_file kernels/weft/cpu/lane_convert.hpp)
set(root ${CMAKE_CURRENT_LIST_DIR}/..)

if(NOT CMAKE_SCRIPT_MODE_FILE)
  set(depends ${embedded})
  list(FILTER depends INCLUDE REGEX "/")
  list(TRANSFORM depends PREPEND ${PROJECT_SOURCE_DIR}/)
  set(text_source ${CMAKE_CURRENT_BINARY_DIR}/cuda_prelude_text.cpp)
  add_custom_command(OUTPUT ${text_source}
    COMMAND ${CMAKE_COMMAND} -D OUT=${text_source} -P ${CMAKE_CURRENT_LIST_FILE}
    DEPENDS ${depends} ${CMAKE_CURRENT_LIST_FILE} VERBATIM)
  target_sources(weft PRIVATE ${text_source})
  return()
endif()

set(text "// Written by cmake/embed.cmake.\n#include \"weft/cuda/prelude.hpp\"\n\nnamespace weft::gpu {\n")
while(embedded)
  list(POP_FRONT embedded name path)
  file(READ ${root}/${path} content)
  string(APPEND text "const std::string_view ${name} = R\"weft(${content})weft\";\n")
endwhile()
file(WRITE ${OUT} "${text}}  // namespace weft::gpu\n")
