"""Every object against a schema that knows all its fields: Kubernetes' own for three versions, the operators' for
theirs.

Kubernetes' schemas come with the package kubernetes-validate, in a strict form that refuses unknown fields. Those of
KEDA, the Prometheus operator, the Gateway API and External Secrets are made by controller-gen from the operators' own
Go types, which is how their CustomResourceDefinitions are made; `gomod/go.mod` and `go.sum` pin them. For Strimzi and
CloudNativePG no package that the registries give out holds them (Strimzi's crd-generator is not on Maven Central; the
Go modules of CloudNativePG and of what its Barman plugin builds on are not to be had): `written.py` has what our
examples use of them.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import yaml
from kubernetes_validate.utils import schema_contents  # type: ignore[import-untyped]
from referencing import Registry, Resource

from tests.deploy.golang import MODULE, cached, go, pinned
from tests.deploy.helm import Objects
from tests.deploy.written import WRITTEN

# The oldest that the chart takes, one between, the newest that is known.
KUBERNETES = ("1.30", "1.34", "1.37")
PACKAGES = (
    "github.com/external-secrets/external-secrets/apis/externalsecrets/v1",
    "github.com/kedacore/keda/v2/apis/keda/v1alpha1",
    "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1",
    "sigs.k8s.io/gateway-api/apis/v1",
)

Schemas = dict[tuple[str, str], dict[str, Any]]


def _generate(target: Path) -> None:
    paths = [f"paths={package}" for package in PACKAGES]
    go(["tool", "controller-gen", "crd", *paths, f"output:crd:dir={target}"], MODULE, GOFLAGS="-mod=readonly")


@functools.cache
def operators() -> Schemas:
    """(apiVersion, kind) → schema, of the operators' kinds; made first where the cache has none. Raises NoGo without
    Go."""
    folder = cached(pinned("crds"), _generate)
    found: Schemas = {}
    for file in sorted(folder.glob("*.yaml")):
        definition = yaml.load(file.read_text(), getattr(yaml, "CSafeLoader", yaml.SafeLoader))["spec"]
        for version in definition["versions"]:
            key = (f"{definition['group']}/{version['name']}", definition["names"]["kind"])
            found[key] = version["schema"]["openAPIV3Schema"]
    return found


def is_core(item: dict[str, Any]) -> bool:
    """Whether an object is of Kubernetes itself."""
    group = item["apiVersion"].rpartition("/")[0]
    return "." not in group or (group.endswith(".k8s.io") and not group.startswith("gateway."))


def problems(objects: Objects) -> list[str]:
    """What is wrong with the fields of each object, and of each document that is no object."""
    found = []
    for item in objects:
        name = f"{item['kind']}/{item['metadata']['name']}"
        for problem in core(item) if is_core(item) else custom(item):
            found.append(f"{name}: {problem}")
    return found


def core(item: dict[str, Any]) -> Iterator[str]:
    """What each of the versions says of an object of Kubernetes itself."""
    for version in KUBERNETES:
        try:
            validator = _validator(version, item["apiVersion"], item["kind"])
        except FileNotFoundError:
            yield f"Kubernetes {version} has no {item['apiVersion']} {item['kind']}"
            continue
        yield from (f"Kubernetes {version}: {e.json_path}: {e.message}" for e in validator.iter_errors(item))


@functools.cache
def _validator(version: str, api_version: str, kind: str) -> jsonschema.Draft202012Validator:
    """kubernetes-validate's strict schema of a kind. Its own `validate` reads all definitions of a version anew each
    time."""
    group, _, number = api_version.rpartition("/")
    name = "-".join(part for part in (kind.lower(), group.partition(".")[0], number) if part)
    schema = Resource.from_contents(_strict(version, name))
    definitions = _definitions(version)
    return jsonschema.Draft202012Validator(schema.contents, registry=definitions @ (schema @ Registry()))


@functools.cache
def _definitions(version: str) -> Any:
    return Resource.from_contents(_strict(version, "_definitions"))


def _strict(version: str, name: str) -> Any:
    return schema_contents(f"kubernetes-json-schema/v{version}.0-local-strict/{name}.json", version)


def custom(item: dict[str, Any]) -> Iterator[str]:
    """The same for an operator's kind."""
    key = (item["apiVersion"], item["kind"])
    schema = WRITTEN.get(key) or operators().get(key)
    if schema is None:
        yield f"no schema is known for {item['apiVersion']} {item['kind']}"
        return
    for error in jsonschema.Draft202012Validator(schema).iter_errors(item):
        yield f"{error.json_path}: {error.message}"
    yield from _unknown({k: v for k, v in item.items() if k not in ("apiVersion", "kind", "metadata")}, schema, "$")


def _unknown(value: Any, schema: dict[str, Any], path: str) -> Iterator[str]:
    """Fields that the API server would drop in silence: a structural schema names all that it keeps."""
    if isinstance(value, list):
        for number, one in enumerate(value):
            yield from _unknown(one, schema.get("items", {}), f"{path}[{number}]")
    if not isinstance(value, dict) or schema.get("x-kubernetes-preserve-unknown-fields"):
        return
    properties, rest = schema.get("properties", {}), schema.get("additionalProperties")
    for key, one in value.items():
        if key in properties:
            yield from _unknown(one, properties[key], f"{path}.{key}")
        elif isinstance(rest, dict):
            yield from _unknown(one, rest, f"{path}.{key}")
        elif rest is not True:
            yield f"{path}.{key}: unknown field"
