"""Whether `headrace bench` tells the truth: its latency against the same session driven by ONNX Runtime's own Python API."""
import json
import statistics

import bench_files
import child
import headrace_cli
from row import Row

BAR = 0.05
THREADS = 1


def rows(quick):
    models = [bench_files.fp32("efficientnet_lite0"), bench_files.int8("efficientnet_lite0"), bench_files.int8("resnet50")]
    return [_row(model, rounds=1 if quick else 5, seconds=0.5 if quick else 2) for model in models]


def _row(model, rounds, seconds):
    arguments = ("bench", model, "--engine", "ort", "--threads", THREADS, "--seconds", seconds, "--json")
    ours, theirs = [], []
    for _ in range(rounds):
        ours.append(json.loads(headrace_cli.headrace(*arguments))["results"][0]["latency_ms"])
        theirs.append(child.script("python_session.py", model, THREADS, seconds)["latencies_ms"])
    a, b = min(latency["min"] for latency in ours), min(min(latencies) for latencies in theirs)
    medians = [statistics.median(latency["median"] for latency in ours), statistics.median(statistics.median(l) for l in theirs)]
    measured = f"{100 * (a / b - 1):+.1f} % (min {a:.2f} against {b:.2f} ms; median {medians[0]:.2f} against {medians[1]:.2f} ms)"
    return Row(f"headrace bench against Python, {model.stem}", measured, child.shown(*arguments), f"within {100 * BAR:.0f} % (min)",
               abs(a / b - 1) <= BAR, figures={"headrace_min_ms": a, "python_min_ms": b, "median_ms": medians})
