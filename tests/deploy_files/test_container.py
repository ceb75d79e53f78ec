"""deploy/container: the health check by itself, and what the Containerfile promises."""

import http.server
import shutil
import socketserver
import subprocess
import threading

import pytest
from manifests import DEPLOY

FOLDER = DEPLOY / "container"


def healthcheck(port):
    return subprocess.run([str(FOLDER / "healthcheck"), "127.0.0.1", str(port)], capture_output=True, timeout=30, check=False).returncode


@pytest.fixture
def server():
    class Handler(http.server.BaseHTTPRequestHandler):
        status, paths = 200, []

        def do_GET(self):
            self.paths.append(self.path)
            self.send_response(self.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as listening:
        threading.Thread(target=listening.serve_forever, daemon=True).start()
        yield listening.server_address[1], Handler
        listening.shutdown()


@pytest.mark.parametrize("status, healthy", [(200, 0), (503, 1), (404, 1)])
def test_health(server, status, healthy):
    port, handler = server
    handler.status = status
    assert healthcheck(port) == healthy
    assert handler.paths[-1] == "/v2/health/ready"


def test_nobody_there(server):
    with socketserver.TCPServer(("127.0.0.1", 0), None, bind_and_activate=False) as unheard:
        unheard.server_bind()  # and does not listen
        assert healthcheck(unheard.server_address[1]) == 1


def test_packages_of_a_program():
    done = subprocess.run([str(FOLDER / "runtime-packages"), shutil.which("bash")], capture_output=True, text=True, check=True)
    assert "libc6" in done.stdout.split()


def instructions():
    """[(instruction, arguments)], lines that go on joined, of the last stage alone."""
    text = (FOLDER / "Containerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line.split(None, 1) for line in text.splitlines() if line and not line.startswith("#")]
    last = max(i for i, line in enumerate(lines) if line[0] == "FROM")
    return [(line[0], line[1]) for line in lines[last:]]


def test_the_image_runs_as_nobody_and_knows_its_health():
    said = dict(instructions())
    assert said["USER"] == "65532:65532"
    assert '"healthcheck"' in said["HEALTHCHECK"]
    assert said["ENTRYPOINT"] == '["headrace", "serve"]'
    assert not any(word in said["RUN"] for word in ("curl", "g++", "python"))
