"""deploy/kubernetes: every file fits its schema, and the numbers and names that stand in several files agree."""

import copy

import jsonschema
import kubernetes_validate
import pytest
from manifests import documents, of_kind, validate_resource
from service_monitor import SERVICE_MONITOR

RESOURCES = [pytest.param(document, id=f"{name}-{document['metadata']['name']}") for name, document in documents("kubernetes")]


def validate(document):
    if document["kind"] == "ServiceMonitor":
        jsonschema.Draft202012Validator(SERVICE_MONITOR).validate(document)
    else:
        validate_resource(document)


def faults(document):
    """The document with one thing wrong, in several ways."""
    for change in (
        lambda d: d["spec"].update(replicsa=2),
        lambda d: d["metadata"].update(labels=["a"]),
        lambda d: d.update(spec="none"),
    ):
        wrong = copy.deepcopy(document)
        change(wrong)
        yield wrong


@pytest.mark.parametrize("document", RESOURCES)
def test_fits_its_schema(document):
    validate(document)


@pytest.mark.parametrize("document", RESOURCES)
def test_the_schema_refuses_what_is_wrong(document):
    for wrong in faults(document):
        with pytest.raises((jsonschema.ValidationError, kubernetes_validate.ValidationError)):
            validate(wrong)


@pytest.fixture
def pod():
    return of_kind("Deployment")[0]["spec"]["template"]


@pytest.fixture
def container(pod):
    return pod["spec"]["containers"][0]


def test_the_grace_period_leaves_time_for_the_drain(pod, container):
    drain = int(next(arg for arg in container["args"] if arg.startswith("--drain-seconds=")).partition("=")[2])
    before = container["lifecycle"]["preStop"]["sleep"]["seconds"]
    assert pod["spec"]["terminationGracePeriodSeconds"] >= before + drain + 5


def test_limits_are_requests_and_cpus_whole(container):
    assert container["resources"]["limits"] == container["resources"]["requests"]
    assert int(container["resources"]["limits"]["cpu"]) >= 1


def test_nothing_is_written_but_to_volumes(pod, container):
    security = container["securityContext"]
    assert security["readOnlyRootFilesystem"]
    assert not security["allowPrivilegeEscalation"]
    assert security["capabilities"] == {"drop": ["ALL"]}
    assert pod["spec"]["securityContext"]["runAsNonRoot"]
    volumes = {volume["name"]: volume for volume in pod["spec"]["volumes"]}
    writable = [mount["name"] for mount in container["volumeMounts"] if not mount.get("readOnly")]
    assert all("emptyDir" in volumes[name] for name in writable)
    assert {mount["name"] for mount in container["volumeMounts"]} == set(volumes)


def test_selectors_find_the_pods(pod):
    labels = pod["metadata"]["labels"].items()
    selectors = [service["spec"]["selector"] for service in of_kind("Service")]
    selectors += [of_kind(kind)[0]["spec"]["selector"]["matchLabels"] for kind in ("Deployment", "PodDisruptionBudget")]
    selectors.append(of_kind("NetworkPolicy")[0]["spec"]["podSelector"]["matchLabels"])
    assert all(selector and selector.items() <= labels for selector in selectors)
    monitored = of_kind("ServiceMonitor")[0]["spec"]["selector"]["matchLabels"].items()
    metadata = [service["metadata"] for service in of_kind("Service")]
    assert [one["name"] for one in metadata if monitored <= one.get("labels", {}).items()] == ["headrace"]
    assert of_kind("HorizontalPodAutoscaler")[0]["spec"]["scaleTargetRef"]["name"] == of_kind("Deployment")[0]["metadata"]["name"]


def test_ports_are_named_alike(container):
    named = {port["name"] for port in container["ports"]}
    used = {port["targetPort"] for service in of_kind("Service") for port in service["spec"]["ports"]}
    used |= {port["port"] for rule in of_kind("NetworkPolicy")[0]["spec"]["ingress"] for port in rule["ports"]}
    used |= {container[probe]["httpGet"]["port"] for probe in ("startupProbe", "livenessProbe", "readinessProbe")}
    assert used <= named
    assert {endpoint["port"] for endpoint in of_kind("ServiceMonitor")[0]["spec"]["endpoints"]} <= named


def test_tokens_come_from_the_secret_that_prometheus_reads(pod, container):
    secret = next(volume["secret"]["secretName"] for volume in pod["spec"]["volumes"] if "secret" in volume)
    credentials = of_kind("ServiceMonitor")[0]["spec"]["endpoints"][0]["authorization"]["credentials"]
    assert credentials["name"] == secret
    mount = next(mount["mountPath"] for mount in container["volumeMounts"] if mount["name"] == "tokens")
    assert f"--control-token-file={mount}/{credentials['key']}" in container["args"]
