"""Dialogue's composition root: the only place that constructs."""

import random
from pathlib import Path
from typing import Any

import httpx
from litestar import Litestar

from inkgate_common import housekeeping, web
from inkgate_common.clock import Clock, SystemClock
from inkgate_common.db import Database
from inkgate_common.kafka import Consumer
from inkgate_common.outbox import Outbox, Relay
from inkgate_common.service import Service, every
from inkgate_common.settings import several
from inkgate_dialogue import appointments_api, calendar, metrics, studio_file
from inkgate_dialogue.api import ROUTES
from inkgate_dialogue.console import action_links, pages
from inkgate_dialogue.control import announce_studio
from inkgate_dialogue.domain.questions import places
from inkgate_dialogue.domain.studio import Studio
from inkgate_dialogue.handlers import Handler
from inkgate_dialogue.queries import Queries
from inkgate_dialogue.reload import Watch
from inkgate_dialogue.settings import DialogueSettings
from inkgate_dialogue.timers import Timers, Tours

MIGRATIONS = Path(__file__).parent / "migrations"
TOPICS_READ = ("inbound", "deliveries", "payments", "commands", "control")
TOPICS_WRITTEN = ("commands", "intents", "payment-commands", "leads", "control")
BODY_BYTES_MAX = 64 * 1024
TIMERS_EVERY_S = 0.5
TOURS_EVERY_S = 5.0
GAPS_EVERY_S = 5.0
GAUGES_EVERY_S = 5.0
STUDIO_EVERY_S = 3.0


def http_app(health: web.Health, **state: Any) -> Litestar:
    """Its HTTP side."""
    return web.application(
        "Inkgate dialogue",
        [*ROUTES, *appointments_api.ROUTES, *pages.ROUTES, *action_links.ROUTES],
        health,
        body_bytes_max=BODY_BYTES_MAX,
        description="Leads and their timelines, an operator's actions, panic and pilot mode, appointments for calendars.",
        **state,
    )


async def build(settings: DialogueSettings, *, clock: Clock | None = None) -> Service:
    """The service. `clock` is a test's door to the time."""
    clock = clock or SystemClock()
    places.prepare()
    outbox = Outbox(settings)
    database = Database(settings.database_url.get_secret_value(), outbox=outbox)
    relay = Relay(database, outbox, settings, clock)

    def use(studio: Studio) -> None:
        handler.studio = queries.studio = studio

    async def announce(digest: str, studio: Studio) -> None:
        await announce_studio(database, clock, settings.whatsapp_phone_number_id, digest, studio)

    watch = Watch(settings.studio, several(settings.artist_numbers), clock, use, announce)
    handler = Handler(watch.studio, clock, settings.whatsapp_phone_number_id, settings.public_url)
    consumer = Consumer("dialogue", TOPICS_READ, database, handler, settings, clock, random.random)
    queries = Queries(database, watch.studio)
    timers = Timers(database, clock)
    tours = Tours(database, clock, lambda: handler.studio)
    http = httpx.AsyncClient(timeout=calendar.TIMEOUT_S, follow_redirects=True, trust_env=True)
    folder = studio_folder(settings.studio)
    diary = calendar.ArtistsCalendar(database, clock, lambda: handler.studio, folder, http)

    async def kafka_reachable() -> None:
        await relay.reachable()
        await consumer.reachable()

    async def measure() -> None:
        measured = await queries.gauges()
        for age, count in measured.gates.items():
            metrics.OPEN_GATES.labels(age).set(count)
        metrics.OPEN_GATE_OLDEST_S.set(measured.oldest_gate_s)
        metrics.MAILBOX.set(measured.waiting)
        metrics.PARKED_NOW.set(measured.parked)

    health = web.Health({"database": database.reachable, "kafka": kafka_reachable})
    app = http_app(
        health,
        handler=handler,
        studio=watch,
        queries=queries,
        database=database,
        clock=clock,
        phone_number_id=settings.whatsapp_phone_number_id,
        api_key=settings.api_key.get_secret_value() if settings.api_key else None,
        calendar_secret=settings.calendar_secret.get_secret_value() if settings.calendar_secret else None,
    )
    return Service(
        name="dialogue",
        database=database,
        relay=relay,
        app=app,
        health=health,
        host=settings.http_host,
        port=settings.http_port,
        consumers=[consumer],
        closers=[http.aclose],
        tasks={
            "calendar": lambda: every(calendar.LOOK_EVERY_S, diary.refresh),
            "timers": lambda: every(TIMERS_EVERY_S, timers.fire),
            "tours": lambda: every(TOURS_EVERY_S, tours.tell),
            "gaps": lambda: every(GAPS_EVERY_S, consumer.processor.watch_gaps),
            "purge": lambda: every(
                housekeeping.EVERY_S, lambda: housekeeping.purge(database, "dialogue", (housekeeping.INBOX,))
            ),
            "studio": lambda: every(STUDIO_EVERY_S, watch.look),
            "gauges": lambda: every(GAUGES_EVERY_S, measure),
        },
    )


def studio_folder(path: Path | None) -> Path:
    """Where files beside the studio file are."""
    if path is None:
        return studio_file.HERE
    return path if path.is_dir() else path.parent
