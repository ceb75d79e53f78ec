"""ResNet-50 INT8 behind the server, at concurrency 1, 4, 16, 64, against the best that the bare engines do on this machine.

The machine's speed changes by the second, so each measurement of the server has one of the bare engine just before it, as long as
itself: the share is the median over the rounds, and beside it stands the best served against the best bare. Bare means the best way
to call an engine that has no more pictures under way than the clients of that level have.
"""
import itertools
import json
import statistics

import bench_files
import child
import headrace_cli
import serve_peers
from row import Row

ROUNDS = 6
DEADLINE_MS = 400
MOST = 64
DEADLINE = ("--deadline-ms", DEADLINE_MS)
LEVELS = {  # a row's name: clients (None: an open loop), further flags of the load, the bar
    "concurrency 1": (1, (), None),
    "concurrency 4": (4, (), 0.97),
    "concurrency 16": (16, (), 0.97),
    "concurrency 64": (MOST, (), 0.97),
    f"concurrency 64, a deadline of {DEADLINE_MS} ms, refused clients wait as told": (MOST, (*DEADLINE, "--back-off"), 0.97),
    f"150 % of capacity, a deadline of {DEADLINE_MS} ms": (None, DEADLINE, None),
}


def rows(quick):
    seconds, rounds = (0.3, 1) if quick else (2, ROUNDS)
    model = resnet50_bundle() / "model.onnx"
    results, command = bench(model, "--engine", "native,openvino", "--threads", "1,2", "--batch", "1,2,8", "--clients", "1,2", "--seconds", seconds / 3)
    best = best_of(results, MOST)
    pairs, commands = {name: [] for name in LEVELS}, {}
    with serve_peers.headrace(model.parent, "--max-queue-size", "256", "--engine", best["engine"]) as server:
        for _, (name, (clients, flags, _)) in itertools.product(range(rounds), LEVELS.items()):
            bare = bare_result(model, best_of(results, clients or MOST), seconds)["throughput_per_s"]
            drive = ("--concurrency", clients) if clients else ("--rate", round(1.5 * bare))
            result, commands[name] = load(server, *drive, *flags, seconds=seconds)
            pairs[name].append((result, bare))
    return [Row("ResNet-50 INT8, best bare engine", f"{best['throughput_per_s']:.1f} images/s: {shown(best)}", command),
            *(served_row(name, pairs[name], shown(best_of(results, clients or MOST)), commands[name]) for name, (clients, _, _) in LEVELS.items())]


def shown(best):
    return f"{best['engine']}, {best['threads']} threads, batch {best['batch']}, {best['clients']} clients"


def resnet50_bundle():
    folder = bench_files.FOLDER / "serve/resnet50"
    if bench_files.is_older(folder / "model.onnx", headrace_cli.HEADRACE):
        calibration = headrace_cli.PHOTOS / "calibration"
        headrace_cli.headrace("deploy", bench_files.fp32("resnet50"), "-o", folder, "--calibration", calibration, *headrace_cli.PREPROCESS, "--samples", 32, "--max-drop", 100)
    return folder


def bench(model, *flags):
    arguments = ("bench", model, *flags)
    return json.loads(headrace_cli.headrace(*arguments, "--json"))["results"], child.shown(*arguments)


def best_of(results, in_flight):
    """The fastest with so many pictures under way at most."""
    possible = (result for result in results if not result["error"] and result["batch"] * result["clients"] <= in_flight)
    return max(possible, key=lambda result: result["throughput_per_s"])


def bare_result(model, best, seconds):
    flags = (flag for key in ("engine", "threads", "batch", "clients") for flag in (f"--{key}", best[key]))
    return bench(model, *flags, "--seconds", seconds)[0][0]


def load(server, *flags, seconds):
    arguments = ("load", f"http://{server.http}", "--warmup", 0.5, "--seconds", seconds, "--max-seconds", seconds, "--json", *flags)
    return json.loads(headrace_cli.headrace(*arguments))["results"][0], child.shown(*arguments)


def served_row(name, pairs, bare_way, command):
    served = [result["rows_per_s"] for result, _ in pairs]
    bare = [rate for _, rate in pairs]
    share = statistics.median(rate / other for rate, other in zip(served, bare, strict=True))
    p50, p99 = (statistics.median(result["latency_ms"][key] for result, _ in pairs) for key in ("p50", "p99"))
    refused = sum(result["error_count"] for result, _ in pairs)
    measured = f"{statistics.median(served):.1f} images/s, {share:.2f}x of bare ({bare_way}; best against best {max(served) / max(bare):.2f}x); p50 {p50:.0f}, p99 {p99:.0f} ms; {refused} refused"
    bar = LEVELS[name][2]
    bars, passed = ([f">= {bar}x"], share >= bar) if bar else ([], None)
    if "deadline" in name:
        bars.append(f"p99 <= {DEADLINE_MS} ms")
        passed = passed is not False and p99 <= DEADLINE_MS
    return Row(f"served, {name}", measured, command, ", ".join(bars), passed, figures={"bare": bare, "served": [result for result, _ in pairs]})
