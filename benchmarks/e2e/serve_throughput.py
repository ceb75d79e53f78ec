"""ResNet-50 INT8 behind the server, at concurrency 1, 4, 16, 64, against the best that the bare engines do on this machine.

The machine's speed changes by the second, so each measurement of the server has one of the bare engine just before it, as long as
itself: the share is the median over the rounds, and beside it stands the best served against the best bare.
"""
import itertools
import json
import statistics

import bench_files
import child
import headrace_cli
import serve_peers
from row import Row

ROUNDS = 10
DEADLINE_MS = 400
LEVELS = {  # a row's name: the flags of its load, its bar
    "concurrency 1": (("--concurrency", 1), None),
    "concurrency 4": (("--concurrency", 4), 0.97),
    "concurrency 16": (("--concurrency", 16), 0.97),
    "concurrency 64": (("--concurrency", 64), 0.97),
    f"concurrency 64, a deadline of {DEADLINE_MS} ms, refused clients wait as told": (
        ("--concurrency", 64, "--deadline-ms", DEADLINE_MS, "--back-off"), 0.97),
    f"150 % of capacity, a deadline of {DEADLINE_MS} ms": (("--deadline-ms", DEADLINE_MS), None),
}


def rows(quick):
    seconds, rounds = (0.3, 1) if quick else (2, ROUNDS)
    model = resnet50_bundle() / "model.onnx"
    best, rate, command = best_bare(model, seconds / 3)
    pairs, commands = {name: [] for name in LEVELS}, {}
    with serve_peers.headrace(model.parent, "--max-queue-size", "256", "--engine", best["engine"]) as server:
        for _, (name, (flags, _)) in itertools.product(range(rounds), LEVELS.items()):
            bare = bare_result(model, best, seconds)["throughput_per_s"]
            more = flags if "--concurrency" in flags else (*flags, "--rate", round(1.5 * bare))
            result, commands[name] = load(server, *more, seconds=seconds)
            pairs[name].append((result, bare))
    first = Row("ResNet-50 INT8, best bare engine", f"{rate:.1f} images/s: {best['engine']}, {best['threads']} threads, batch {best['batch']}, {best['clients']} clients", command)
    return [first, *(served_row(name, pairs[name], commands[name]) for name in LEVELS)]


def resnet50_bundle():
    folder = bench_files.FOLDER / "serve/resnet50"
    if bench_files.is_older(folder / "model.onnx", headrace_cli.HEADRACE):
        calibration = headrace_cli.PHOTOS / "calibration"
        headrace_cli.headrace("deploy", bench_files.fp32("resnet50"), "-o", folder, "--calibration", calibration, *headrace_cli.PREPROCESS, "--samples", 32, "--max-drop", 100)
    return folder


def bench(model, *flags):
    arguments = ("bench", model, *flags)
    return json.loads(headrace_cli.headrace(*arguments, "--json"))["results"], child.shown(*arguments)


def best_bare(model, seconds):
    """Over engines, threads, batches and callers."""
    results, command = bench(model, "--engine", "native,openvino", "--threads", "1,2", "--batch", "1,8", "--clients", "1,2", "--seconds", seconds)
    best = max((result for result in results if not result["error"]), key=lambda result: result["throughput_per_s"])
    return best, best["throughput_per_s"], command


def bare_result(model, best, seconds):
    flags = (flag for key in ("engine", "threads", "batch", "clients") for flag in (f"--{key}", best[key]))
    return bench(model, *flags, "--seconds", seconds)[0][0]


def load(server, *flags, seconds):
    arguments = ("load", f"http://{server.http}", "--warmup", 0.5, "--seconds", seconds, "--max-seconds", seconds, "--json", *flags)
    return json.loads(headrace_cli.headrace(*arguments))["results"][0], child.shown(*arguments)


def served_row(name, pairs, command):
    served = [result["rows_per_s"] for result, _ in pairs]
    bare = [rate for _, rate in pairs]
    share = statistics.median(rate / other for rate, other in zip(served, bare, strict=True))
    p50, p99 = (statistics.median(result["latency_ms"][key] for result, _ in pairs) for key in ("p50", "p99"))
    refused = sum(result["error_count"] for result, _ in pairs)
    measured = f"{statistics.median(served):.1f} images/s, {share:.2f}x of the best bare engine (best against best {max(served) / max(bare):.2f}x); p50 {p50:.0f}, p99 {p99:.0f} ms; {refused} refused"
    bar = LEVELS[name][1]
    bars, passed = ([f">= {bar}x"], share >= bar) if bar else ([], None)
    if "deadline" in name:
        bars.append(f"p99 <= {DEADLINE_MS} ms")
        passed = passed is not False and p99 <= DEADLINE_MS
    return Row(f"served, {name}", measured, command, ", ".join(bars), passed, figures={"bare": bare, "served": [result for result, _ in pairs]})
