"""The composition root: the only place that constructs."""

import random
from pathlib import Path
from typing import Any

from litestar import Litestar

from inkgate_common import housekeeping, web
from inkgate_common.clock import Clock, SystemClock
from inkgate_common.db import Database
from inkgate_common.errors import SettingsError
from inkgate_common.kafka import Consumer
from inkgate_common.outbox import Outbox, Relay
from inkgate_common.service import Service, every
from inkgate_intake import api
from inkgate_intake.consumer import TOPICS, Handler
from inkgate_intake.domain.artists import numbers_in
from inkgate_intake.domain.identity import Namer
from inkgate_intake.handlers import Writer
from inkgate_intake.roster import Roster
from inkgate_intake.settings import IntakeSettings

MIGRATIONS = Path(__file__).parent / "migrations"
TOPICS_WRITTEN = ("inbound", "receipts")
ARTISTS_EVERY_S = 3.0
AGING = (
    # Meta repeats a webhook for up to 7 days (FACTS §1); one day more than the 8 asked for.
    housekeeping.Aging("seen", "key", "seen_at", 9),
    # Long enough to look into what we did not understand; it may hold what somebody wrote, so not longer.
    housekeeping.Aging("unhandled", "key", "seen_at", 14),
    housekeeping.INBOX,
)


def http_app(health: web.Health, **state: Any) -> Litestar:
    """Its HTTP side, less the short cut to the webhooks' door."""
    described = "Takes WhatsApp's webhooks."
    return web.application(
        "Inkgate intake", api.ROUTES, health, body_bytes_max=api.BODY_BYTES_MAX, description=described, **state
    )


async def build(settings: IntakeSettings, *, clock: Clock | None = None) -> Service:
    """The service, wired. `clock` is the door for tests. Raises SettingsError."""
    clock = clock or SystemClock()
    outbox = Outbox(settings)
    database = Database(settings.database_url.get_secret_value(), outbox=outbox, pool_size=6)
    relay = Relay(database, outbox, settings, clock)
    consumer = Consumer("intake", TOPICS, database, Handler(), settings, clock, random.random)
    namer = Namer(settings.identity_key.get_secret_value().encode())
    writer = Writer(database, namer, artists(settings), clock)
    roster = Roster(lambda: artists(settings), lambda numbers: setattr(writer, "artists", numbers))
    receiver = api.Receiver(writer, settings.app_secrets, settings.phone_number_ids, clock)
    door = api.Door(receiver, clock)
    health = web.Health({"database": database.reachable})
    application = http_app(health, door=door, verify_token=settings.whatsapp_verify_token.get_secret_value())
    return Service(
        name="intake",
        database=database,
        relay=relay,
        app=api.ShortCut(door, application),
        health=health,
        host=settings.http_host,
        port=settings.http_port,
        consumers=[consumer],
        tasks={
            "writer": writer.run,
            "writer watch": writer.watch,
            "artists": lambda: every(ARTISTS_EVERY_S, roster.look),
            "purge": lambda: every(housekeeping.EVERY_S, lambda: housekeeping.purge(database, "intake", AGING)),
        },
    )


def artists(settings: IntakeSettings) -> frozenset[str]:
    """The artists' numbers of the settings and of the studio file (or every file of a studio folder).

    Raises SettingsError.
    """
    if settings.studio is None:
        return settings.extra_artists
    path = Path(settings.studio)
    files = sorted(path.glob("*.toml")) if path.is_dir() else [path]
    if not files:
        raise SettingsError(f"INKGATE_STUDIO: there is no .toml file in {path}")
    found = settings.extra_artists
    for file in files:
        try:
            found |= numbers_in(file.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise SettingsError(f"INKGATE_STUDIO: {file}: {error}") from None
    return found
