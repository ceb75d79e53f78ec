"""The native engine beside ONNX Runtime and OpenVINO: one process an engine, interleaved; on this CPU, as on one without AMX, and as on
one without VNNI.

A bar is held against the median of the rounds' ratios, of the fastest runs of each round: where the machine's speed changes by the
second, the two engines of a short round met the same machine, which their fastest runs of all did not.
"""
import json
import statistics

import bench_files
import child
import headrace_cli
from row import Row

PEERS = ("ort", "openvino")
EXACT = ("ort-exact",)
ROUNDS = 20
RESNET, EFFICIENTNET = "resnet50", "efficientnet_lite0"

# what, model, kind of file, threads, batch, peers, most of the fastest peer's time: without VNNI, with it
CASES = (
    ("ResNet-50 INT8, 1 thread", RESNET, "int8", 1, 1, PEERS, 0.85, 0.75),
    ("ResNet-50 INT8, an ordinary file against exact peers, 1 thread", RESNET, "ordinary", 1, 1, EXACT, 0.65, 0.65),
    ("ResNet-50 INT8, 2 threads", RESNET, "int8", 2, 1, PEERS, 0.80, 0.80),
    ("ResNet-50 INT8, batch 8, 2 threads", RESNET, "int8", 2, 8, PEERS, 1 / 1.15, 1 / 1.3),
    ("EfficientNet-Lite0 INT8, 1 thread", EFFICIENTNET, "int8", 1, 1, PEERS, 0.70, 0.70),
    ("EfficientNet-Lite0 INT8 against exact peers, 1 thread", EFFICIENTNET, "int8", 1, 1, EXACT, 0.50, 0.50),
    ("ResNet-50 FP32, 1 thread", RESNET, "fp32", 1, 1, PEERS, 0.75, 0.85),
    ("EfficientNet-Lite0 FP32, 1 thread", EFFICIENTNET, "fp32", 1, 1, PEERS, 0.75, 0.80),
)


def rows(quick):
    seconds = "0.3" if quick else "4"
    result = []
    older = headrace_cli.without_vnni()
    for environment in [{}] + [other for other in (headrace_cli.without_amx(), older) if other]:
        saturates = environment is older or older == {}
        for what, model, kind, threads, batch, peers, without, with_vnni in CASES:
            bar = without if saturates else with_vnni
            result.append(row(what, _file(model, kind), threads, batch, peers, bar, environment, seconds))
        result += _footprint(environment, seconds)
    return result


def _file(model, kind):
    if kind == "fp32":
        return bench_files.fp32(model)
    return bench_files.int8(model) if kind == "int8" else bench_files.ordinary_int8(model)


def measure(file, engines, threads, batch, environment, seconds):
    arguments = ("bench", file, "--engine", ",".join(engines), "--threads", threads, "--batch", batch, "--seconds", seconds, "--rounds", ROUNDS)
    report = json.loads(headrace_cli.headrace(*arguments, "--json", environment=environment))
    prefix = "".join(f"{key}={value} " for key, value in (environment or {}).items()).replace(f"{headrace_cli.ROOT}/", "")
    return {(point["engine"], point["threads"]): point for point in report["results"]}, report["cpu"]["isa"], prefix + child.shown(*arguments)


def row(what, file, threads, batch, peers, bar, environment, seconds):
    points, isa, command = measure(file, ("native", *peers), threads, batch, environment, seconds)
    points = {engine: point for (engine, _), point in points.items()}
    failed = [f"{name}: {point['error']}" for name, point in points.items() if point["error"]]
    if failed:
        return Row(what, f"failed: {'; '.join(failed)}", command, f"<= {bar:.2f}x", False, isa)
    times = {name: point["latency_ms"] for name, point in points.items()}
    ratio = {key: times["native"][key] / min(times[peer][key] for peer in peers) for key in ("min", "median")}
    paired = min_ratio_of_rounds(points["native"], *(points[peer] for peer in peers))
    shown = "; ".join(f"{name} min {time['min']:.2f}, median {time['median']:.2f} ms" for name, time in times.items())
    measured = f"{paired:.2f}x (rounds), {ratio['min']:.2f}x (min), {ratio['median']:.2f}x (median): {shown}"
    return Row(what, measured, command, f"<= {bar:.2f}x", paired <= bar, isa, times)


def min_ratio_of_rounds(point, *others):
    """The median over rounds of the point's fastest run against the fastest of the others'."""
    rounds = zip(point["round_min_ms"], *(other["round_min_ms"] for other in others))
    return statistics.median(ours / min(theirs) for ours, *theirs in rounds)


def _footprint(environment, seconds):
    """What a second thread is worth, peak memory and load time, of ResNet-50 INT8."""
    file = bench_files.int8(RESNET)
    points, isa, command = measure(file, ("native", "ort"), "1,2", 1, environment, seconds)
    one, two, ort = points["native", 1], points["native", 2], points["ort", 1]
    gain = min_ratio_of_rounds(one, two)
    memory, bound, load = one["peak_rss_bytes"] / 1e6, ort["peak_rss_bytes"] / 1e6, one["load_ms"]
    return [
        Row("ResNet-50 INT8, 2 threads beside 1", f"{gain:.2f}x faster (rounds), {one['latency_ms']['min'] / two['latency_ms']['min']:.2f}x (min)", command, ">= 1.85x", gain >= 1.85, isa),
        Row("peak memory, ResNet-50 INT8", f"{memory / bound:.2f}x: native {memory:.0f} MB, ort {bound:.0f} MB",
            command, "<= 0.80x ORT's", memory <= 0.8 * bound, isa),
        Row("load time, ResNet-50 INT8, choices remembered", f"{load:.0f} ms", command, "<= 150 ms", load <= 150, isa),
    ]
