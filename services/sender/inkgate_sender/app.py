"""The composition root of the sender: the only place that constructs. Tests come in by the same door, with their own
gateway, clock or chance."""

import random
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from litestar import Litestar

from inkgate_common import housekeeping
from inkgate_common.clock import Clock, SystemClock
from inkgate_common.db import Database
from inkgate_common.kafka import Consumer
from inkgate_common.outbox import Outbox, Relay
from inkgate_common.service import Service, every
from inkgate_common.settings import proxy_for
from inkgate_common.web import Health, application
from inkgate_sender import consumer, upkeep
from inkgate_sender.api import BODY_BYTES_MAX, ROUTES, Holds
from inkgate_sender.engine import Engine, Gateway
from inkgate_sender.gateway import WhatsApp
from inkgate_sender.handlers import Taking
from inkgate_sender.keeper import BEAT_EVERY_S, Keeper
from inkgate_sender.pacing import Pacing
from inkgate_sender.recorder import Recorder
from inkgate_sender.settings import SenderSettings

MIGRATIONS = Path(__file__).parent / "migrations"
TOPICS_WRITTEN = ("deliveries", "control")

SWEEP_EVERY_S = 1.0
LOST_EVERY_S = 5.0
MEASURE_EVERY_S = 10.0
GAPS_EVERY_S = 10.0


def http_app(health: Health, **state: Any) -> Litestar:
    """Its HTTP side."""
    described = "Which numbers are on hold, and letting them go."
    return application("Inkgate sender", ROUTES, health, body_bytes_max=BODY_BYTES_MAX, description=described, **state)


async def build(
    settings: SenderSettings,
    *,
    clock: Clock | None = None,
    gateway: Gateway | None = None,
    chance: Callable[[], float] = random.random,
) -> Service:
    """The service, not yet running. Nothing here calls WhatsApp."""
    clock = clock or SystemClock()
    outbox = Outbox(settings)
    database = Database(settings.database_url.get_secret_value(), outbox=outbox)
    relay = Relay(database, outbox, settings, clock)
    closers = []
    if gateway is None:
        whatsapp = _whatsapp(settings)
        gateway, closers = whatsapp, [whatsapp.close]
    pacing = Pacing(settings.whatsapp_rate)
    pacing.note_numbers(settings.phone_number_ids)
    keeper = Keeper(database, pacing, settings.policy, clock, settings.uncertain_wait)
    recorder = Recorder(database, pacing, settings.policy, clock, chance)
    engine = Engine(
        database,
        gateway,
        keeper,
        pacing,
        recorder.put,
        clock,
        settings.send_concurrency,
        settings.hold_probe,
    )
    recorder.recorded = engine.recorded
    taking = Taking(engine, settings.policy, clock, chance)
    kafka = Consumer(
        "sender", consumer.TOPICS, database, consumer.Intake(taking), settings, clock, chance, mark_reread=True
    )
    keeper.meet(kafka, engine, recorder)

    health = Health({"database": database.reachable, "relay": relay.reachable, "consumer": kafka.reachable})
    return Service(
        "sender",
        database,
        relay,
        http_app(health, settings=settings, holds=Holds(database, engine, clock)),
        health,
        settings.http_host,
        settings.http_port,
        consumers=(kafka,),
        tasks={
            "calls": engine.call,
            "pump": engine.pump,
            "recorder": recorder.run,
            "lease": partial(every, BEAT_EVERY_S, keeper.beat),
            "sweep": partial(every, SWEEP_EVERY_S, keeper.sweep),
            "lost sends": partial(every, LOST_EVERY_S, keeper.look_for_lost),
            "gap alarm": partial(every, GAPS_EVERY_S, kafka.processor.watch_gaps),
            "measure": partial(every, MEASURE_EVERY_S, partial(upkeep.measure, database, clock)),
            "purge": partial(every, housekeeping.EVERY_S, partial(upkeep.purge, database, clock)),
        },
        drains=(keeper.drain,),
        closers=closers,
    )


def _whatsapp(settings: SenderSettings) -> WhatsApp:
    return WhatsApp(
        settings.whatsapp_api_base,
        settings.whatsapp_api_version,
        settings.whatsapp_access_token.get_secret_value(),
        timeout_s=settings.send_timeout,
        connections=settings.send_concurrency,
        proxy=proxy_for(settings.whatsapp_api_base),
    )
