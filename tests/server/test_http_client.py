"""tritonclient over HTTP, unmodified."""

import numpy as np
import pytest
import tritonclient.http as triton
from tritonclient.utils import InferenceServerException, np_to_triton_dtype

from server_models import DATATYPES


@pytest.fixture(scope="module")
def client(server):
    with triton.InferenceServerClient(server.http, concurrency=4) as made:
        yield made


def sample(datatype, shape=(2, 3)):
    dtype, random = DATATYPES[datatype][0], np.random.default_rng(1)
    if datatype == "BYTES":
        return np.array([b"", b"a", "h\u00e4user".encode(), b"\x00\x01", b"x" * 300, b"[1]"], dtype=np.object_).reshape(shape)
    if np.issubdtype(dtype, np.floating):
        return random.standard_normal(shape).astype(dtype)
    if datatype == "BOOL":
        return random.integers(0, 2, shape).astype(np.bool_)
    limits = np.iinfo(dtype)
    return random.integers(limits.min, limits.max, shape, dtype=dtype, endpoint=True)


def tensor(name, values, binary=True, datatype=None):
    made = triton.InferInput(name, list(values.shape), datatype or np_to_triton_dtype(values.dtype))
    made.set_data_from_numpy(values, binary_data=binary)
    return made


def test_health_and_metadata(client):
    assert client.is_server_live()
    assert client.is_server_ready()
    assert client.is_model_ready("arithmetic")
    assert not client.is_model_ready("nobody")
    assert "binary_tensor_data" in client.get_server_metadata()["extensions"]
    metadata = client.get_model_metadata("arithmetic")
    assert metadata["name"] == "arithmetic"
    assert [(i["name"], i["datatype"], i["shape"]) for i in metadata["inputs"]] == [("a", "FP32", [-1, 4]), ("b", "FP32", [-1, 4])]
    assert client.get_model_metadata("arithmetic", metadata["versions"][-1]) == metadata


def test_config_statistics_and_index(client):
    config = client.get_model_config("arithmetic")
    assert config["max_batch_size"] >= 1
    before = client.get_inference_statistics("arithmetic")["model_stats"][0]["inference_count"]
    values = np.ones((3, 4), np.float32)
    client.infer("arithmetic", [tensor("a", values), tensor("b", values)])
    assert client.get_inference_statistics("arithmetic")["model_stats"][0]["inference_count"] == before + 3
    index = {entry["name"]: entry["state"] for entry in client.get_model_repository_index()}
    assert index["cnn"] == index["arithmetic"] == "READY"


@pytest.mark.parametrize("binary", [True, False], ids=["binary", "json"])
@pytest.mark.parametrize("datatype", DATATYPES)
def test_every_datatype_comes_back(client, datatype, binary):
    if datatype == "FP16" and not binary:
        pytest.skip("FP16 travels as binary data alone: JSON has no such numbers")
    values = sample(datatype)
    if datatype == "BYTES" and not binary:
        values = np.array([["a", "h\u00e4user", '"quoted"'], ["", "\n", "\\"]], dtype=np.object_)
    outputs = [triton.InferRequestedOutput("y", binary_data=binary)]
    result = client.infer(f"identity_{datatype.lower()}", [tensor("x", values, binary)], outputs=outputs)
    given = result.as_numpy("y")
    if datatype == "BYTES":
        given = np.array([v if isinstance(v, bytes) else v.encode() for v in given.ravel()], dtype=np.object_).reshape(given.shape)
        values = np.array([v if isinstance(v, bytes) else v.encode() for v in values.ravel()], dtype=np.object_).reshape(values.shape)
    np.testing.assert_array_equal(given, values)


def test_outputs_asked_for(client):
    a, b = np.full((1, 4), 5, np.float32), np.full((1, 4), 3, np.float32)
    inputs = [tensor("b", b), tensor("a", a)]  # in another order than the signature's
    both = client.infer("arithmetic", inputs)
    np.testing.assert_array_equal(both.as_numpy("sum"), a + b)
    np.testing.assert_array_equal(both.as_numpy("difference"), a - b)
    one = client.infer("arithmetic", inputs, outputs=[triton.InferRequestedOutput("difference", binary_data=False)], request_id="no. 7")
    assert one.as_numpy("sum") is None
    assert one.get_response()["id"] == "no. 7"


def test_many_at_once(client):
    values = [np.full((1, 4), k, np.float32) for k in range(64)]
    pending = [client.async_infer("arithmetic", [tensor("a", v), tensor("b", v)]) for v in values]
    for v, request in zip(values, pending, strict=True):
        np.testing.assert_array_equal(request.get_result().as_numpy("sum"), 2 * v)


@pytest.mark.parametrize("algorithm", ["gzip", "deflate"])
def test_compressed_requests(client, algorithm):
    values = np.zeros((8, 1000), np.float32)
    result = client.infer("identity_fp32", [tensor("x", values)], request_compression_algorithm=algorithm)
    np.testing.assert_array_equal(result.as_numpy("y"), values)


@pytest.mark.parametrize(
    ("model", "inputs", "message"),
    [
        ("nobody", {"x": np.zeros((1, 1), np.float32)}, "nobody"),
        ("arithmetic", {"a": np.zeros((1, 4), np.float32)}, "b"),
        ("arithmetic", {"a": np.zeros((1, 4), np.float32), "b": np.zeros((1, 5), np.float32)}, "4"),
        ("arithmetic", {"a": np.zeros((1, 4), np.float32), "b": np.zeros((1, 4), np.int32)}, "FP32"),
        ("arithmetic", {"a": np.zeros((1, 4), np.float32), "b": np.zeros((1, 4), np.float32), "c": np.zeros((1, 4), np.float32)}, "c"),
        ("arithmetic", {"a": np.zeros((1, 4), np.float32), "b": np.zeros((2, 4), np.float32)}, "batch"),
        ("identity_fp32", {"x": np.zeros((0, 4), np.float32)}, "x"),
    ],
    ids=["model", "missing", "extent", "datatype", "unknown", "rows", "empty"],
)
def test_errors_say_what_is_wrong(client, model, inputs, message):
    with pytest.raises(InferenceServerException, match=message):
        client.infer(model, [tensor(name, values) for name, values in inputs.items()])


def test_load_and_unload(client):
    client.unload_model("identity_int8")
    assert not client.is_model_ready("identity_int8")
    with pytest.raises(InferenceServerException):
        client.infer("identity_int8", [tensor("x", sample("INT8"))])
    client.load_model("identity_int8")
    assert client.is_model_ready("identity_int8")
    client.infer("identity_int8", [tensor("x", sample("INT8"))])
    with pytest.raises(InferenceServerException, match="nobody"):
        client.load_model("nobody")


def test_control_must_be_allowed(start, repository):
    server = start(repository)
    with triton.InferenceServerClient(server.http) as client, pytest.raises(InferenceServerException, match="allow-control"):
        client.unload_model("arithmetic")
