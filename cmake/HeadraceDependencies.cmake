# Libraries of Debian by their own packages; the onnx library, ONNX Runtime and OpenVINO out of what `./run setup` laid down.
set(HEADRACE_DEPS "${CMAKE_SOURCE_DIR}/.deps" CACHE PATH "Where ./run setup put the dependencies")

find_package(Threads REQUIRED)
find_package(Protobuf REQUIRED)
find_package(ZLIB REQUIRED)
find_package(PNG REQUIRED)
find_package(CLI11 REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(simdjson REQUIRED)
find_package(Boost 1.74 REQUIRED)  # Beast and Asio: headers alone
find_package(tomlplusplus REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(turbojpeg REQUIRED IMPORTED_TARGET libturbojpeg)

# The onnx library, see third_party/onnx. SYSTEM: its headers are not ours to warn about. protobuf is linked statically: the program
# starts faster, and ONNX Runtime and OpenVINO, which bring their own, cannot meet it.
find_library(HEADRACE_PROTOBUF_STATIC NAMES libprotobuf.a REQUIRED)
add_library(headrace_onnx_library STATIC IMPORTED)
set_target_properties(headrace_onnx_library PROPERTIES
  IMPORTED_LOCATION ${HEADRACE_DEPS}/onnx/lib/libonnx.a
  INTERFACE_INCLUDE_DIRECTORIES ${HEADRACE_DEPS}/onnx/include
  INTERFACE_COMPILE_DEFINITIONS "ONNX_NAMESPACE=onnx;ONNX_ML=1"
  INTERFACE_LINK_LIBRARIES "${HEADRACE_PROTOBUF_STATIC};ZLIB::ZLIB;Threads::Threads")
if(NOT EXISTS ${HEADRACE_DEPS}/onnx/lib/libonnx.a)
  message(FATAL_ERROR "The onnx library is not built yet: run ./run setup")
endif()

# ONNX Runtime: headers only. The library is opened at run time, so that the program starts fast and runs without it.
find_path(HEADRACE_ORT_INCLUDE onnxruntime_cxx_api.h
  PATHS $ENV{HEADRACE_ORT_HEADERS} ${HEADRACE_DEPS}/ort-headers/usr/include
  PATH_SUFFIXES onnxruntime onnxruntime/core/session REQUIRED)
add_library(headrace_ort_headers INTERFACE)
target_include_directories(headrace_ort_headers SYSTEM INTERFACE ${HEADRACE_ORT_INCLUDE})
set(HEADRACE_ORT_LIBRARY "${HEADRACE_DEPS}/ort/lib/libonnxruntime.so.1" CACHE FILEPATH
  "Where the built program looks for ONNX Runtime first (the environment variable of this name wins)")

if(HEADRACE_OPENVINO)
  file(GLOB openvino_config CONFIGURE_DEPENDS ${HEADRACE_DEPS}/venv/lib/python3*/site-packages/openvino/cmake)
  find_package(OpenVINO QUIET COMPONENTS Runtime PATHS ${openvino_config})
endif()

if(HEADRACE_BUILD_TESTS)
  find_package(GTest REQUIRED)
endif()
