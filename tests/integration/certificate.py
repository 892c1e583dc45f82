"""A certificate for Kafka's door for services, made for one test run by the keytool that comes with Java."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from inkgate.local.kafka import java
from inkgate.local.ports import HOST

_ALIAS = "kafka"


@dataclass(frozen=True)
class Certificate:
    """`store` is for Kafka (PKCS12), `authority` for who connects (PEM): it is its own authority."""

    store: Path
    password: str = field(repr=False)
    authority: Path


def make(folder: Path, password: str) -> Certificate:
    """A certificate for the loopback address, good for two days. Raises CalledProcessError."""
    folder.mkdir(parents=True, exist_ok=True)
    made = Certificate(folder / "kafka.p12", password, folder / "kafka-authority.pem")
    store = ["-alias", _ALIAS, "-keystore", str(made.store), "-storetype", "PKCS12", "-storepass", password]
    extensions = [f"san=ip:{HOST}", "bc:c=ca:true", "ku:c=keyCertSign,digitalSignature"]
    _keytool(
        *("-genkeypair", *store, "-keyalg", "EC", "-groupname", "secp256r1", "-dname", "CN=kafka", "-validity", "2"),
        *(argument for extension in extensions for argument in ("-ext", extension)),
    )
    _keytool("-exportcert", "-rfc", *store, "-file", str(made.authority))
    for path in (made.store, made.authority):
        path.chmod(0o644)  # in a container others read them
    return made


def _keytool(*arguments: str) -> None:
    subprocess.run([java().with_name("keytool"), *arguments], check=True, capture_output=True)
