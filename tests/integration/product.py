"""The product on a footing: the sandbox, and one or more of each service behind a balancer, each on its own accounts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import aiohttp

from inkgate.local.environment import SERVICES, Surroundings
from inkgate.local.ports import free_port
from tests.e2e.stack import Stack, surroundings
from tests.faults.balancer import balancer
from tests.integration.accounts import Account, open_accounts
from tests.integration.footing import Footing, Unit

REPLICAS_MAX = 2
STOPS_WITHIN_S = 10.0
EVERYTHING = ("sandbox", *(f"{service}-1" for service in SERVICES))


def replicas(number: int) -> list[str]:
    """That replica of every service: 2 → intake-2, dialogue-2, …"""
    return [f"{service}-{number}" for service in SERVICES]


class Product(Stack):
    """As the stack of the end-to-end tests, but its parts are `sandbox`, `intake-1`, `intake-2`, `dialogue-1`, …"""

    processes: dict[str, Unit]  # type: ignore[assignment]

    def __init__(
        self,
        footing: Footing,
        around: Surroundings,
        accounts: Mapping[str, Account],
        http: aiohttp.ClientSession,
        logs: Path,
    ) -> None:
        super().__init__(around, http, logs)
        self.footing = footing
        self.accounts = accounts
        self.ports: dict[str, int] = {"sandbox": around.ports["sandbox"]}
        taken = set(around.ports.values())
        for name in [each for number in range(1, REPLICAS_MAX + 1) for each in replicas(number)]:
            self.ports[name] = free_port(frozenset(taken))
            taken.add(self.ports[name])

    def environment(self, service: str) -> dict[str, str]:
        """That service's settings, complete, with its own accounts."""
        return self.with_account(service, self.accounts[service]) if service in SERVICES else self.around.of(service)

    def with_account(self, service: str, account: Account) -> dict[str, str]:
        """The same with another account."""
        environment = self.around.of(service)
        _, _, place = environment["INKGATE_DATABASE_URL"].rpartition("@")
        return {
            **environment,
            **account.kafka(self.footing.services_bootstrap, self.footing.certificate.authority),
            "INKGATE_DATABASE_URL": f"postgresql://{account.name}:{account.password}@{place}",
        }

    def make(self, name: str) -> Unit:  # type: ignore[override]
        service = name.rpartition("-")[0] or name
        command = (service,) if service == "sandbox" else (service, "serve")
        environment = {**self.environment(service), "INKGATE_HTTP_PORT": str(self.ports[name])}
        return self.footing.unit(name, command, environment, self.logs / f"{name}.log")

    def run(self, name: str, command: tuple[str, ...], environment: Mapping[str, str]) -> Unit:
        """A command besides those of the product, to be started; the caller ends it."""
        return self.footing.unit(name, command, environment, self.logs / f"{name}.log")

    async def migrate(self, replicas: int) -> dict[str, int | None]:
        """`migrate` of every service, so many of each at the same time; how each of them ended."""
        units = {
            f"{service}-{number}": self.run(
                f"migrate-{service}-{number}", (service, "migrate"), self.environment(service)
            )
            for service in SERVICES
            for number in range(1, replicas + 1)
        }

        def run() -> dict[str, int | None]:
            for unit in units.values():
                unit.start()
            return {name: unit.wait() for name, unit in units.items()}

        return await asyncio.to_thread(run)

    async def stop_in_order(self, *names: str) -> list[int | None]:
        """SIGTERM to these at once; how each of them ended, −9 where it did not in time (PROTOCOL §5) and was killed."""
        units = [self.processes[name] for name in names]
        return list(await asyncio.gather(*(asyncio.to_thread(unit.terminate, STOPS_WITHIN_S) for unit in units)))


@asynccontextmanager
async def installed(
    footing: Footing, folder: Path, *, makes_topics: bool = True, **settings: str
) -> AsyncIterator[Product]:
    """An installation of its own with accounts, and nothing started; everything is gone when the block ends."""
    around = surroundings(footing.live, folder, **settings)
    accounts = await open_accounts(around, makes_topics)
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=20), trust_env=False)
        )
        product = Product(footing, around, accounts, http, folder / "logs")
        for service in SERVICES:
            ports = [product.ports[f"{service}-{number}"] for number in range(1, REPLICAS_MAX + 1)]
            await stack.enter_async_context(balancer(around.ports[service], ports))
        try:
            yield product
        finally:
            services = [name for name in product.processes if name != "sandbox"]
            await product.stop_in_order(*services)
            if "sandbox" in product.processes:
                await product.stop_in_order("sandbox")
