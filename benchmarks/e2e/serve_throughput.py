"""ResNet-50 INT8 behind the server, at concurrency 1, 4, 16, 64, against the best that the bare engines do on this machine."""
import json

import bench_files
import child
import headrace_cli
import serve_peers
from row import Row

CONCURRENCIES = (1, 4, 16, 64)
DEADLINE_MS = 400


def rows(quick):
    seconds = 1 if quick else 4
    bundle = resnet50_bundle()
    bare, best, command = best_bare_throughput(bundle / "model.onnx", seconds)
    result = [Row("ResNet-50 INT8, best bare engine", f"{best:.1f} images/s: {bare}", command)]
    with serve_peers.headrace(bundle, "--max-queue-size", "256") as server:
        for concurrency in CONCURRENCIES:
            result.append(throughput_row(server, concurrency, best, seconds))
        result.append(deadline_row(server, best, seconds))
    again = best_bare_throughput(bundle / "model.onnx", seconds)[1]
    result.append(Row("best bare engine, measured again behind it", f"{again:.1f} images/s ({again / best:.2f}x of before: how steady the machine was)", command))
    return result


def resnet50_bundle():
    folder = bench_files.FOLDER / "serve/resnet50"
    if bench_files.is_older(folder / "model.onnx", headrace_cli.HEADRACE):
        calibration = headrace_cli.PHOTOS / "calibration"
        headrace_cli.headrace("deploy", bench_files.fp32("resnet50"), "-o", folder, "--calibration", calibration, *headrace_cli.PREPROCESS, "--samples", 32, "--max-drop", 100)
    return folder


def best_bare_throughput(model, seconds):
    """Over engines, threads, batches and callers."""
    arguments = ("bench", model, "--engine", "native,openvino", "--threads", "1,2", "--batch", "1,8", "--clients", "1,2", "--seconds", seconds)
    results = json.loads(headrace_cli.headrace(*arguments, "--json"))["results"]
    best = max((result for result in results if not result["error"]), key=lambda result: result["throughput_per_s"])
    shown = f"{best['engine']}, {best['threads']} threads, batch {best['batch']}, {best['clients']} clients"
    return shown, best["throughput_per_s"], child.shown(*arguments)


def load(server, *flags, seconds):
    arguments = ("load", f"http://{server.http}", "--warmup", 1, "--seconds", seconds, "--max-seconds", 2 * seconds, "--json", *flags)
    return json.loads(headrace_cli.headrace(*arguments))["results"][0], child.shown(*arguments)


def throughput_row(server, concurrency, best, seconds):
    result, command = load(server, "--concurrency", concurrency, seconds=seconds)
    share, latency = result["rows_per_s"] / best, result["latency_ms"]
    measured = f"{result['rows_per_s']:.1f} images/s, {share:.2f}x of the best bare engine; p50 {latency['p50']:.1f}, p99 {latency['p99']:.1f} ms; {result['error_count']} refused or failed"
    held = concurrency >= 4
    return Row(f"ResNet-50 INT8 served, concurrency {concurrency}", measured, command, ">= 0.97x" if held else "", share >= 0.97 if held else None, figures=result)


def deadline_row(server, best, seconds):
    """64 clients that each want their answer within the deadline: more than can be had."""
    result, command = load(server, "--concurrency", 64, "--deadline-ms", DEADLINE_MS, seconds=seconds)
    latency = result["latency_ms"]
    measured = f"p99 {latency['p99']:.1f} ms of {result['requests']} answered ({result['rows_per_s'] / best:.2f}x of the best bare engine), {result['error_count']} refused"
    return Row(f"the same with a deadline of {DEADLINE_MS} ms", measured, command, f"p99 <= {DEADLINE_MS} ms", latency["p99"] <= DEADLINE_MS, figures=result)
