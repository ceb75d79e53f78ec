# shellcheck shell=bash disable=SC2034  # its variables are used by those who source it
# Helpers shared by the scripts behind ./run. Sourced, never executed.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
deps=${HEADRACE_DEPS:-$root/.deps}
venv=$deps/venv
jobs=${HEADRACE_JOBS:-$(nproc)}

say() { printf '\033[1m== %s\033[0m\n' "$*" >&2; }
die() { printf 'error: %s\n' "$*" >&2; exit 1; }

# as_root COMMAND...: runs it as it is for root, through sudo otherwise.
as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"
  elif command -v sudo >/dev/null; then sudo "$@"
  else die "this step needs root: run as root or install sudo ($*)"; fi
}

# once NAME INPUT COMMAND...: runs COMMAND in a subshell unless it already succeeded with the same INPUT text.
# The output goes to a log that is shown when COMMAND fails.
once() {
  local stamp=$deps/stamps/$1 want log=$deps/logs/$1.log name=$1
  want=$(printf '%s' "$2" | cksum)
  [ "$(cat "$stamp" 2>/dev/null)" = "$want" ] && return 0
  shift 2
  mkdir -p "$deps/stamps" "$deps/logs"
  say "setup: $name (log: ${log#"$root"/})"
  if ! ("$@") >"$log" 2>&1; then tail -n 40 "$log" >&2; die "setup step '$name' failed; the whole log is $log"; fi
  printf '%s' "$want" >"$stamp"
}

# quietly NAME COMMAND...: runs COMMAND with its output in a log, shown only when it fails.
quietly() {
  local log=$deps/logs/$1.log
  shift
  mkdir -p "$deps/logs"
  "$@" >"$log" 2>&1 || { tail -n 40 "$log" >&2; die "failed: $*"; }
}
