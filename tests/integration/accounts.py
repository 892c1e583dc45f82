"""What each service may do at PostgreSQL and at Kafka, and no more: an account of its own in each.

The whole suite here runs on these accounts, so that what they grant is seen to be enough. At PostgreSQL it is a role that
owns an empty database; at Kafka a SCRAM credential and the access control lists of the example for Strimzi.
"""

import hashlib
import os
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import asyncpg
import yaml
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import for_code
from aiokafka.protocol.admin import CreateAclsRequest
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import CompactArray, CompactBytes, CompactString, Int8, Int16, Int32, Schema, TaggedFields

from inkgate.local.environment import SERVICES, Surroundings

MECHANISM = "SCRAM-SHA-512"
_SCRAM_SHA_512 = 2
_ITERATIONS = 4_096

STRIMZI = Path(__file__).parents[2] / "deploy/kubernetes/examples/strimzi.yaml"
# Numbers of Kafka's protocol: ResourceType, AclOperation, PatternType, AclPermissionType of org.apache.kafka.common.
_RESOURCES = {"topic": 2, "group": 3}
_OPERATIONS = {"Read": 3, "Write": 4, "Create": 5, "Describe": 8}
_LITERAL, _ALLOW = 3, 3

Grant = tuple[str, str, str]
"""Kind of resource, its name without a prefix, operation."""


@cache
def grants(service: str) -> tuple[Grant, ...]:
    """What the user of that service may do in the example for Strimzi."""
    users = [each for each in yaml.safe_load_all(STRIMZI.read_text()) if each["kind"] == "KafkaUser"]
    (user,) = [each for each in users if each["metadata"]["name"] == f"inkgate-{service}"]
    return tuple(
        (rule["resource"]["type"], rule["resource"]["name"], operation)
        for rule in user["spec"]["authorization"]["acls"]
        for operation in rule["operations"]
    )


@dataclass(frozen=True)
class Account:
    """A service's name and password, the same at both servers."""

    name: str
    password: str = field(default_factory=lambda: secrets.token_hex(12), repr=False)

    def kafka(self, bootstrap: str, authority: Path) -> dict[str, str]:
        """The settings to sign in at Kafka's door for services. `authority`: who vouches for its certificate."""
        return {
            "INKGATE_KAFKA_BOOTSTRAP": bootstrap,
            "INKGATE_KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
            "INKGATE_KAFKA_SSL_CAFILE": str(authority),
            "INKGATE_KAFKA_SASL_MECHANISM": MECHANISM,
            "INKGATE_KAFKA_SASL_USERNAME": self.name,
            "INKGATE_KAFKA_SASL_PASSWORD": self.password,
        }


async def open_accounts(around: Surroundings, makes_topics: bool = True) -> dict[str, Account]:
    """An account for each service of this installation, at both servers. `around` reaches them as their administrator.

    `makes_topics` False: somebody else makes the topics, and services may not.
    """
    accounts = {service: Account(f"{around.database_prefix}{service}") for service in SERVICES}
    await _make_databases(around, accounts)
    admin = AIOKafkaAdminClient(bootstrap_servers=around.servers.kafka_bootstrap)
    await admin.start()
    try:
        for service, account in accounts.items():
            await _make_credential(admin, account)
            for rule in _rules(around.topic_prefix, service, account, makes_topics):
                await _ask(admin, rule)
    finally:
        await admin.close()
    return accounts


async def _make_databases(around: Surroundings, accounts: Mapping[str, Account]) -> None:
    connection = await asyncpg.connect(around.servers.database_url)
    try:
        for service, account in accounts.items():
            database = around.of(service)["INKGATE_DATABASE_URL"].rpartition("/")[2]
            await connection.execute(f"create role \"{account.name}\" login password '{account.password}'")
            await connection.execute(f'create database "{database}" owner "{account.name}"')
            await connection.execute(f'revoke all on database "{database}" from public')
    finally:
        await connection.close()


def _rules(prefix: str, service: str, account: Account, makes_topics: bool) -> Iterable[CreateAclsRequest]:
    for kind, name, operation in grants(service):
        if operation == "Create" and not makes_topics:
            operation = "Describe"
        yield CreateAclsRequest(
            _RESOURCES[kind],
            f"{prefix}{name}",
            _LITERAL,
            f"User:{account.name}",
            "*",
            _OPERATIONS[operation],
            _ALLOW,
        )


class _AlterScramResponse(Response):
    API_KEY = 51
    API_VERSION = 0
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "results",
            CompactArray(
                ("user", CompactString("utf-8")),
                ("error_code", Int16),
                ("error_message", CompactString("utf-8")),
                ("tags", TaggedFields),
            ),
        ),
        ("tags", TaggedFields),
    )


class _AlterScramStruct(RequestStruct):
    FLEXIBLE_VERSION = True
    API_KEY = 51
    API_VERSION = 0
    RESPONSE_TYPE = _AlterScramResponse
    SCHEMA = Schema(
        ("deletions", CompactArray(("name", CompactString("utf-8")), ("mechanism", Int8), ("tags", TaggedFields))),
        (
            "upsertions",
            CompactArray(
                ("name", CompactString("utf-8")),
                ("mechanism", Int8),
                ("iterations", Int32),
                ("salt", CompactBytes),
                ("salted_password", CompactBytes),
                ("tags", TaggedFields),
            ),
        ),
        ("tags", TaggedFields),
    )


class _AlterScramRequest(Request[_AlterScramStruct]):
    """AlterUserScramCredentials (KIP-554), which aiokafka does not have."""

    API_KEY = 51

    def __init__(self, account: Account) -> None:
        salt = os.urandom(16)
        salted = hashlib.pbkdf2_hmac("sha512", account.password.encode(), salt, _ITERATIONS)
        self._upsertion = (account.name, _SCRAM_SHA_512, _ITERATIONS, salt, salted, {})

    def build(self, request_struct_class: type[_AlterScramStruct]) -> _AlterScramStruct:
        return request_struct_class([], [self._upsertion], {})


async def _make_credential(admin: AIOKafkaAdminClient, account: Account) -> None:
    await _ask(admin, _AlterScramRequest(account))


async def _ask(admin: AIOKafkaAdminClient, request: Request[Any]) -> None:
    """Send it; an AssertionError where Kafka refuses."""
    response = (await admin._send_to_controller(request)).to_object()
    for result in response.get("results") or response.get("creation_responses") or []:
        code = result["error_code"]
        assert code == 0, f"{for_code(code).__name__}: {result['error_message']}"
