"""Run a command and print, as JSON, its wall seconds and peak resident bytes.

A process of its own, and without imports that weigh anything: Linux counts what a parent had resident when it forked as part of the
child's peak.

usage: child_usage.py COMMAND [ARGUMENT...]
"""
import os
import sys
import time


def main():
    start = time.perf_counter()
    quiet = os.open(os.devnull, os.O_WRONLY)
    child = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, quiet, 1)])
    _, status, usage = os.wait4(child, 0)
    seconds = time.perf_counter() - start
    print(f'{{"seconds": {seconds}, "peak_bytes": {usage.ru_maxrss * 1024}}}')
    sys.exit(os.waitstatus_to_exitcode(status) != 0)


if __name__ == "__main__":
    main()
