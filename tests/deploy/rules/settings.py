"""Rules for what a service is told: the chart's environment against the settings classes that read it."""

import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from unittest.mock import patch

from pydantic import SecretStr

from inkgate_common.errors import SettingsError
from inkgate_common.settings import ServiceSettings, load
from inkgate_dialogue import studio_file
from inkgate_dialogue.domain.studio import StudioError
from inkgate_dialogue.settings import DialogueSettings
from inkgate_intake.settings import IntakeSettings
from inkgate_payments.settings import PaymentsSettings
from inkgate_sender.settings import SenderSettings
from tests.deploy.helm import Objects
from tests.deploy.rules.looking import each, environment, of, workloads

CLASSES: Mapping[str, type[ServiceSettings]] = {
    "intake": IntakeSettings,
    "dialogue": DialogueSettings,
    "sender": SenderSettings,
    "payments": PaymentsSettings,
}
_LOOKS_SECRET = re.compile(r"PASSWORD|SECRET|TOKEN|_KEY$|DATABASE_URL|DSN|CREDENTIAL", re.IGNORECASE)
# What stands in for the value of a Secret while the settings are read.
STAND_INS = {
    "INKGATE_DATABASE_URL": "postgresql://inkgate:not-a-secret@db.example:5432/inkgate",
    "INKGATE_OTLP_HEADERS": "authorization=not-a-secret",
}
OTHER_SECRETS = "not-a-secret-not-a-secret-not-a-secret"


@cache
def names(service: str) -> dict[str, bool]:
    """Each environment variable that a service reads, and whether it is secret."""
    return {
        f"INKGATE_{field.upper()}": "SecretStr" in str(info.annotation) or info.annotation is SecretStr
        for field, info in CLASSES[service].model_fields.items()
    }


def service_starts(objects: Objects) -> Iterator[str]:
    """The service's own settings class takes what the pod is given: with all secrets, and with only those that must be
    there."""
    for workload, container in each(objects):
        given = environment(container)
        for optional in (True, False):
            values = {}
            for name, entry in given.items():
                source = entry.get("valueFrom", {}).get("secretKeyRef")
                if source is None:
                    values[name] = entry.get("value", "")
                elif optional or not source.get("optional"):
                    values[name] = STAND_INS.get(name, OTHER_SECRETS)
            # A mounted file is not here; whether there is one, and what is in it, is not what is asked.
            values |= {name: __file__ for name in values if name.endswith("FILE")}
            with patch.dict(os.environ, values, clear=True), patch.object(ServiceSettings, "_tls"):
                try:
                    load(CLASSES[workload.service])
                except SettingsError as error:
                    yield f"{workload.name}: {error}"


def studio_is_right(objects: Objects) -> Iterator[str]:
    """Dialogue refuses to start on a studio with a mistake in it, and a pod that does not start says so late."""
    mounted = {
        volume["configMap"]["name"]
        for workload in workloads(objects)
        for volume in workload.pod.get("volumes", [])
        if volume["name"] == "studio"
    }
    for item in of(objects, "ConfigMap"):
        if item["metadata"]["name"] in mounted:
            with tempfile.TemporaryDirectory() as folder:
                for name, text in item["data"].items():
                    (Path(folder) / name).write_text(text, encoding="utf-8")
                try:
                    studio_file.read(Path(folder))
                except StudioError as error:
                    yield from (problem.replace(f"{folder}/", "") for problem in error.problems)


def settings_exist(objects: Objects) -> Iterator[str]:
    """A service ignores INKGATE_* names that are not its own: a misspelt one would do nothing, and nobody would see
    it."""
    for workload, container in each(objects):
        for name in environment(container):
            if name.startswith("INKGATE_") and name not in names(workload.service):
                yield f"{workload.name}: {workload.service} has no setting {name}"


def no_secret_in_clear(objects: Objects) -> Iterator[str]:
    """Whoever may read a Deployment or a ConfigMap is not whoever may read secrets; and the chart makes no Secret, or
    its values would lie in the release's history."""
    for workload, container in each(objects):
        for name, entry in environment(container).items():
            if (
                "value" in entry
                and entry["value"]
                and (names(workload.service).get(name) or _LOOKS_SECRET.search(name))
            ):
                yield f"{workload.name}: {name} in clear"
        if container.get("envFrom"):
            yield f"{workload.name}: takes whole objects into its environment"
    for item in of(objects, "ConfigMap"):
        for name in item.get("data", {}):
            if _LOOKS_SECRET.search(name):
                yield f"ConfigMap/{item['metadata']['name']}: {name}"
    for item in of(objects, "Secret"):
        yield f"Secret/{item['metadata']['name']}: made by the chart"


def secrets_are_a_services_own(objects: Objects) -> Iterator[str]:
    """A service that is broken into gives away its own secrets only: no key of a Secret reaches two services."""
    owners: dict[tuple[str, str], str] = {}
    for workload, container in each(objects):
        for entry in environment(container).values():
            source = entry.get("valueFrom", {}).get("secretKeyRef")
            if source is not None:
                key = (source["name"], source["key"])
                if owners.setdefault(key, workload.service) != workload.service:
                    yield f"{workload.name}: {key[0]}[{key[1]}] is also {owners[key]}'s"
