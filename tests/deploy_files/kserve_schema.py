"""A JSON Schema for KServe's resources, made of the types in its Python package.

Each type is a class whose tables openapi_types and attribute_map name every field's type and its name in YAML. They are read from the
sources and never imported: the package depends on far more than is installed here. Types of Kubernetes come from its own schemas."""

import ast
import functools
import importlib.util
import pathlib
import re

import jsonschema
from manifests import core_definitions

PLAIN = {"str": {"type": "string"}, "int": {"type": "integer"}, "bool": {"type": "boolean"}, "object": {"type": "object"}}
QUANTITY = {"type": ["string", "number"]}
QUANTITIES = ("ResourceQuantity", "V1beta1MetricQuantity")
PACKAGES = ("io.k8s.api.core.v1", "io.k8s.apimachinery.pkg.apis.meta.v1")


def models_folder():
    found = importlib.util.find_spec("kserve")
    assert found, "the package kserve is not on the path: ./run test deployment sets it up"
    return pathlib.Path(found.submodule_search_locations[0]) / "models"


def core_name(type_name):
    """V1Container -> io.k8s.api.core.v1.Container; a long form has the whole path in it."""
    if match := re.fullmatch(r"K8sIoApi(Apps|Autoscaling)V(\d)(\w+)", type_name):
        return f"io.k8s.api.{match[1].lower()}.v{match[2]}.{match[3]}"
    names = [f"{package}.{type_name.removeprefix('V1')}" for package in PACKAGES]
    return next((name for name in names if name in core_definitions()), None)


def type_schema(type_name):
    if type_name in PLAIN:
        return PLAIN[type_name]
    if type_name in QUANTITIES:
        return QUANTITY
    if match := re.fullmatch(r"list\[(.+)\]", type_name):
        return {"type": "array", "items": type_schema(match[1])}
    if match := re.fullmatch(r"dict\(str, (.+)\)", type_name):
        return {"type": "object", "additionalProperties": type_schema(match[1])}
    return {"$ref": f"#/$defs/{core_name(type_name) or type_name}"}


def class_schema(source):
    """(class name, schema) of a file with one class; unknown fields are refused, and those that must not be None required."""
    cls = next(node for node in ast.parse(source).body if isinstance(node, ast.ClassDef))
    tables = {node.targets[0].id: ast.literal_eval(node.value) for node in cls.body if isinstance(node, ast.Assign) and
              getattr(node.targets[0], "id", "") in ("openapi_types", "attribute_map")}  # fmt: skip
    types, names = tables.get("openapi_types", {}), tables.get("attribute_map", {})
    required = re.findall(r"Invalid value for `(\w+)`, must not be `None`", source)
    return cls.name, {
        "type": "object",
        "additionalProperties": False,
        "properties": {names[field]: type_schema(kind) for field, kind in types.items()},
        "required": [names[field] for field in required],
    }


@functools.cache
def definitions():
    classes = dict(class_schema(path.read_text(encoding="utf-8")) for path in sorted(models_folder().glob("v1*.py")))
    return {**core_definitions(), **classes}


def validate(document):
    """Errors: jsonschema.ValidationError."""
    version = document["apiVersion"].removeprefix("serving.kserve.io/").capitalize()
    schema = {"$ref": f"#/$defs/{version}{document['kind']}", "$defs": definitions()}
    jsonschema.Draft202012Validator(schema).validate(document)
