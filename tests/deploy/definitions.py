"""CustomResourceDefinitions read from files: what an operator's kinds look like, as a release or a cluster says it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import yaml

Schema = dict[str, Any]
# (apiVersion, kind) → the schema of the whole object.
Schemas = dict[tuple[str, str], Schema]

DEFINITION = ("apiextensions.k8s.io/v1", "CustomResourceDefinition")
SUFFIXES = (".yaml", ".yml", ".json")


class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """YAML as Kubernetes reads it: a lone `=`, which the Prometheus operator has among its enums, is a text."""


Loader.add_constructor("tag:yaml.org,2002:value", Loader.construct_scalar)


class Unreadable(Exception):
    """Why there are no definitions at a place that was named."""


def read(places: Iterable[Path]) -> Schemas:
    """Every version that is served of every kind in these files, and in the files of these folders.

    A file is YAML or JSON, with definitions among other documents, as releases have them, or in a List, as
    `kubectl get crd -o yaml` prints them. Of a kind that is there twice the last one counts. Raises Unreadable for a
    place without any.
    """
    found: Schemas = {}
    for place in places:
        here = [_schemas(definition, file) for file, definition in whole(place)]
        if not here:
            raise Unreadable(f"{place}: no CustomResourceDefinition of apiextensions.k8s.io/v1 is there")
        for schemas in here:
            found.update(schemas)
    return found


def whole(place: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Every definition in a file, or in the files of a folder, with its file. Raises Unreadable."""
    for file in _files(place):
        try:
            documents = list(yaml.load_all(file.read_text(), Loader))
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            raise Unreadable(f"{file}: not YAML: {' '.join(str(error).split())}") from error
        for document in documents:
            items = document.get("items") if isinstance(document, dict) else None
            for item in items if isinstance(items, list) else [document]:
                if isinstance(item, dict) and (item.get("apiVersion"), item.get("kind")) == DEFINITION:
                    yield file, item


def versions(schemas: Schemas, api_version: str, kind: str) -> list[str]:
    """The versions that they have of a kind, whichever of them its apiVersion names."""
    group = api_version.partition("/")[0]
    return [known.partition("/")[2] for known, name in schemas if name == kind and known.partition("/")[0] == group]


def _files(place: Path) -> list[Path]:
    if place.is_dir():
        return sorted(file for file in place.rglob("*") if file.suffix in SUFFIXES)
    if not place.exists():
        raise Unreadable(f"{place}: no such file or folder")
    return [place]


def _schemas(definition: dict[str, Any], file: Path) -> Schemas:
    try:
        spec = definition["spec"]
        return {
            (f"{spec['group']}/{version['name']}", spec["names"]["kind"]): version["schema"]["openAPIV3Schema"]
            for version in spec["versions"]
            if version["served"]
        }
    except (KeyError, TypeError) as missing:
        raise Unreadable(f"{file}: a CustomResourceDefinition that is not whole: {missing!r}") from missing
