"""deploy/kserve: the runtime and the services fit KServe's types, and each other."""

import copy

import jsonschema
import pytest
from kserve_schema import validate
from manifests import documents, of_kind

RESOURCES = [pytest.param(document, id=document["metadata"]["name"]) for _, document in documents("kserve")]


@pytest.mark.parametrize("document", RESOURCES)
def test_fits_its_type(document):
    validate(document)


def changed(document, *path, value):
    wrong = copy.deepcopy(document)
    place = wrong
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return wrong


@pytest.mark.parametrize("path, value", [
    (("spec", "predictor", "model", "modelFormt"), {"name": "headrace"}),
    (("spec", "predictor", "model", "modelFormat"), "headrace"),
    (("spec", "predictor", "maxReplicas"), "ten"),
    (("spec", "predictor", "model", "readinessProbe"), {"httpGt": {}}),
    (("spec", "predictor", "tolerations"), [{"ky": "a"}]),
    (("metadata", "label"), {}),
    (("spec", "predictor", "model"), {"storageUri": "s3://models"}),
])  # fmt: skip
def test_the_types_refuse_what_is_wrong(path, value):
    with pytest.raises(jsonschema.ValidationError):
        validate(changed(of_kind("InferenceService")[0], *path, value=value))


@pytest.fixture
def runtime():
    return of_kind("ServingRuntime")[0]


def test_services_ask_for_what_the_runtime_offers(runtime):
    formats = [one["name"] for one in runtime["spec"]["supportedModelFormats"]]
    asked = [service["spec"]["predictor"]["model"] for service in of_kind("InferenceService")]
    assert {model["runtime"] for model in asked} == {runtime["metadata"]["name"]}
    assert {model["modelFormat"]["name"] for model in asked} <= set(formats)
    assert sorted(model["protocolVersion"] for model in asked) == sorted(runtime["spec"]["protocolVersions"])


def test_ports_are_those_that_the_server_is_told(runtime):
    container = runtime["spec"]["containers"][0]
    told = dict(arg.removeprefix("--").split("=") for arg in container["args"] if "=" in arg)
    assert [port["containerPort"] for port in container["ports"]] == [int(told["http-port"])]
    probes = [container[name] for name in ("startupProbe", "livenessProbe", "readinessProbe")]
    assert {probe["httpGet"]["port"] for probe in probes} == {int(told["http-port"])}
    models = [service["spec"]["predictor"]["model"] for service in of_kind("InferenceService")]
    grpc = next(model for model in models if model["protocolVersion"] == "grpc-v2")
    assert [(port["name"], port["containerPort"]) for port in grpc["ports"]] == [("h2c", int(told["grpc-port"]))]


def test_the_grace_period_leaves_time_for_the_drain(runtime):
    container = runtime["spec"]["containers"][0]
    drain = int(next(arg for arg in container["args"] if arg.startswith("--drain-seconds=")).partition("=")[2])
    before = container["lifecycle"]["preStop"]["sleep"]["seconds"]
    for service in of_kind("InferenceService"):
        assert service["spec"]["predictor"]["terminationGracePeriodSeconds"] >= before + drain + 5


def test_a_queue_metric_is_a_value_as_kserve_wants_it():
    """KServe refuses an External metric whose target has no `value`."""
    predictors = [service["spec"]["predictor"] for service in of_kind("InferenceService")]
    scaled = [metric for predictor in predictors for metric in predictor.get("autoScaling", {}).get("metrics", [])]
    assert scaled
    for metric in scaled:
        assert metric["external"]["target"]["type"] == "Value"
        assert float(metric["external"]["target"]["value"]) > 0
        assert "headrace_queue_requests" in metric["external"]["metric"]["query"]
