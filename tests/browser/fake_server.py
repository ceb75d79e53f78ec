"""A server that answers what the dashboard asks, as a test tells it: what it counts is set, not measured."""

import contextlib
import http.server
import json
import socketserver
import threading

BOUNDS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1]
BATCHES = [1, 2, 4, 8]
READY = {"name": "lite0", "version": "3", "state": "READY", "reason": ""}
OUTCOMES = ["success", "rejected", "expired", "failed", "cancelled"]


class FakeModel:
    """Counters that only grow, as those of the real server."""

    def __init__(self):
        self.outcomes = dict.fromkeys(OUTCOMES, 0)
        self.seconds = dict.fromkeys([*BOUNDS, float("inf")], 0)
        self.batches = dict.fromkeys([*BATCHES, float("inf")], 0)
        self.rows = 0
        self.depth = 0

    def answer(self, count, seconds, batch=1):
        """`count` successful requests of a row, each in so many seconds, in batches of `batch`."""
        self.outcomes["success"] += count
        self.rows += count
        self._count(self.seconds, seconds, count)
        self._count(self.batches, batch, count // batch)

    @staticmethod
    def _count(histogram, value, count):
        for bound in histogram:
            if value <= bound:
                histogram[bound] += count


class Listener(socketserver.ThreadingTCPServer):
    """Not http.server's own, which looks its address up in the DNS and waits for it where there is none."""

    allow_reuse_address = True
    daemon_threads = True


class FakeServer:
    def __init__(self, page, policy):
        self.page, self.policy = page, policy
        self.models = {}
        self.index = []
        self.token = None  # what it wants; None: nothing
        self.requests = []  # (method, path, Authorization)
        self.each_poll = lambda: None  # called before each answer of /metrics
        self.picture = lambda body: (200, {"error": "not set"})
        self._server = None

    def start(self, port=0):
        fake = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                fake._answer(self)

            def do_POST(self):
                fake._answer(self)

            def log_message(self, *_):
                pass

        self._server = Listener(("127.0.0.1", port), Handler)
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def stop(self):
        if self._server:
            self._server.shutdown()
            self._server.server_close()
        self._server = None

    @property
    def port(self):
        return self._server.server_address[1]

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}/"

    def metrics(self):
        lines = ["# HELP headrace_requests_total Requests by outcome", "# TYPE headrace_requests_total counter"]
        lines += ["process_resident_memory_bytes 2.5e+08"]
        for name, model in self.models.items():
            of = f'model={json.dumps(name)},version="1"'
            lines += [f'headrace_requests_total{{{of},outcome="{outcome}"}} {count}' for outcome, count in model.outcomes.items()]
            for metric, histogram in (("headrace_request_seconds", model.seconds), ("headrace_batch_rows", model.batches)):
                for bound, count in histogram.items():
                    lines.append(f'{metric}_bucket{{{of},le="{"+Inf" if bound == float("inf") else bound}"}} {count}')
            lines += [f"headrace_rows_total{{{of}}} {model.rows}"]
            lines += [f"headrace_batches_total{{{of}}} {model.batches[float('inf')]}"]
            lines += [f"headrace_queue_requests{{{of}}} {model.depth}"]
        return "\n".join(lines) + "\n"

    def _answer(self, request):
        body = request.rfile.read(int(request.headers.get("Content-Length", 0)))
        authorization = request.headers.get("Authorization")
        self.requests.append((request.command, request.path, authorization))
        status, kind, text = self._reply(request.path, authorization, body)
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            request.send_response(status)
            request.send_header("Content-Type", kind)
            request.send_header("Content-Length", str(len(text)))
            if request.path == "/":
                request.send_header("Content-Security-Policy", self.policy)
            if status == 401:
                request.send_header("WWW-Authenticate", "Bearer")
            request.end_headers()
            request.wfile.write(text)

    def _reply(self, path, authorization, body):
        if path == "/":
            return 200, "text/html; charset=utf-8", self.page
        if self.token and authorization != f"Bearer {self.token}":
            return 401, "application/json", b'{"error": "a token is needed"}'
        if path == "/metrics":
            self.each_poll()
            return 200, "text/plain; version=0.0.4", self.metrics().encode()
        status, answer = self._json(path, body)
        return status, "application/json", json.dumps(answer).encode()

    def _json(self, path, body):
        if path == "/v2":
            return 200, {"name": "headrace", "version": "1.2.3", "extensions": []}
        if path == "/v2/repository/index":
            return 200, self.index
        if path.endswith("/picture?top=5"):
            return self.picture(body)
        return 404, {"error": f"no such path: {path}"}
