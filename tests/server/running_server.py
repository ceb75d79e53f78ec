"""A `headrace serve` process: started on free ports of loopback, stopped by SIGTERM, its standard error kept for those who look."""

import os
import pathlib
import re
import select
import signal
import subprocess
import time

BINARY = os.environ.get("HEADRACE_BINARY", str(pathlib.Path(__file__).parents[2] / "build/release/bin/headrace"))
SANITIZER_REPORT = re.compile(r"(Address|Thread|UndefinedBehavior|Leak)Sanitizer|runtime error:")


class RunningServer:
    def __init__(self, path, *arguments, log, environment=None, start_seconds=120, prefix=()):
        self.log = pathlib.Path(log)
        ports = [] if "--http-port" in arguments else ["--http-port", "0", "--grpc-port", "0"]
        with self.log.open("ab") as stderr:
            self.process = subprocess.Popen(
                [*prefix, BINARY, "serve", str(path), *ports, *map(str, arguments)],
                stdout=subprocess.PIPE,
                stderr=stderr,
                stdin=subprocess.DEVNULL,
                env={**os.environ, **(environment or {})},
            )
        self.ready_line = self._read_ready_line(start_seconds)
        self.http = self._address("http")  # "127.0.0.1:40123"
        self.grpc = self._address("grpc")

    def _read_ready_line(self, seconds):
        deadline, text = time.monotonic() + seconds, b""
        while not text.endswith(b"\n"):
            ready, _, _ = select.select([self.process.stdout], [], [], max(0, deadline - time.monotonic()))
            part = os.read(self.process.stdout.fileno(), 65536) if ready else b""
            if not part:
                self.process.kill()
                raise AssertionError(f"the server did not become ready: {text!r}\n{self.errors()}")
            text += part
        return text.decode()

    def _address(self, scheme):
        match = re.search(scheme + r"s?://([^\s/,]+:\d+)", self.ready_line)
        return match[1] if match else None

    @property
    def port(self):
        return int(self.http.rsplit(":", 1)[1])

    def errors(self):
        return self.log.read_text(errors="replace")

    def resident_bytes(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+) kB", status)[1]) * 1024

    def alive(self):
        return self.process.poll() is None

    def stop(self, seconds=60):
        """SIGTERM; returns the exit code. A sanitizer's report fails the test whatever the exit code says."""
        if self.alive():
            self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise AssertionError(f"the server did not stop within {seconds} s\n{self.errors()}") from None
        assert not SANITIZER_REPORT.search(self.errors()), self.errors()
        return self.process.returncode
