"""The image, really built and run: small, bare, run by nobody in particular, and it does what the source tree does."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack, ExitStack
from importlib import metadata
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from docker.models.containers import Container
from docker.models.images import Image as EngineImage
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from inkgate.local.environment import HTTP_PORTS, SERVICES, Surroundings
from tests.deploy.containers import END_S_MAX, run_once, started
from tests.deploy.test_compose import ALL
from tests.e2e.stack import Stack, surroundings
from tests.engine import needed_engine
from tests.images import LABELS, ROOT, Image, product_image
from tests.servers import LiveServers

MB = 1_000_000
ABOVE_BASE_MB_MAX = 150
STOP_S_MAX = 12
SANDBOX = ["python", "-m", "inkgate.sandbox"]
NO_HOST_NETWORK = "needs containers that share the network of this machine, and here they run in another one"
SBOM = "/opt/inkgate/sbom.cdx.json"
# One look around in the image, since a container takes longer to start than anything here takes to find out.
LOOK_AROUND = """
import importlib.metadata, importlib.util, json, os, pathlib, shutil
modules = ['pip', 'ensurepip', 'setuptools', 'wheel', 'hatchling', 'cyclonedx', 'pytest', 'inkgate']
programs = ['pip', 'pip3', 'gcc', 'cc', 'c++', 'ld', 'as', 'make', 'strip', 'git', 'curl', 'wget', 'inkgate', 'cyclonedx-py']
print(json.dumps({
    'installed': {d.name.lower().replace('_', '-'): d.version for d in importlib.metadata.distributions()},
    'modules': [name for name in modules if importlib.util.find_spec(name)],
    'programs': [name for name in programs if shutil.which(name)],
    'wheels': [str(path) for path in pathlib.Path('/').glob('[!ps]*/**/*.whl')],
    'writable': [str(path) for path in pathlib.Path('/opt').glob('**/*') if os.access(path, os.W_OK)
                 and not path.is_symlink()],
    'commands': sorted(path.name for path in pathlib.Path('/opt/inkgate/bin').iterdir()),
    'bill': pathlib.Path('/opt/inkgate/sbom.cdx.json').read_text(),
}))
"""
COMPILED_AT_START = """
import os, sys
import inkgate_{0}.__main__, inkgate_common.migrate
ours = [m for m in list(sys.modules.values()) if (getattr(m, '__file__', None) or '').startswith('/opt/inkgate')]
print(len(ours) > 500, [m.__name__ for m in ours if m.__file__.endswith('.py') and not os.path.exists(m.__cached__)])
"""
# What is read with the data files that are left out or made smaller; hashes are the same with PYTHONHASHSEED=0.
UNDERSTOOD = """
import hashlib
from inkgate_dialogue.domain.questions import countries, currencies
from inkgate_dialogue.domain.questions.gazetteer import gazetteer
g = gazetteer()
print(len(g), g.names)
for part in (g._text, g._keys, g._people, g._at, g.far, g.near, countries.countries(),
             sorted((name, sorted(codes)) for name, codes in currencies._names().items())):
    print(hashlib.sha256(repr(part).encode()).hexdigest())
"""


@pytest.fixture(scope="module")
def image() -> Image:
    return product_image()


@pytest.fixture(scope="module")
def facts(image: Image) -> dict[str, Any]:
    """What the engine says about the image."""
    return looked_up(image.tag).attrs


@pytest.fixture(scope="module")
def inside(image: Image) -> dict[str, Any]:
    """What is found in it."""
    found: dict[str, Any] = json.loads(python(image, LOOK_AROUND))
    return found


def looked_up(tag: str) -> EngineImage:
    client = needed_engine().client()
    try:
        return client.images.get(tag)
    finally:
        client.close()


def size(tag: str) -> int:
    """Bytes of all layers."""
    client = needed_engine().client()
    try:
        return sum(layer["Size"] for layer in client.images.get(tag).history())
    finally:
        client.close()


def python(image: Image, code: str, environment: Mapping[str, str] | None = None) -> str:
    """What a program prints in the image. Fails the test when it does not end well."""
    status, output = run_once(image.tag, ["python", "-c", code], environment or {})
    assert status == 0, output
    return output


# --- what it is ----------------------------------------------------------------------------------------------------------


def test_it_stands_on_its_base_and_is_less_than_150_mb_above_it(image: Image) -> None:
    layers, below = (looked_up(tag).attrs["RootFS"]["Layers"] for tag in (image.tag, image.base))
    assert layers[: len(below)] == below
    above_mb = (size(image.tag) - size(image.base)) / MB
    print(f"{above_mb:.1f} MB above its base ({size(image.base) / MB:.1f} MB)")
    assert 0 < above_mb < ABOVE_BASE_MB_MAX


def test_it_is_labelled_with_where_it_comes_from(image: Image, facts: dict[str, Any]) -> None:
    labels = facts["Config"]["Labels"]
    for argument, value in LABELS.items():
        assert labels[f"org.opencontainers.image.{argument.lower()}"] == value
    assert labels["org.opencontainers.image.base.name"] == image.base
    assert labels["inkgate.sbom"] == SBOM


def test_it_runs_as_a_user_by_number_who_is_not_root(facts: dict[str, Any]) -> None:
    assert facts["Config"]["User"] == "65532:65532"


def test_it_leaves_health_to_probes(facts: dict[str, Any]) -> None:
    assert not facts["Config"].get("Healthcheck")


def test_it_runs_nothing_that_was_not_asked_for(facts: dict[str, Any]) -> None:
    assert not facts["Config"].get("Entrypoint") and not facts["Config"].get("Cmd")


# --- what is in it -------------------------------------------------------------------------------------------------------


def test_nothing_in_it_installs_compiles_or_fetches(inside: dict[str, Any]) -> None:
    assert (inside["modules"], inside["programs"], inside["wheels"]) == ([], [], [])


def test_its_commands_are_the_four(inside: dict[str, Any]) -> None:
    assert [name for name in inside["commands"] if not name.startswith("python")] == sorted(
        f"inkgate-{service}" for service in SERVICES
    )


def test_nothing_of_it_can_be_written_by_its_user(inside: dict[str, Any]) -> None:
    assert inside["writable"] == []


@pytest.mark.parametrize("service", SERVICES)
def test_nothing_is_compiled_at_a_start(image: Image, service: str) -> None:
    assert python(image, COMPILED_AT_START.format(service)).strip() == "True []"


def test_what_is_installed_is_the_runtime_lock_and_inkgate(inside: dict[str, Any]) -> None:
    assert inside["installed"] == {**runtime_lock(), "inkgate": metadata.version("inkgate")}


def test_the_bill_of_materials_is_valid_and_names_what_is_installed(inside: dict[str, Any]) -> None:
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(inside["bill"]) is None
    bill = json.loads(inside["bill"])
    parts = [*bill["components"], bill["metadata"]["component"]]
    assert {canonicalize_name(part["name"]): part["version"] for part in parts} == inside["installed"]
    for part in bill["components"]:
        assert part["purl"] == f"pkg:pypi/{canonicalize_name(part['name'])}@{part['version']}"


def test_it_reads_places_countries_and_currencies_as_the_source_tree_does(image: Image) -> None:
    fixed = {"PYTHONHASHSEED": "0"}
    here = subprocess.run(
        [sys.executable, "-c", UNDERSTOOD], env=os.environ | fixed, capture_output=True, text=True, check=True
    )
    assert python(image, UNDERSTOOD, fixed).split() == here.stdout.split()


def runtime_lock() -> dict[str, str]:
    """Name → version of what the runtime's lock installs in the image."""
    lines = [line for line in (ROOT / "deploy/runtime.lock").read_text().splitlines() if "==" in line]
    wanted = [Requirement(line.removesuffix("\\").strip()) for line in lines]
    here = {**default_environment(), "python_full_version": "3.11.2", "sys_platform": "linux"}
    return {
        canonicalize_name(each.name): str(next(iter(each.specifier)).version)
        for each in wanted
        if each.marker is None or each.marker.evaluate(here)
    }


# --- what it does --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("service", "command"), [*((service, "serve") for service in SERVICES), ("intake", "migrate")])
def test_a_bad_setting_is_named_and_ends_it(image: Image, service: str, command: str) -> None:
    status, output = run_once(image.tag, [f"inkgate-{service}", command], {"INKGATE_DATABASE_URL": "mysql://x"})
    assert status == 2
    lines = [line for line in output.splitlines() if line]
    assert len(lines) == 1 and "INKGATE_DATABASE_URL: must look like postgresql://" in lines[0]
    assert "INKGATE_KAFKA_BOOTSTRAP: is not set" in lines[0]


@pytest.mark.live
@pytest.mark.skipif(sys.platform != "linux", reason=NO_HOST_NETWORK)
async def test_four_containers_take_a_client_to_a_paid_deposit_and_end_when_asked(
    image: Image, servers: LiveServers, tmp_path: Path
) -> None:
    around = surroundings(servers, tmp_path)
    studio = around.extra["INKGATE_STUDIO"]
    more = {"network_mode": "host", "volumes": {studio: {"bind": studio, "mode": "ro"}}}
    migrations = {service: [f"inkgate-{service}", "migrate"] for service in SERVICES}
    for _ in range(2):  # the second time there is nothing to do
        all_end_well(image, around, migrations, **more)
    async with AsyncExitStack() as at_end:
        http = await at_end.enter_async_context(aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=20)))
        stack = Stack(around, http, tmp_path)
        at_end.enter_context(started(product_image("desk").tag, SANDBOX, around.of("sandbox"), **more))
        running = {
            service: at_end.enter_context(
                started(image.tag, [f"inkgate-{service}", "serve"], around.of(service), **more)
            )
            for service in SERVICES
        }
        for service in SERVICES:
            await until_ready(stack, service, running[service])
        all_end_well(image, around, {service: probe(service, around) for service in SERVICES}, **more)
        client = stack.client()
        await client.paid()
        await stack.check()
        for service, container in running.items():
            container.stop(timeout=STOP_S_MAX)
            assert container.wait()["StatusCode"] == 0, f"{service}: {container.logs().decode()[-2000:]}"


def all_end_well(image: Image, around: Surroundings, commands: Mapping[str, Sequence[str]], **more: Any) -> None:
    """Run a command for each service, all at the same time; each must end well."""
    with ExitStack() as at_end:
        containers = [
            at_end.enter_context(started(image.tag, command, around.of(service), **more))
            for service, command in commands.items()
        ]
        for container in containers:
            assert container.wait(timeout=END_S_MAX)["StatusCode"] == 0, container.logs().decode()


def probe(service: str, around: Surroundings) -> list[str]:
    """The health check of compose.yaml, at the port that the service has here."""
    command = ALL[service]["healthcheck"]["test"][1:]
    return [part.replace(f":{HTTP_PORTS[service]}/", f":{around.ports[service]}/") for part in command]


async def until_ready(stack: Stack, service: str, container: Container) -> None:
    """Returns when it is; fails with its log when it ends instead."""

    async def look() -> bool:
        container.reload()
        if container.status not in ("created", "running", "initialized"):
            pytest.fail(f"{service} ended:\n{container.logs().decode()[-2000:]}")
        return (await stack.call(service, "GET", "/health/ready"))[0] == 200

    await stack.wait_for(f"{service} to be ready", look, within_s=60)
