"""Each service has its own accounts at PostgreSQL and Kafka, and needs no more: every test here runs the product on them."""

import asyncio
from dataclasses import replace

import asyncpg
import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import TopicAuthorizationFailedError

from inkgate.local.environment import SERVICES, database_url
from inkgate.local.ports import free_port
from inkgate_common.contracts import TOPICS
from inkgate_common.settings import KafkaSettings
from tests.integration.accounts import Account, grants
from tests.integration.product import Product

pytestmark = pytest.mark.live


def kafka_of(product: Product, account: Account) -> KafkaSettings:
    """How that account reaches Kafka."""
    return KafkaSettings(
        kafka_bootstrap=product.footing.services_bootstrap,
        kafka_security_protocol="SASL_SSL",
        kafka_ssl_cafile=str(product.footing.certificate.authority),
        kafka_sasl_mechanism="SCRAM-SHA-512",
        kafka_sasl_username=account.name,
        kafka_sasl_password=account.password,  # type: ignore[arg-type]
        topic_prefix=product.around.topic_prefix,
    )


@pytest.mark.parametrize("service", SERVICES)
async def test_a_service_reaches_no_database_but_its_own(product: Product, service: str) -> None:
    own = product.environment(service)["INKGATE_DATABASE_URL"]
    await (await asyncpg.connect(own)).close()
    for other in SERVICES:
        if other != service:
            name = product.environment(other)["INKGATE_DATABASE_URL"].rpartition("/")[2]
            with pytest.raises(asyncpg.InsufficientPrivilegeError, match="permission denied for database"):
                await asyncpg.connect(database_url(own, name))


@pytest.mark.parametrize("service", SERVICES)
async def test_a_services_account_can_do_nothing_to_the_server(product: Product, service: str) -> None:
    connection = await asyncpg.connect(product.environment(service)["INKGATE_DATABASE_URL"])
    try:
        may = await connection.fetchrow(
            "select rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls from pg_roles "
            "where rolname = current_user"
        )
        assert not any(may.values()), dict(may)
    finally:
        await connection.close()


@pytest.mark.parametrize("service", SERVICES)
async def test_a_service_sees_the_topics_that_it_takes_in_and_puts_out_and_no_others(
    product: Product, service: str
) -> None:
    settings = kafka_of(product, product.accounts[service])
    prefix = product.around.topic_prefix
    own = {f"{prefix}{name}" for kind, name, operation in grants(service) if kind == "topic" and operation != "Create"}
    admin = AIOKafkaAdminClient(**settings.client_options())
    await admin.start()
    try:
        described = await admin.describe_topics([settings.topic(name) + dlq for name in TOPICS for dlq in ("", ".dlq")])
    finally:
        await admin.close()
    codes = {topic["topic"]: topic["error_code"] for topic in described}
    assert {name for name, code in codes.items() if code == 0} == own
    assert set(codes.values()) == {0, TopicAuthorizationFailedError.errno}


async def test_with_a_wrong_password_a_service_is_not_ready_and_its_log_says_why_without_it(product: Product) -> None:
    wrong = replace(product.accounts["sender"], password="obviously-not-it")
    environment = product.with_account("sender", wrong)
    environment["INKGATE_DATABASE_URL"] = product.environment("sender")["INKGATE_DATABASE_URL"]
    environment["INKGATE_HTTP_PORT"] = str(free_port(frozenset(product.ports.values())))
    unit = product.run("sender-wrong", ("sender", "serve"), environment)
    await asyncio.to_thread(unit.start)

    reason = f"does not let '{wrong.name}' sign in by SCRAM-SHA-512 (INKGATE_KAFKA_SASL_USERNAME,"

    async def said() -> bool:
        return reason in await asyncio.to_thread(unit.log)

    async def refused() -> bool:
        url = f"http://127.0.0.1:{environment['INKGATE_HTTP_PORT']}/health/ready"
        async with product.http.get(url) as response:
            problems = (await response.json()).get("problems")
        return response.status == 503 and problems == {"relay": "SignInRefused", "consumer": "SignInRefused"}

    try:
        await product.wait_for("the reason", said)
        await product.wait_for("the same at its readiness", refused)
        assert unit.is_running
    finally:
        assert await asyncio.to_thread(unit.terminate) == 0
    assert "obviously-not-it" not in unit.log()
    assert " ready " not in unit.log()
