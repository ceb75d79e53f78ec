# Language level, warnings, sanitizers, compiler cache and linker: the same for every target.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
set(CMAKE_LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/lib)

option(HEADRACE_BUILD_TESTS "Build the tests" ON)
option(HEADRACE_BUILD_FUZZERS "Build the libFuzzer targets (needs clang)" OFF)
option(HEADRACE_OPENVINO "Build the OpenVINO engine when its package is found" ON)
set(HEADRACE_SANITIZE "" CACHE STRING "Sanitizers for every target: address,undefined or thread")

add_compile_options(-Wall -Wextra -Wpedantic -Wnon-virtual-dtor)
if(HEADRACE_SANITIZE)
  add_compile_options(-fsanitize=${HEADRACE_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${HEADRACE_SANITIZE})
endif()

find_program(HEADRACE_CCACHE ccache)
if(HEADRACE_CCACHE)
  # Paths below the checkout count as relative, so that another checkout (a work tree, CI's clone) finds what this one compiled.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${HEADRACE_CCACHE})
endif()
find_program(HEADRACE_MOLD mold)
if(HEADRACE_MOLD)
  add_link_options(-fuse-ld=mold)
endif()
