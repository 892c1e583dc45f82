"""The composition root of payments: the only place that constructs. Tests come in by the same door, with their own gateway,
clock or chance."""

import asyncio
import random
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from litestar import Litestar

from inkgate_common import housekeeping, ids
from inkgate_common.clock import Clock, SystemClock
from inkgate_common.db import Database
from inkgate_common.kafka import Consumer
from inkgate_common.outbox import Outbox, Relay
from inkgate_common.service import Service, every
from inkgate_common.web import Health, application
from inkgate_payments import consumer, handlers
from inkgate_payments.api import BODY_BYTES_MAX, ROUTES
from inkgate_payments.domain.checkout import Shop
from inkgate_payments.gateway import StripeGateway
from inkgate_payments.settings import PaymentsSettings
from inkgate_payments.worker import Gateway, Worker

MIGRATIONS = Path(__file__).parent / "migrations"
TOPICS_WRITTEN = ("payments",)
# Stripe repeats an event for 3 days. What is about money itself is kept.
AGING = (
    housekeeping.INBOX,
    housekeeping.Aging("stripe_events", "id", "seen_at", 30),
    housekeeping.Aging("parked", "event_id", "parked_at", 30),
)

GAPS_EVERY_S = 10.0
MEASURE_EVERY_S = 15.0


def http_app(health: Health, **state: Any) -> Litestar:
    """Its HTTP side."""
    described = "Takes Stripe's webhooks, and has the two pages that a client sees after the checkout page."
    return application(
        "Inkgate payments", ROUTES, health, body_bytes_max=BODY_BYTES_MAX, description=described, **state
    )


async def build(
    settings: PaymentsSettings,
    *,
    clock: Clock | None = None,
    gateway: Gateway | None = None,
    chance: Callable[[], float] = random.random,
) -> Service:
    """The service, not yet running. Nothing here calls Stripe."""
    clock = clock or SystemClock()
    outbox = Outbox(settings)
    database = Database(settings.database_url.get_secret_value(), outbox=outbox)
    relay = Relay(database, outbox, settings, clock)
    closers = []
    if gateway is None:
        stripe = StripeGateway(settings.stripe_secret_key.get_secret_value(), settings.stripe_api_base)
        gateway, closers = stripe, [stripe.close]
    wake = asyncio.Event()
    ledger = handlers.Ledger(clock, wake.set)
    shop = Shop(public_url=settings.public_url, product_name=settings.stripe_product_name)
    kafka = Consumer("payments", consumer.TOPICS, database, consumer.Commands(shop, ledger), settings, clock, chance)
    worker = Worker(handlers.Calls(database, ledger, chance), gateway, clock, ids.random_id(), wake)
    webhooks = handlers.Webhooks(database, settings.webhook_secrets, ledger)

    health = Health({"database": database.reachable, "relay": relay.reachable, "consumer": kafka.reachable})
    return Service(
        "payments",
        database,
        relay,
        http_app(health, webhooks=webhooks),
        health,
        settings.http_host,
        settings.http_port,
        consumers=(kafka,),
        tasks={
            "stripe calls": worker.run,
            "gaps": partial(every, GAPS_EVERY_S, kafka.processor.watch_gaps),
            "purge": partial(every, housekeeping.EVERY_S, partial(housekeeping.purge, database, "payments", AGING)),
            "measure": partial(every, MEASURE_EVERY_S, partial(handlers.measure, database, clock)),
        },
        drains=(worker.drain,),
        closers=closers,
    )
