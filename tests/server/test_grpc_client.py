"""tritonclient over gRPC, unmodified."""

import queue

import numpy as np
import pytest
import tritonclient.grpc as triton
from tritonclient.utils import InferenceServerException, np_to_triton_dtype

from server_models import DATATYPES
from test_http_client import sample


@pytest.fixture(scope="module")
def client(server):
    with triton.InferenceServerClient(server.grpc) as made:
        yield made


def tensor(name, values):
    made = triton.InferInput(name, list(values.shape), np_to_triton_dtype(values.dtype))
    made.set_data_from_numpy(values)
    return made


def test_health_and_metadata(client):
    assert client.is_server_live()
    assert client.is_server_ready()
    assert client.is_model_ready("cnn")
    assert not client.is_model_ready("nobody")
    metadata = client.get_model_metadata("arithmetic", as_json=True)
    assert [i["name"] for i in metadata["inputs"]] == ["a", "b"]
    assert client.get_model_config("arithmetic", as_json=True)["config"]["max_batch_size"] >= 1
    assert client.get_server_metadata().name == "headrace"


@pytest.mark.parametrize("datatype", DATATYPES)
def test_every_datatype_comes_back(client, datatype):
    values = sample(datatype)
    result = client.infer(f"identity_{datatype.lower()}", [tensor("x", values)], request_id="7")
    np.testing.assert_array_equal(result.as_numpy("y"), values)
    assert result.get_response().id == "7"


def test_statistics_and_index(client):
    before = client.get_inference_statistics("arithmetic").model_stats[0].inference_count
    values = np.ones((3, 4), np.float32)
    client.infer("arithmetic", [tensor("a", values), tensor("b", values)])
    assert client.get_inference_statistics("arithmetic").model_stats[0].inference_count == before + 3
    assert {m.name: m.state for m in client.get_model_repository_index().models}["cnn"] == "READY"


def test_load_and_unload(client):
    client.unload_model("identity_uint8")
    assert not client.is_model_ready("identity_uint8")
    client.load_model("identity_uint8")
    client.infer("identity_uint8", [tensor("x", sample("UINT8"))])


@pytest.mark.parametrize(
    ("model", "inputs", "status"),
    [
        ("nobody", {"x": np.zeros((1, 1), np.float32)}, "NOT_FOUND"),
        ("arithmetic", {"a": np.zeros((1, 4), np.float32)}, "INVALID_ARGUMENT"),
        ("arithmetic", {"a": np.zeros((1, 4), np.float32), "b": np.zeros((1, 5), np.float32)}, "INVALID_ARGUMENT"),
        ("arithmetic", {"a": np.zeros((1, 4), np.float32), "b": np.zeros((1, 4), np.int32)}, "INVALID_ARGUMENT"),
    ],
    ids=["model", "missing", "extent", "datatype"],
)
def test_errors_have_a_status(client, model, inputs, status):
    with pytest.raises(InferenceServerException) as caught:
        client.infer(model, [tensor(name, values) for name, values in inputs.items()])
    assert status in str(caught.value.status())
    assert caught.value.message()


def test_a_stream_goes_on_after_an_error(client):
    answers = queue.Queue()
    client.start_stream(callback=lambda result, error: answers.put((result, error)))
    good = np.arange(4, dtype=np.float32).reshape(1, 4)
    for request in range(9):
        wrong = request % 3 == 1
        values = np.zeros((1, 5), np.float32) if wrong else good + request
        client.async_stream_infer("arithmetic", [tensor("a", values), tensor("b", good)], request_id=str(request))
    received = [answers.get(timeout=60) for _ in range(9)]
    client.stop_stream()
    assert sum(error is not None for _, error in received) == 3
    for result, error in received:
        if error is None:
            request = int(result.get_response().id)
            np.testing.assert_array_equal(result.as_numpy("sum"), 2 * good + request)


def test_many_at_once(client):
    answers = queue.Queue()
    values = [np.full((1, 4), k, np.float32) for k in range(64)]
    for v in values:
        client.async_infer("arithmetic", [tensor("a", v), tensor("b", v)], callback=lambda result, error: answers.put((result, error)))
    received = [answers.get(timeout=60) for _ in values]
    assert all(error is None for _, error in received)
    assert sorted(result.as_numpy("sum")[0, 0] for result, _ in received) == [2 * k for k in range(64)]
