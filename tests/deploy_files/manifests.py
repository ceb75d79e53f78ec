"""The manifests in deploy/, and what checks them: Kubernetes' own schemas (kubernetes-validate carries them)."""

import functools
import importlib.resources
import json
import pathlib

import kubernetes_validate
import yaml

DEPLOY = pathlib.Path(__file__).resolve().parents[2] / "deploy"
KUBERNETES = kubernetes_validate.latest_version()


def documents(*names):
    """(file name, document) of each document in these folders' YAML files."""
    found = [(path.name, document) for name in names for path in sorted((DEPLOY / name).glob("*.yaml"))
             for document in yaml.safe_load_all(path.read_text(encoding="utf-8"))]  # fmt: skip
    assert found
    return found


def of_kind(kind):
    matching = [document for _, document in documents("kubernetes", "kserve") if document["kind"] == kind]
    assert matching, kind
    return matching


def validate_resource(document):
    """Against the newest Kubernetes; unknown fields are refused."""
    kubernetes_validate.validate(document, KUBERNETES, strict=True)


@functools.cache
def core_definitions():
    """The types of Kubernetes' API by their full names, for schemas that use them. References between them are "#/$defs/NAME"."""
    folder = importlib.resources.files("kubernetes_validate") / f"kubernetes-json-schema/v{KUBERNETES}-local-strict"
    return json.loads((folder / "_definitions.json").read_text(encoding="utf-8"))["$defs"]
