"""What a server adds to a call: an identity model of one float, one client, loopback; ours beside MLServer, KServe's and Triton's."""
import json
import statistics
import subprocess

import child
import headrace_cli
import serve_peers
from row import Row

FLOATS_OF_16_MB = 4_000_000


def load(url, *flags, seconds):
    """The one level that `headrace load` measures; gRPC by a client in C++ as well, so that the client costs little."""
    if url.startswith("grpc://"):
        return load_grpc(url.removeprefix("grpc://"), seconds)
    arguments = ("load", url, "--model", "identity", "--concurrency", 1, "--warmup", 0.5, "--seconds", seconds, "--max-seconds", seconds, "--json", *flags)
    return json.loads(headrace_cli.headrace(*arguments))["results"][0], child.shown(*arguments)


def load_grpc(address, seconds):
    command = [str(headrace_cli.BUILD / "bin/grpc_latency"), address, "identity", "x", str(seconds)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(done.stderr.strip())
    return {"error_count": 0, **json.loads(done.stdout)}, " ".join(["build/release/bin/grpc_latency", *command[1:]])


def interleaved(urls, *flags, rounds, seconds):
    """For each name of `urls` the rounds' results: the servers in turns, so that a busy minute hits all of them."""
    results, commands = {name: [] for name in urls}, {}
    for _ in range(rounds):
        for name, url in urls.items():
            try:
                result, commands[name] = load(url, *flags, seconds=seconds)
            except RuntimeError as error:
                commands[name] = str(error)[-200:]
                continue
            if result["requests"] > 0 and not result["error_count"]:
                results[name].append(result)
    return results, commands


def rows(quick):
    rounds, seconds = (1, 0.5) if quick else (5, 2)
    bare_ms = bare_call_ms(seconds)
    result = []
    with serve_peers.all_identities() as (servers, missing):
        ways = {
            "HTTP, binary": ({s.name: f"http://{s.http}" for s in servers}, (), 120),
            "HTTP, JSON": ({s.name: f"http://{s.http}" for s in servers}, ("--json-tensors",), 120),
            "gRPC": ({s.name: f"grpc://{s.grpc}" for s in servers}, (), 200),
        }
        for way, (urls, flags, bar_us) in ways.items():
            results, commands = interleaved(urls, "--shape", "x:1,1", *flags, rounds=rounds, seconds=seconds)
            result += [overhead_row(way, name, results[name], commands[name], bare_ms, bar_us) for name in urls]
        result += [row for server in servers for row in large_tensor_rows(server, rounds, seconds)]
        result += [Row(f"{name}: left out", reason.replace("\n", " ")[-160:], "") for name, reason in missing.items()]
    return result


def bare_call_ms(seconds):
    report = json.loads(headrace_cli.headrace("bench", serve_peers.identity_model() / "model.onnx", "--engine", "ort", "--seconds", seconds, "--json"))
    return report["results"][0]["latency_ms"]["median"]


def overhead_row(way, name, results, command, bare_ms, bar_us):
    what = f"identity of 1 float, {way}, {name}"
    if not results:
        return Row(what, "no answers", command, passed=False if name == "headrace" else None)
    added = [1000 * (result["latency_ms"]["p50"] - bare_ms) for result in results]
    measured = f"p50 adds {statistics.median(added):.0f} us (least {min(added):.0f}); p99 {1000 * statistics.median(r['latency_ms']['p99'] for r in results):.0f} us"
    ours = name == "headrace" and bar_us is not None
    return Row(what, measured, command, f"<= {bar_us} us" if ours else "", statistics.median(added) <= bar_us if ours else None, figures={"added_us": added, "bare_ms": bare_ms})


def large_tensor_rows(server, rounds, seconds):
    url = {server.name: f"http://{server.http}"}
    results, commands = interleaved(url, "--shape", f"x:1,{FLOATS_OF_16_MB}", rounds=rounds, seconds=seconds)
    what = f"identity of 16 MB, HTTP, {server.name}"
    if not results[server.name]:
        yield Row(what, "no answers", commands[server.name], passed=False if server.name == "headrace" else None)
        return
    ours = server.name == "headrace"
    # A request carries the tensor in and out again, one after the other, and the engine copies it in between.
    rates = [2 * 4 * FLOATS_OF_16_MB / (result["latency_ms"]["p50"] / 1000) / 1e9 for result in results[server.name]]
    measured = f"{statistics.median(rates):.2f} GB/s, in and out together (best {max(rates):.2f}), the engine's copy included"
    yield Row(what, measured, commands[server.name], ">= 1.5 GB/s" if ours else "", statistics.median(rates) >= 1.5 if ours else None, figures={"gb_per_s": rates})
