"""Servers of an identity model, each a process of its own on free ports of loopback: ours, MLServer, KServe's Python server, Triton.

`./run bench serve_overhead` sets the peers up in .deps/peers. One that is not there, or does not start, is left out, with its reason.
"""
import contextlib
import dataclasses
import json
import os
import pathlib
import re
import select
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

import bench_files
import headrace_cli

HERE = pathlib.Path(__file__).resolve().parent
PEERS = headrace_cli.ROOT / ".deps/peers"


@dataclasses.dataclass
class Server:
    name: str
    http: str  # "127.0.0.1:8000"
    grpc: str
    process: subprocess.Popen


def free_ports(count):
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


def write_identity(path):
    """x [N, K] FP32 -> y."""
    import onnx
    from onnx import TensorProto, helper

    info = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", "K"]) for name in "xy"]
    graph = helper.make_graph([helper.make_node("Identity", ["x"], ["y"])], "identity", info[:1], info[1:])
    path.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)
    return path


def identity_model():
    """The folder of the model `identity`."""
    path = bench_files.FOLDER / "serve/identity/model.onnx"
    return (path if path.exists() else write_identity(path)).parent


@contextlib.contextmanager
def running(command, folder, environment=None):
    """The process, ended at the end whatever happened."""
    with (pathlib.Path(folder) / "server.log").open("wb") as log:
        process = subprocess.Popen([*map(str, command)], cwd=folder, stdout=log, stderr=log, env=headrace_cli.extended(environment))
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()


def wait_until_ready(http, process, seconds=120):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError, urllib.error.URLError):
            with urllib.request.urlopen(f"http://{http}/v2/models/identity/ready", timeout=5) as answer:
                if answer.status == 200:
                    return
        if process.poll() is not None:
            break
        time.sleep(0.2)
    raise RuntimeError("did not become ready")


@contextlib.contextmanager
def headrace(path, *flags):
    """`headrace serve PATH`, told by its ready line."""
    command = [headrace_cli.HEADRACE, "serve", path, "--http-port", "0", "--grpc-port", "0", *flags]
    process = subprocess.Popen([*map(str, command)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    try:
        ready, _, _ = select.select([process.stdout], [], [], 300)
        line = process.stdout.readline().decode() if ready else ""
        addresses = [re.search(scheme + r"://(\S+)", line) for scheme in ("http", "grpc")]
        if not all(addresses):
            raise RuntimeError(f"headrace serve did not become ready: {line!r}")
        yield Server("headrace", addresses[0][1], addresses[1][1], process)
    finally:
        process.terminate()
        process.wait(60)


def _python(name):
    python = PEERS / name / "bin/python"
    if not python.exists():
        raise RuntimeError("not installed")
    return python


def _peer(name, command, folder, http_port, grpc_port, environment=None):
    @contextlib.contextmanager
    def run():
        with running(command, folder, environment) as process:
            http = f"127.0.0.1:{http_port}"
            wait_until_ready(http, process)
            yield Server(name, http, f"127.0.0.1:{grpc_port}", process)

    return run()


def mlserver(folder):
    http, grpc, metrics = free_ports(3)
    settings = {"host": "127.0.0.1", "http_port": http, "grpc_port": grpc, "metrics_port": metrics, "parallel_workers": 0, "debug": False}
    inputs = [{"name": "x", "datatype": "FP32", "shape": [-1, -1]}]
    model = {"name": "identity", "implementation": "mlserver_identity.Identity", "inputs": inputs, "outputs": [{**inputs[0], "name": "y"}]}
    (folder / "settings.json").write_text(json.dumps(settings))
    (folder / "model-settings.json").write_text(json.dumps(model))
    python = _python("mlserver")
    return _peer("mlserver", [python.parent / "mlserver", "start", "."], folder, http, grpc, {"PYTHONPATH": str(HERE / "peers")})


def kserve(folder):
    http, grpc = free_ports(2)
    return _peer("kserve", [_python("kserve"), HERE / "peers/kserve_identity.py", http, grpc], folder, http, grpc)


def triton(folder):
    http, grpc, metrics = free_ports(3)
    return _peer("triton", [_python("pytriton"), HERE / "peers/triton_identity.py", http, grpc, metrics], folder, http, grpc, {"HOME": os.environ.get("HOME", "/root")})


@contextlib.contextmanager
def all_identities():
    """Every server that could be started, and the reasons of those that could not."""
    with contextlib.ExitStack() as stack:
        servers, missing = [stack.enter_context(headrace(identity_model(), "--engine", "ort"))], {}
        for start in (mlserver, kserve, triton):
            folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory()))
            try:
                servers.append(stack.enter_context(start(folder)))
            except RuntimeError as error:
                log = folder / "server.log"
                missing[start.__name__] = f"{error}: {log.read_text(errors='replace')[-300:]}" if log.exists() else str(error)
        yield servers, missing
