"""What may break around a server: it says what is wrong, and serves on."""

import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import time

import pytest

from raw_http import Connection, exchange, infer, request
from running_server import BINARY
from server_models import write_endless, write_repository, write_slow

ROW = {"datatype": "FP32", "shape": [1, 4], "data": [1, 2, 3, 4]}
GOOD = {"inputs": [{"name": "a", **ROW}, {"name": "b", **ROW}]}


def serves(server):
    return infer(server, GOOD).status == 200


def refused_to_start(*arguments):
    """The message of a `headrace serve` that does not start."""
    done = subprocess.run([BINARY, "serve", *map(str, arguments)], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode in (1, 2), done.stderr
    assert not done.stdout
    assert "error: " in done.stderr
    return done.stderr


def index(server):
    answer = exchange(server, request("/v2/repository/index", b"{}"))
    return {entry["name"]: entry for entry in json.loads(answer.body)}


def wait_for(condition, seconds=60):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.1)


@pytest.fixture
def small(tmp_path):
    root = tmp_path / "repository"
    write_repository(root, datatypes=["FP32"])
    return root


@pytest.mark.parametrize("port", ["--http-port", "--grpc-port"])
def test_a_port_in_use(small, port):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        number = taken.getsockname()[1]
        other = "--grpc-port" if port == "--http-port" else "--http-port"
        assert str(number) in refused_to_start(small, port, number, other, 0)


def test_nothing_to_serve(tmp_path):
    assert "nowhere" in refused_to_start(tmp_path / "nowhere")
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "model.onnx").write_bytes(b"no model")
    assert "bad" in refused_to_start(tmp_path)


def test_an_unreadable_bundle_among_others(start, small, bundle):
    shutil.copytree(bundle, small / "broken")
    (small / "broken/model.onnx").write_bytes(b"\x08\x07rubbish")
    shutil.copytree(bundle, small / "cut")
    (small / "cut/headrace.toml").write_text("[quantize\n")
    server = start(small)
    assert serves(server)
    for name in ("broken", "cut"):
        assert index(server)[name]["state"] == "UNAVAILABLE"
        assert index(server)[name]["reason"]
        assert infer(server, GOOD, model=name).status == 503
    assert exchange(server, request("/v2/health/live", method="GET")).status == 200


def test_a_new_version_that_does_not_load_leaves_the_old_one(start, small, bundle):
    shutil.copytree(bundle, small / "cnn")
    server = start(small, "--poll-seconds", "0.2")
    body = {"inputs": [{"name": "x", "datatype": "FP32", "shape": [1, 3, 32, 32], "data": [0.25] * 3072}]}
    before = infer(server, body, model="cnn")
    assert before.status == 200
    (small / "cnn/model.onnx.new").write_bytes(b"rubbish")
    (small / "cnn/model.onnx.new").rename(small / "cnn/model.onnx")
    wait_for(lambda: "model.onnx" in server.errors() or index(server)["cnn"].get("reason"))
    after = infer(server, body, model="cnn")
    assert after.status == 200
    assert json.loads(after.body)["outputs"] == json.loads(before.body)["outputs"]


def test_models_come_and_go(start, small, bundle):
    server = start(small, "--poll-seconds", "0.2")
    assert infer(server, GOOD, model="cnn").status == 404
    shutil.copytree(bundle, small / ".cnn")
    (small / ".cnn").rename(small / "cnn")
    wait_for(lambda: index(server).get("cnn", {}).get("state") == "READY")
    shutil.rmtree(small / "cnn")
    wait_for(lambda: index(server).get("cnn", {}).get("state") != "READY")
    assert serves(server)


def test_an_engine_that_fails_spoils_its_own_requests_alone(start, small):
    """Reshape to what an input says: ONNX Runtime fails where the number of elements differs."""
    import onnx
    from onnx import TensorProto, helper

    info = helper.make_tensor_value_info
    graph = helper.make_graph(
        [helper.make_node("Reshape", ["x", "shape"], ["y"])],
        "failing",
        [info("x", TensorProto.FLOAT, [6]), info("shape", TensorProto.INT64, [2])],
        [info("y", TensorProto.FLOAT, [None, None])],
    )
    (small / "failing").mkdir()
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), small / "failing/model.onnx")
    server = start(small, "--engine", "ort")

    def reshape(rows, columns):
        tensors = [{"name": "x", "datatype": "FP32", "shape": [6], "data": list(range(6))}, {"name": "shape", "datatype": "INT64", "shape": [2], "data": [rows, columns]}]
        return infer(server, {"inputs": tensors}, model="failing")

    assert reshape(2, 3).status == 200
    failed = reshape(4, 4)
    assert failed.status == 500
    assert failed.error
    assert reshape(3, 2).status == 200
    assert serves(server)


def test_a_full_disk_under_the_access_log(start, small):
    server = start(small, "--access-log", "/dev/full")
    assert all(serves(server) for _ in range(200))


def test_the_access_log(start, small, tmp_path):
    log = tmp_path / "access.log"
    server = start(small, "--access-log", log)
    assert serves(server)
    assert infer(server, GOOD, model='no"body').status in (400, 404)
    wait_for(lambda: log.exists() and len(log.read_text().splitlines()) >= 2)
    first, second = (json.loads(line) for line in log.read_text().splitlines()[:2])
    assert (first["model"], first["status"]) == ("arithmetic", 200)
    assert second["status"] in (400, 404)
    log.rename(tmp_path / "access.log.1")
    server.process.send_signal(signal.SIGHUP)
    wait_for(lambda: serves(server) and log.exists() and log.read_text())


def test_no_file_descriptors_left(start, small):
    server = start(small, prefix=["prlimit", "--nofile=64:64"])
    crowd = []
    for _ in range(100):
        connection = socket.create_connection(("127.0.0.1", server.port), timeout=10)
        crowd.append(connection)
    time.sleep(0.5)
    for connection in crowd:
        connection.close()
    wait_for(lambda: serves(server))


def test_sigterm_answers_what_is_in_flight(start, small):
    server = start(small)
    body = json.dumps(GOOD).encode()
    with Connection(server) as connection:
        assert serves(server)
        connection.send(request("/v2/models/arithmetic/infer", body)[:-10])  # the rest comes after the signal
        time.sleep(0.3)
        server.process.send_signal(signal.SIGTERM)
        time.sleep(0.2)
        connection.send(body[-10:])
        assert connection.answer().status == 200
    assert server.process.wait(30) == 0


def test_sigterm_while_it_loads(tmp_path):
    write_slow(tmp_path / "slow" / "model.onnx")
    command = [BINARY, "serve", tmp_path / "slow", "--http-port", "0", "--grpc-port", "0"]
    with subprocess.Popen([*map(str, command)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        time.sleep(0.5)
        process.send_signal(signal.SIGTERM)
        out, errors = process.communicate(timeout=30)
    assert (out, process.returncode) == ("", 0), errors


def test_sigterm_waits_for_no_fuller_batch(start, small):
    server = start(small, "--max-batch-size", "8", "--max-queue-delay-us", "60000000", "--drain-seconds", "20")
    with Connection(server) as connection:
        connection.send(request("/v2/models/arithmetic/infer", json.dumps(GOOD).encode()))  # waits for others, for a minute
        time.sleep(0.3)
        server.process.send_signal(signal.SIGTERM)
        assert connection.answer().status == 200
    assert server.process.wait(10) == 0


def test_sigterm_answers_what_it_does_not_finish(start, tmp_path):
    write_endless(tmp_path / "slow" / "endless" / "model.onnx")
    server = start(tmp_path / "slow", "--drain-seconds", "2")
    with Connection(server) as connection:
        body = {"inputs": [{"name": "steps", "shape": [], "datatype": "INT64", "data": [2**40]}]}
        connection.send(request("/v2/models/endless/infer", json.dumps(body).encode()))
        time.sleep(0.3)
        server.process.send_signal(signal.SIGTERM)
        assert connection.answer().status == 503
    assert server.process.wait(30) == 0


def test_the_clock_jumps(start, small, tmp_path):
    """Deadlines and latencies are of the steady clock: days forward and back cost no request."""
    library = next(pathlib.Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
    offset = tmp_path / "offset"
    offset.write_text("+0")
    clock = {"LD_PRELOAD": str(library), "FAKETIME_TIMESTAMP_FILE": str(offset), "FAKETIME_CACHE_DURATION": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
    server = start(small, "--default-deadline-ms", "20000", "--idle-timeout-ms", "30000", environment=clock)
    with Connection(server) as connection:
        for jump in ("+0", "+30d", "-300d", "+0"):
            offset.write_text(jump)
            time.sleep(1.2)
            connection.send(request("/v2/models/arithmetic/infer", json.dumps(GOOD).encode()))
            assert connection.answer().status == 200, jump
    statistics = json.loads(exchange(server, request("/v2/models/arithmetic/stats", method="GET")).body)["model_stats"][0]["inference_stats"]
    assert 0 < statistics["success"]["ns"] < 60e9


def test_tokens(start, small):
    environment = {"HEADRACE_DATA_TOKEN": "data-secret", "HEADRACE_CONTROL_TOKEN": "control-secret"}
    server = start(small, "--allow-control", environment=environment)
    assert "secret" not in server.ready_line

    def status(path, token=None, method="GET", body=b""):
        return exchange(server, request(path, body, method=method, headers=[f"Authorization: Bearer {token}"] if token else [])).status

    assert status("/v2/health/ready") == 200
    for path in ("/v2/models/arithmetic", "/v2"):
        assert [status(path), status(path, "wrong"), status(path, "data-secret")] == [401, 401, 200]
    assert [status("/metrics"), status("/metrics", "data-secret"), status("/metrics", "control-secret")] == [401, 401, 200]
    assert status("/v2/repository/models/arithmetic/unload", "data-secret", "POST", b"{}") == 401
    assert "secret" not in server.errors()


def test_cpu_quota_and_affinity_are_respected(start, small):
    server = start(small, prefix=["taskset", "-c", "0"])
    threads = len(os.listdir(f"/proc/{server.process.pid}/task"))
    assert threads < 60
    assert serves(server)
    assert pathlib.Path(f"/proc/{server.process.pid}/status").read_text().count("Cpus_allowed_list:\t0\n") == 1
