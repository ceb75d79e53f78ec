"""Everything at once, for a while: steady clients that check their answers, among reloads, killed and silent clients, and rubbish.

`python mixed_load.py SECONDS` runs it by itself (./run soak); test_mixed_load.py runs it for a minute. What must hold:
every request of a steady client is answered, rightly; the process lives; memory does not grow after warm-up.
"""

import argparse
import collections
import http.client
import json
import os
import pathlib
import random
import shutil
import socket
import struct
import sys
import tempfile
import threading
import time

import numpy as np
import tritonclient.grpc as triton

from raw_http import request
from running_server import RunningServer
from server_models import deploy_cnn, write_repository

REFUSALS = (429, 503, 504)  # answers all the same: the server sheds load


class Tally:
    """What happened, counted; and what must not happen, kept."""

    def __init__(self):
        self.lock = threading.Lock()
        self.counts = collections.Counter()
        self.failures = []

    def count(self, what):
        with self.lock:
            self.counts[what] += 1

    def fail(self, what):
        with self.lock:
            if len(self.failures) < 20:
                self.failures.append(what)
            self.counts["failed"] += 1


class MixedLoad:
    def __init__(self, server, repository, bundle, picture):
        self.server, self.repository, self.bundle, self.picture = server, repository, bundle, picture
        self.stop = threading.Event()
        self.tally = Tally()
        self.host, self.port = server.http.rsplit(":", 1)[0], server.port

    def until_stopped(self, step, pause=0.0):
        def loop():
            while not self.stop.wait(pause):
                try:
                    step()
                except Exception as error:  # noqa: BLE001: whatever it is, it must not happen
                    self.tally.fail(f"{step.__name__}: {error!r}")

        return loop

    # Steady clients: every request must be answered, rightly.

    def http_client(self, model, inputs, check):
        connection = http.client.HTTPConnection(self.host, self.port, timeout=60)
        body = json.dumps({"inputs": inputs})

        def http_request():
            connection.request("POST", f"/v2/models/{model}/infer", body)
            answer = connection.getresponse()
            text = answer.read()
            if answer.status in REFUSALS and model != "cnn":
                return self.tally.count(f"http {answer.status}")
            if answer.status != 200 or not check(json.loads(text)):
                return self.tally.fail(f"{model}: {answer.status} {text[:200]!r}")
            return self.tally.count(f"http {model}")

        return self.until_stopped(http_request)

    def picture_client(self):
        connection = http.client.HTTPConnection(self.host, self.port, timeout=60)

        def picture_request():
            connection.request("POST", "/v2/models/cnn/picture?top=1", self.picture)
            answer = connection.getresponse()
            text = answer.read()
            if answer.status != 200:
                return self.tally.fail(f"picture: {answer.status} {text[:200]!r}")
            return self.tally.count("http picture")

        return self.until_stopped(picture_request, 0.01)

    def grpc_client(self):
        client = triton.InferenceServerClient(self.server.grpc)
        values = np.arange(8, dtype=np.float32).reshape(2, 4)
        inputs = [triton.InferInput(name, [2, 4], "FP32") for name in "ab"]
        for tensor in inputs:
            tensor.set_data_from_numpy(values)

        def grpc_request():
            result = client.infer("arithmetic", inputs, client_timeout=60)
            right = np.array_equal(result.as_numpy("sum"), 2 * values)
            self.tally.count("grpc") if right else self.tally.fail("grpc: a wrong sum")

        return self.until_stopped(grpc_request)

    # Disturbances: what they get does not matter.

    def reloads(self):
        """The bundle of `cnn` is replaced, as `headrace deploy` does: written beside, then renamed."""
        turn = iter(range(1 << 30))

        def reload():
            new = self.repository / f".cnn-{next(turn)}"
            shutil.copytree(self.bundle, new)
            old = self.repository / ".cnn-old"
            (self.repository / "cnn").rename(old)
            new.rename(self.repository / "cnn")
            shutil.rmtree(old)
            self.tally.count("reloads")

        return self.until_stopped(reload, 1.0)

    def killed_clients(self):
        data = request("/v2/models/cnn/infer", json.dumps({"inputs": [{"name": "x", "datatype": "FP32", "shape": [1, 3, 32, 32], "data": [0] * 3072}]}).encode())

        def killed_client():
            with socket.create_connection((self.host, self.port), timeout=60) as connection:
                connection.sendall(data[: random.randrange(1, len(data) + 1)])
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # a reset, not a farewell
            self.tally.count("killed clients")

        return self.until_stopped(killed_client, 0.02)

    def slow_clients(self):
        """Slow-loris: a header that never ends, a letter at a time; and connections that say nothing."""
        connections = []

        def slow_client():
            if len(connections) < 50:
                connections.append(socket.create_connection((self.host, self.port), timeout=60))
            for connection in connections[::2]:
                try:
                    connection.send(b"G" if random.random() < 0.5 else b"X")
                except OSError:  # the server has had enough of it
                    connections.remove(connection)
                    self.tally.count("slow clients turned away")

        return self.until_stopped(slow_client, 0.2)

    def cancelled_calls(self):
        client = triton.InferenceServerClient(self.server.grpc)
        tensor = triton.InferInput("x", [4, 3, 32, 32], "FP32")
        tensor.set_data_from_numpy(np.zeros((4, 3, 32, 32), np.float32))

        def cancelled_call():
            call = client.async_infer("cnn", [tensor], callback=lambda result, error: None)
            time.sleep(random.random() * 0.004)
            call.cancel()
            self.tally.count("cancelled calls")

        return self.until_stopped(cancelled_call, 0.02)

    def rubbish(self):
        chance = random.Random(7)

        def rubbish_client():
            good = request("/v2/models/arithmetic/infer", b'{"inputs": [{"name": "a", "datatype": "FP32", "shape": [1, 4], "data": [1, 2, 3, 4]}]}')
            data = bytearray(good)
            for _ in range(chance.randrange(1, 8)):
                data[chance.randrange(len(data))] = chance.randrange(256)
            with socket.create_connection((self.host, self.port), timeout=5) as connection:
                connection.sendall(data)
                connection.shutdown(socket.SHUT_WR)
                status = connection.recv(64).split(b" ")[1:2]
            if status and status[0].startswith(b"5") and status[0] != b"505":
                self.tally.fail(f"rubbish was answered by {status}: {bytes(data)!r}")
            self.tally.count("rubbish")

        return self.until_stopped(rubbish_client, 0.05)

    def actors(self):
        def row(first):
            return [{"name": name, "datatype": "FP32", "shape": [1, 4], "data": [first, 2, 3, 4]} for name in "ab"]

        def doubled(first):
            return lambda answer: answer["outputs"][0]["data"] == [2 * first, 4, 6, 8]

        picture = [{"name": "x", "datatype": "FP32", "shape": [1, 3, 32, 32], "data": [0.5] * 3072}]
        for first in range(3):
            yield self.http_client("arithmetic", row(first), doubled(first))
        for _ in range(2):
            yield self.http_client("cnn", picture, lambda answer: answer["outputs"][0]["shape"] == [1, 2])
        yield from (self.grpc_client(), self.grpc_client(), self.picture_client(), self.reloads(), self.killed_clients())
        yield from (self.slow_clients(), self.cancelled_calls(), self.rubbish())

    def run(self, seconds, warm_up, report=lambda line: None):
        """Resident bytes once warm, and at the end."""
        threads = [threading.Thread(target=actor, daemon=True) for actor in self.actors()]
        for thread in threads:
            thread.start()
        began, warm, samples = time.monotonic(), None, []
        while (now := time.monotonic() - began) < seconds and self.server.alive():
            time.sleep(1)
            samples.append(self.server.resident_bytes() if self.server.alive() else 0)
            if warm is None and now >= warm_up:
                warm = max(samples[-10:])
            if int(now) % 30 == 0:
                report(f"{now:5.0f} s  {samples[-1] / 1e6:.0f} MB  {dict(self.tally.counts)}")
        self.stop.set()
        for thread in threads:
            thread.join(90)
            if thread.is_alive():
                self.tally.fail("a client still waits for its answer")
        return warm, min(samples[-10:])


def prepare(folder):
    """A repository to serve, the bundle that is put there again and again, and a picture."""
    from PIL import Image

    photos = folder / "photos"
    for index, label in enumerate(("cat", "dog", "cat", "dog")):
        (photos / label).mkdir(parents=True, exist_ok=True)
        pixels = np.random.default_rng(index).integers(0, 255, (32, 32, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(photos / label / f"{index}.png")
    deploy_cnn(folder / "bundle", folder, photos)
    write_repository(folder / "repository", datatypes=["FP32", "BYTES"])
    shutil.copytree(folder / "bundle", folder / "repository/cnn")
    return folder / "repository", folder / "bundle", (photos / "cat/0.png").read_bytes()


def run(folder, seconds, warm_up, report=lambda line: None):
    repository, bundle, picture = prepare(folder)
    flags = ["--allow-control", "--header-timeout-ms", "2000", "--poll-seconds", "0.2"]
    server = RunningServer(repository, *flags, log=folder / "server.log")
    load = MixedLoad(server, repository, bundle, picture)
    warm, end = load.run(seconds, warm_up, report)
    alive = server.alive()
    code = server.stop()
    return load.tally, warm, end, alive and code == 0


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("seconds", type=float, nargs="?", default=600.0)
    parser.add_argument("--max-growth", type=float, default=0.05, help="of resident memory after warm-up (default 0.05)")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_CACHE_HOME"] = folder + "/cache"
        warm_up = min(60, arguments.seconds / 3)
        tally, warm, end, whole = run(pathlib.Path(folder), arguments.seconds, warm_up, lambda line: print(line, flush=True))
    growth = end / warm - 1
    print(f"{dict(tally.counts)}\nmemory: {warm / 1e6:.1f} MB warm, {end / 1e6:.1f} MB at the end ({growth:+.1%}); stopped cleanly: {whole}")
    for failure in tally.failures:
        print("failed:", failure)
    grown = growth > arguments.max_growth and os.environ.get("HEADRACE_SANITIZED") != "1"  # sanitizers keep freed memory back
    return 0 if whole and not tally.failures and not grown else 1


if __name__ == "__main__":
    sys.exit(main())
