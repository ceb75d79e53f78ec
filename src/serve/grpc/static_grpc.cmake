# Debian's gRPC as static libraries: headrace_grpc_library.
#
# Why static: with the shared ones (gRPC and some forty of Abseil's) the dynamic linker takes 17 ms at each start of the program, with
# `headrace --help` too; linked statically it is 2 ms, and no module has to be opened at run time. gRPC's own code has no protobuf in it
# (its messages are upb's); the messages here share the one static libprotobuf with the onnx library, so that two copies cannot meet.
# OpenSSL stays shared: it gets security updates more often than Headrace gets releases.
find_package(OpenSSL REQUIRED)
pkg_check_modules(HEADRACE_GRPC REQUIRED grpc++)
find_program(HEADRACE_GRPC_PLUGIN grpc_cpp_plugin REQUIRED)

set(archives)
foreach(name IN LISTS HEADRACE_GRPC_STATIC_LIBRARIES)
  if(name MATCHES "^(grpc|gpr|upb|address_sorting|re2|cares|absl)")
    find_library(HEADRACE_STATIC_${name} NAMES lib${name}.a REQUIRED)
    list(APPEND archives ${HEADRACE_STATIC_${name}})
  endif()
endforeach()
list(REMOVE_DUPLICATES archives)
list(JOIN archives " " archives)  # one item: CMake shall keep them together, and their order

add_library(headrace_grpc_library INTERFACE)
target_link_libraries(headrace_grpc_library INTERFACE
  "-Wl,--start-group ${archives} -Wl,--end-group" ${HEADRACE_PROTOBUF_STATIC}
  OpenSSL::SSL OpenSSL::Crypto ZLIB::ZLIB Threads::Threads ${CMAKE_DL_LIBS})
