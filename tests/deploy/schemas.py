"""Every object against a schema that knows all its fields: Kubernetes' own for three versions, the operators' for
theirs.

Kubernetes' schemas come with the package kubernetes-validate, in a strict form that refuses unknown fields. An
operator's are those of its CustomResourceDefinitions:
- KEDA, the Prometheus operator, the Gateway API, External Secrets: made by controller-gen from the operators' own Go
  types, which is how they make them; `gomod/go.mod` and `go.sum` pin them.
- Strimzi: made by its own generator from its own Java classes (strimzi.py).
- Barman Cloud's plugin: the file in its Go module, which `gomod/barman` pins. (Controller-gen cannot read its types:
  they import what is not to be had.)
- CloudNativePG: no package that the registries give out holds it. `written.py` has what our examples use of it, and a
  test compares that with the real ones where they are named.

`INKGATE_TEST_CRDS` and `make chart ARGS='--crds …'` name others, such as those of a cluster: they go before ours.
What no schema says is not looked at: rules in CEL (x-kubernetes-validations), and what an operator's webhook refuses.
"""

from __future__ import annotations

import functools
import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
from kubernetes_validate.utils import schema_contents  # type: ignore[import-untyped]
from referencing import Registry, Resource

from tests.deploy import definitions, strimzi
from tests.deploy.definitions import Schemas
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

BARMAN = "github.com/cloudnative-pg/plugin-barman-cloud"
# Files and folders of CustomResourceDefinitions that the tests take instead of ours, as in PATH.
PLACES = "INKGATE_TEST_CRDS"


def _generate(target: Path) -> None:
    paths = [f"paths={package}" for package in PACKAGES]
    go(["tool", "controller-gen", "crd", *paths, f"output:crd:dir={target}"], MODULE, GOFLAGS="-mod=readonly")
    module = json.loads(go(["mod", "download", "-json", BARMAN], MODULE / "barman", GOFLAGS="-mod=readonly"))
    for file in (Path(module["Dir"]) / "config" / "crd" / "bases").glob("*.yaml"):
        shutil.copyfile(file, target / file.name)


def folders() -> list[Path]:
    """Folders of the operators' definitions; made first where the cache has none. Raises NoGo where something to make
    them with is missing."""
    return [cached(pinned("crds"), _generate), strimzi.definitions()]


@functools.cache
def operators() -> Schemas:
    """The operators' kinds. Raises NoGo as `folders` does."""
    return definitions.read(folders()) | WRITTEN


@functools.cache
def named() -> Schemas:
    """Those of INKGATE_TEST_CRDS, none where it is not set. Raises definitions.Unreadable."""
    return definitions.read(places())


def places() -> list[Path]:
    """What INKGATE_TEST_CRDS names."""
    return [Path(place) for place in os.environ.get(PLACES, "").split(os.pathsep) if place]


def is_core(item: dict[str, Any]) -> bool:
    """Whether an object is of Kubernetes itself."""
    group = item["apiVersion"].rpartition("/")[0]
    return "." not in group or (group.endswith(".k8s.io") and not group.startswith("gateway."))


def problems(objects: Objects, first: Schemas | None = None) -> list[str]:
    """What is wrong with the fields of each object. The kinds of `first` (without it, those of INKGATE_TEST_CRDS) are
    taken from there, in the versions that it has."""
    found = []
    for item in objects:
        name = f"{item['kind']}/{item['metadata']['name']}"
        for problem in core(item) if is_core(item) else custom(item, named() if first is None else first):
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


def custom(item: dict[str, Any], first: Schemas) -> Iterator[str]:
    """The same for an operator's kind."""
    key = (item["apiVersion"], item["kind"])
    schema = first.get(key)
    if schema is None and (others := definitions.versions(first, *key)):
        yield f"{key[1]} is served there as {', '.join(others)}, not as {key[0].rpartition('/')[2]}"
        return
    schema = schema or operators().get(key)
    if schema is None:
        yield f"no schema is known for {item['apiVersion']} {item['kind']}"
        return
    for error in jsonschema.Draft202012Validator(schema).iter_errors(_defaulted(item, schema)):
        yield f"{error.json_path}: {error.message}"
    yield from _unknown({k: v for k, v in item.items() if k not in ("apiVersion", "kind", "metadata")}, schema, "$")


def _defaulted(value: Any, schema: dict[str, Any]) -> Any:
    """With what the API server fills in before it validates: a field may be required and have a default."""
    if isinstance(value, list):
        return [_defaulted(one, schema.get("items", {})) for one in value]
    if not isinstance(value, dict):
        return value
    properties, rest = schema.get("properties", {}), schema.get("additionalProperties")
    missing = {key: one["default"] for key, one in properties.items() if "default" in one and key not in value}
    others = rest if isinstance(rest, dict) else {}
    return {key: _defaulted(one, properties.get(key, others)) for key, one in (missing | value).items()}


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
