"""PostgreSQL and Kafka on this machine, from packages: no Docker, no Java, no PostgreSQL needed beforehand."""

from __future__ import annotations

from inkgate.local.errors import JarRefused, LocalError, PortTaken, ServerFailed
from inkgate.local.servers import LocalServers, ServerAddresses, ServerStatus
from inkgate.local.state import Secrets

__all__ = [
    "JarRefused",
    "LocalError",
    "LocalServers",
    "PortTaken",
    "Secrets",
    "ServerAddresses",
    "ServerFailed",
    "ServerStatus",
]
