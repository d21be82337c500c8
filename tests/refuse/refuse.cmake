# tests/refuse/refuse.cmake: compile CASE both ways and judge. The legal form must compile; with
# WEFT_REFUSE defined it must not, and the compiler's first error must be what the first line of
# CASE promises: `// refuse: <regex>`.
file(STRINGS ${CASE} first LIMIT_COUNT 1)
if(NOT first MATCHES "^// refuse: (.+)$")
  message(FATAL_ERROR "${CASE}: the first line must be `// refuse: <regex of the diagnostic>`")
endif()
set(expected "${CMAKE_MATCH_1}")

set(ENV{LC_ALL} C)  # plain quotes in diagnostics
separate_arguments(flags UNIX_COMMAND "${FLAGS} -fsyntax-only -fmessage-length=0")

execute_process(COMMAND ${CXX} ${flags} ${CASE} RESULT_VARIABLE status ERROR_VARIABLE said)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "${CASE}: the legal form does not compile:\n${said}")
endif()

execute_process(COMMAND ${CXX} ${flags} -DWEFT_REFUSE ${CASE}
  RESULT_VARIABLE status ERROR_VARIABLE said)
if(status EQUAL 0)
  message(FATAL_ERROR "${CASE}: the illegal form compiles")
endif()
string(REGEX MATCH "[^\n]*error: [^\n]*" first_error "${said}")
if(NOT first_error MATCHES "${expected}")
  message(FATAL_ERROR "${CASE}: the first error is not `${expected}`:\n${said}")
endif()
string(REGEX MATCHALL "\n" lines "${said}")
list(LENGTH lines count)
message(STATUS "refused in ${count} lines: ${CASE}")
