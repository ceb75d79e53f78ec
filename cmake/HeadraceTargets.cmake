# headrace_library(NAME SOURCES ... LINKS ... [PRIVATE_LINKS ...]): one static library per folder of src/. Its link edges are the
# arrows of the architecture: a folder may include only what it links.
function(headrace_library name)
  cmake_parse_arguments(arg "" "" "SOURCES;LINKS;PRIVATE_LINKS" ${ARGN})
  add_library(headrace_${name} STATIC ${arg_SOURCES})
  target_include_directories(headrace_${name} PUBLIC ${CMAKE_SOURCE_DIR}/src ${CMAKE_SOURCE_DIR}/include)
  target_link_libraries(headrace_${name} PUBLIC ${arg_LINKS} PRIVATE ${arg_PRIVATE_LINKS})
endfunction()

# headrace_test(NAME SOURCES ... LINKS ...): a GoogleTest program, registered with ctest as one test per suite binary.
function(headrace_test name)
  cmake_parse_arguments(arg "" "TIMEOUT" "SOURCES;LINKS" ${ARGN})
  add_executable(${name}_test ${arg_SOURCES})
  target_link_libraries(${name}_test PRIVATE ${arg_LINKS} headrace_test_support GTest::gtest GTest::gmock GTest::gtest_main)
  add_test(NAME ${name} COMMAND ${name}_test)
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 300)
  endif()
  set_tests_properties(${name} PROPERTIES TIMEOUT ${arg_TIMEOUT})
endfunction()

# headrace_fuzzer(NAME SOURCES ... LINKS ...): a libFuzzer program, only where HEADRACE_BUILD_FUZZERS is on.
function(headrace_fuzzer name)
  if(NOT HEADRACE_BUILD_FUZZERS)
    return()
  endif()
  cmake_parse_arguments(arg "" "" "SOURCES;LINKS" ${ARGN})
  add_executable(${name}_fuzzer ${arg_SOURCES})
  target_link_libraries(${name}_fuzzer PRIVATE ${arg_LINKS})
  target_link_options(${name}_fuzzer PRIVATE -fsanitize=fuzzer)
endfunction()
