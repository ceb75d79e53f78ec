"""How long the program takes to say anything: `headrace --help`."""
import subprocess
import time

import headrace_cli
from row import Row, min_and_median

BAR_MS = 30
RUNS = 30


def rows(quick):
    times = [_run_ms() for _ in range(5 if quick else RUNS)]
    return [Row("headrace --help, start to end", min_and_median(times), "headrace --help", f"<= {BAR_MS} ms", min(times) <= BAR_MS,
                figures={"milliseconds": times})]


def _run_ms():
    start = time.perf_counter()
    subprocess.run([headrace_cli.HEADRACE, "--help"], stdout=subprocess.DEVNULL, check=True)
    return 1000 * (time.perf_counter() - start)
