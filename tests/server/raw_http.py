"""HTTP by hand, for requests that no client library would send."""

import json
import socket

HEADER_END = b"\r\n\r\n"


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def error(self):
        """The message of the protocol's error body; fails where there is none."""
        return json.loads(self.body)["error"]


class Connection:
    def __init__(self, server, timeout=60):
        host, port = server.http.rsplit(":", 1)
        self.socket = socket.create_connection((host, int(port)), timeout=timeout)
        self.buffer = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        """Whether all of it could be sent: a server may answer and close before it has read everything."""
        try:
            self.socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            return False
        return True

    def _receive(self):
        part = self.socket.recv(1 << 20)
        self.buffer += part
        return bool(part)

    def answer(self):
        """The next answer; None when the server closed without one."""
        try:
            while HEADER_END not in self.buffer:
                if not self._receive():
                    return None
        except ConnectionResetError:
            return None
        head, _, self.buffer = self.buffer.partition(HEADER_END)
        status_line, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        status, length = int(status_line.split()[1]), int(headers.get("content-length", 0))
        while len(self.buffer) < length and self._receive():
            pass
        body, self.buffer = self.buffer[:length], self.buffer[length:]
        return Answer(status, headers, body)

    def closed(self):
        """Whether the server has closed (waits for it)."""
        try:
            return self.socket.recv(1) == b""
        except ConnectionResetError:
            return True


def request(path, body=b"", method="POST", headers=(), length=True):
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", *headers]
    if length:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode("latin-1", "surrogateescape") + HEADER_END + body


def exchange(server, data, timeout=60):
    with Connection(server, timeout) as connection:
        connection.send(data)
        return connection.answer()


def infer(server, body, model="arithmetic", headers=()):
    return exchange(server, request(f"/v2/models/{model}/infer", body if isinstance(body, bytes) else json.dumps(body).encode(), headers=headers))
