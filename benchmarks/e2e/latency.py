"""What INT8 buys: FP32 against INT8 on every engine, on this CPU and as on one without AVX-512 and VNNI. For information."""
import json

import bench_files
import child
import headrace_cli
from row import Row

ENGINES = ("ort", "ort-exact", "openvino")


def rows(quick):
    result = []
    older = headrace_cli.without_vnni()
    for environment in [{}] + ([older] if older else []):
        for name in ("efficientnet_lite0", "resnet50"):
            result += _rows_of(name, environment, "0.3" if quick else "3")
    return result


def _rows_of(name, environment, seconds):
    arguments = ("bench", bench_files.fp32(name), bench_files.int8(name), "--engine", ",".join(ENGINES), "--threads", "1,2", "--seconds", seconds)
    report = json.loads(headrace_cli.headrace(*arguments, "--json", environment=environment))
    prefix = "".join(f"{key}={value} " for key, value in (environment or {}).items()).replace(f"{headrace_cli.ROOT}/", "")
    points = {(point["engine"], point["threads"], "int8" in point["model"]): point for point in report["results"]}
    return [_row(name, engine, threads, points, report["cpu"]["isa"], prefix + child.shown(*arguments))
            for engine in ENGINES for threads in (1, 2) if (engine, threads, True) in points]


def _row(name, engine, threads, points, isa, command):
    fp32, int8 = points[engine, threads, False], points[engine, threads, True]
    what = f"{name}, {engine}, {threads} thread{'s' if threads > 1 else ''}"
    failed = fp32["error"] or int8["error"]
    if failed:
        return Row(what, f"failed: {failed}", command, isa=isa)
    a, b = fp32["latency_ms"], int8["latency_ms"]
    measured = (f"FP32 min {a['min']:.2f}, median {a['median']:.2f} ms; INT8 min {b['min']:.2f}, median {b['median']:.2f} ms; "
                f"{a['min'] / b['min']:.2f}x (min), {a['median'] / b['median']:.2f}x (median)")
    return Row(what, measured, command, isa=isa, figures={"fp32": a, "int8": b})
