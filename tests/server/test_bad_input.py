"""What no client should send: each is answered by a 4xx with a message, and the server goes on as before."""

import gzip
import json
import os
import zlib

import pytest

from raw_http import Connection, exchange, infer, request

SANITIZED = os.environ.get("HEADRACE_SANITIZED") == "1"  # sanitizers keep freed memory back: it says nothing of ours

A = {"name": "a", "datatype": "FP32", "shape": [1, 4], "data": [1, 2, 3, 4]}
B = {**A, "name": "b"}
GOOD = {"inputs": [A, B]}


def with_a(**changes):
    return {"inputs": [{**A, **changes}, B]}


@pytest.fixture(autouse=True)
def goes_on(server):
    """After every test: the same process, and right answers."""
    process = server.process.pid
    yield
    assert server.alive() and server.process.pid == process
    answer = infer(server, GOOD)
    assert answer.status == 200
    assert json.loads(answer.body)["outputs"][0]["data"] == [2, 4, 6, 8]


def refused(answer, *parts, status=range(400, 500)):
    assert answer is not None, "closed without an answer"
    assert answer.status in status, (answer.status, answer.body[:300])
    for part in parts:
        assert part in answer.error, answer.error
    assert len(answer.body) < 4096


HUGE = 2**62

SHAPES = {
    "product beyond 2^63": [HUGE, HUGE],
    "product wraps to the right count": [2**32, 2**32 + 1],
    "beyond int64": [2**64, 4],
    "minus one": [-1, 4],
    "minus four": [1, -4],
    "zero": [0, 4],
    "fraction": [1.5, 4],
    "text": ["1", "4"],
    "rank": [4],
    "no list": 4,
    "null": None,
    "ten thousand dimensions": [1] * 10_000,
}


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_shapes(server, shape):
    refused(infer(server, with_a(shape=shape)))


VALUES = {
    "too few": [1, 2, 3],
    "too many": [1, 2, 3, 4, 5],
    "text": ["1", "2", "3", "4"],
    "null": [1, 2, 3, None],
    "true": [1, 2, 3, True],
    "object": [1, 2, 3, {}],
    "no list": 7,
}


@pytest.mark.parametrize("data", VALUES.values(), ids=VALUES)
def test_values(server, data):
    refused(infer(server, with_a(data=data)))


TEXTS = {
    "NaN": b"NaN",
    "Infinity": b"Infinity",
    "huge exponent": b"1e999999999",
    "a million digits": b"9" * 1_000_000,
    "leading zeros": b"0001",
    "hexadecimal": b"0x10",
    "no value": b"",
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_numbers(server, text):
    refused(infer(server, json.dumps(with_a(data=["@"] * 4)).encode().replace(b'"@"', text, 1).replace(b'"@"', b"1")))


@pytest.mark.parametrize(
    ("datatype", "value"),
    [("UINT8", 256), ("UINT8", -1), ("INT8", 128), ("INT8", -129), ("INT64", 2**63), ("UINT64", 2**64), ("UINT64", -1), ("INT32", 1.5), ("BOOL", 2), ("FP16", 1)],
)
def test_values_beyond_their_datatype(server, datatype, value):
    body = {"inputs": [{"name": "x", "datatype": datatype, "shape": [1, 1], "data": [value]}]}
    refused(infer(server, body, model=f"identity_{datatype.lower()}"))


@pytest.mark.parametrize("datatype", ["FP99", "fp32", "", "BYTES", "INT32", "BF16", 7, None])
def test_datatypes(server, datatype):
    refused(infer(server, with_a(datatype=datatype)))


def test_names(server):
    refused(infer(server, {"inputs": [A, A]}), "a")
    refused(infer(server, {"inputs": [A, B, {**A, "name": "c"}]}), "c")
    refused(infer(server, {"inputs": [A]}), "b")
    refused(infer(server, {"inputs": []}))
    refused(infer(server, {"inputs": [A, B], "outputs": [{"name": "nobody"}]}), "nobody")
    refused(infer(server, {"inputs": [A, B], "outputs": [{"name": "sum"}, {"name": "sum"}]}), "sum")
    refused(infer(server, {"inputs": [{**A, "name": "x" * 100_000}, B]}))
    refused(infer(server, {"inputs": [A, B] * 10_000}))


BODIES = {
    "empty": b"",
    "no JSON": b"hello",
    "a list": b"[]",
    "a number": b"7",
    "null": b"null",
    "cut off": json.dumps(GOOD).encode()[:-5],
    "behind the end": json.dumps(GOOD).encode() + b"{}",
    "100,000 brackets": b"[" * 100_000,
    "100,000 brackets, closed": b"[" * 100_000 + b"]" * 100_000,
    "100,000 brackets as data": json.dumps(with_a(data="@")).encode().replace(b'"@"', b"[" * 100_000 + b"]" * 100_000),
    "100,000 objects": b'{"a":' * 100_000,
    "invalid UTF-8": json.dumps(GOOD).encode().replace(b'"a"', b'"\xff\xfe"'),
    "half a surrogate": json.dumps(GOOD).encode().replace(b'"a"', rb'"\ud800"'),
    "zero bytes": b"\0" * 1000,
    "a byte order mark of UTF-16": json.dumps(GOOD).encode("utf-16"),
    "the same key twice": b'{"inputs": [], ' + json.dumps(GOOD).encode()[1:],
    "comments": b"/* */" + json.dumps(GOOD).encode(),
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_bodies(server, body):
    refused(infer(server, body))


@pytest.mark.parametrize("length", ["-1", "99999999999999999999", "abc", "1e3", str(2**63), "1000000"])
def test_header_lengths_that_lie(server, length):
    refused(infer(server, GOOD, headers=[f"Inference-Header-Content-Length: {length}"]))


@pytest.mark.parametrize("size", [-1, 0, 15, 17, 2**40, 2**63, "16", 1.5, None])
def test_binary_sizes_that_lie(server, size):
    head = json.dumps({"inputs": [{**{k: v for k, v in A.items() if k != "data"}, "parameters": {"binary_data_size": size}}, B]}).encode()
    refused(infer(server, head + bytes(16), headers=[f"Inference-Header-Content-Length: {len(head)}"]))


def test_length_and_chunks_together(server):
    body = b"0\r\n\r\n"
    refused(exchange(server, request("/v2/models/arithmetic/infer", body, headers=["Transfer-Encoding: chunked"])), status=[400])


@pytest.mark.parametrize("headers", [["Content-Length: 5", "Content-Length: 6"], ["Content-Length: -5"], ["Content-Length: 99999999999999999999999"], ["Content-Length: 5x"], ["Transfer-Encoding: gzip, chunked, chunked"]])
def test_lengths_that_contradict(server, headers):
    refused(exchange(server, request("/v2/models/arithmetic/infer", b"hello", headers=headers, length=False)))


def test_a_million_chunks_of_one_byte(server):
    body = json.dumps(GOOD).encode() + b" " * 1_000_000
    data = request("/v2/models/arithmetic/infer", headers=["Transfer-Encoding: chunked"], length=False)
    answer = exchange(server, data + b"".join(b"1\r\n%c\r\n" % byte for byte in body) + b"0\r\n\r\n")
    assert answer.status == 200  # nothing is wrong with it but the manner


@pytest.mark.parametrize("chunk", [b"zz\r\n", b"-1\r\n", b"ffffffffffffffffff\r\n", b"5;" + b"x" * 100_000 + b"\r\nhello\r\n", b"5\r\nhelloXX"])
def test_wrong_chunks(server, chunk):
    data = request("/v2/models/arithmetic/infer", headers=["Transfer-Encoding: chunked"], length=False)
    refused(exchange(server, data + chunk))


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_a_compressed_bomb(server, encoding):
    pack = gzip.compress if encoding == "gzip" else zlib.compress
    before = server.resident_bytes()
    refused(infer(server, pack(b" " * 500_000_000), headers=[f"Content-Encoding: {encoding}"]), status=[413])
    assert SANITIZED or server.resident_bytes() - before < 150_000_000


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "gzip, gzip"])
def test_compression_that_is_none(server, encoding):
    refused(infer(server, GOOD, headers=[f"Content-Encoding: {encoding}"]))


def test_a_body_beyond_the_bound(server):
    data = request("/v2/models/arithmetic/infer", headers=[f"Content-Length: {10**12}"], length=False)
    refused(exchange(server, data), status=[413])


def test_headers_beyond_the_bound(server):
    refused(exchange(server, request("/v2", method="GET", headers=["X-Long: " + "x" * 1_000_000])), status=[431])
    refused(exchange(server, request("/v2", method="GET", headers=[f"X-{i}: y" for i in range(100_000)])), status=[431])
    refused(exchange(server, request("/" + "x" * 1_000_000, method="GET")), status=[414, 431, 400])


NAMES = ["..", "%2e%2e", "%2E%2E%2Fetc", "..%2f..%2fetc%2fpasswd", "/etc/passwd", "%00", "a%0ab", "%", "%zz", "%20", " ", "arithmetic%00", "caf%C3%A9", "%ff", "x" * 5000]


@pytest.mark.parametrize("name", NAMES)
def test_model_names(server, name):
    refused(infer(server, GOOD, model=name.replace(" ", "%20")))
    refused(exchange(server, request(f"/v2/models/{name}", method="GET")))
    refused(exchange(server, request(f"/v2/repository/models/{name}/load", b"{}")))


@pytest.mark.parametrize("version", ["0", "-1", "99", "1.0", "latest", "..", "%2e%2e", "99999999999999999999"])
def test_versions(server, version):
    refused(exchange(server, request(f"/v2/models/arithmetic/versions/{version}/infer", json.dumps(GOOD).encode())))


LINES = [b"", b"\r\n\r\n\r\n", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"\0" * 100, b"GET /v2 HTTP/1.1\r\nHost localhost\r\n\r\n", b"GET /v2 HTTP/1.1\r\n Folded: yes\r\n\r\n", b"GET http://[::1 HTTP/1.1\r\n\r\n"]


@pytest.mark.parametrize("line", LINES, ids=range(len(LINES)))
def test_what_is_no_http(server, line):
    with Connection(server) as connection:
        connection.send(line)
        connection.socket.shutdown(1)
        answer = connection.answer()
    assert answer is None or 400 <= answer.status < 500 or answer.status == 505, answer.status


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW"])
def test_methods(server, method):
    answer = exchange(server, request("/v2/models/arithmetic/infer", b"", method=method))
    assert 400 <= answer.status < 500


@pytest.mark.parametrize("body", [b"", b"no picture", b"\xff\xd8\xff\xe0" + bytes(100), b"\x89PNG\r\n\x1a\n" + b"\xff" * 200])
def test_pictures_that_are_none(server, body):
    refused(exchange(server, request("/v2/models/cnn/picture", body)))


@pytest.mark.parametrize("top", ["0", "-1", "x", "99999999999999999999"])
def test_top_of_a_picture(server, top):
    refused(exchange(server, request(f"/v2/models/cnn/picture?top={top}", b"x")))


@pytest.mark.parametrize("parameters", [{"timeout": -1}, {"timeout": "soon"}, {"timeout": 2**70}, {"priority": -1}, {"priority": "high"}, [], 7])
def test_parameters(server, parameters):
    refused(infer(server, {**GOOD, "parameters": parameters}))
