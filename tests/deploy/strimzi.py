"""Strimzi's CustomResourceDefinitions, made as Strimzi makes them: by its own generator, from its own Java classes.

Both are on Maven Central (`io.strimzi:api`, and `io.strimzi:crd-generator`, whose jar brings all that it needs); jgo
fetches them once, as it does Kafka's jars, and `strimzi-jars.sha256` pins them. The options are those of `api/pom.xml`
in Strimzi's repository: what comes out of 1.2.0 is, byte for byte, what the release holds (docs/testing.md).
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import tempfile
from pathlib import Path

from inkgate.local.errors import LocalError
from inkgate.local.jars import fetch_with_jgo, read_pins
from inkgate.local.kafka import java
from tests.deploy.golang import NoGo, cached

PINS = Path(__file__).with_name("strimzi-jars.sha256")
CLASSES = ("kafka.Kafka", "nodepool.KafkaNodePool", "topic.KafkaTopic", "user.KafkaUser")
OPTIONS = ["--target-kube", "1.30+", "--crd-api-version", "v1", "--api-versions", "v1", "--storage-version", "v1"]
# So that the files are those of the release in every byte.
LABELS = ["--label", "app:strimzi", "--label", "strimzi.io/crd-install:true"]
RUN_S_MAX = 120


def definitions() -> Path:
    """A folder with one file for each kind; made first where the cache has none. Raises NoGo, with the reason."""
    how = hashlib.sha256(PINS.read_bytes() + Path(__file__).read_bytes()).hexdigest()[:16]
    try:
        return cached(f"strimzi-{how}", _make)
    except (LocalError, OSError, subprocess.SubprocessError) as reason:
        raise NoGo(f"Strimzi's CustomResourceDefinitions cannot be made: {reason}") from reason


def _make(target: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="inkgate-strimzi-") as downloads:
        jars = [str(fetch_with_jgo(pin, Path(downloads))) for pin in read_pins(PINS)]
        wanted = [f"io.strimzi.api.kafka.model.{name}={target / name.partition('.')[0]}.yaml" for name in CLASSES]
        command = [java(), "-cp", os.pathsep.join(jars), "io.strimzi.crdgenerator.CrdGenerator"]
        done = subprocess.run(
            [*command, *OPTIONS, *LABELS, "--yaml", *wanted],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=RUN_S_MAX,
            check=False,
        )
    if done.returncode:
        raise NoGo(f"Strimzi's crd-generator failed: {' '.join(done.stdout.split()[-40:])}")
