"""A studio on tour, over the whole stack: an offer accepted, a waiting list, a stop that opens with a changed studio file
(DOMAIN §3 rows 8, 9, 10, 11 and 28)."""

import tempfile
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from inkgate.local.environment import SERVICES
from tests.e2e.stack import Stack, running, surroundings
from tests.servers import LiveServers

pytestmark = [pytest.mark.live, pytest.mark.domain("3.8", "3.9", "3.10", "3.11", "3.28")]


def a_tour(*cities: tuple[str, str]) -> str:
    """The section [tour] as it is written, with these stops in a month's time."""
    first = datetime.now(UTC).date() + timedelta(days=30)  # noqa: TID251 (the services' clock is the machine's)
    stops = "".join(
        f'[[tour.stops]]\ncity = "{city}"\ncountry = "{country}"\nfrom = {first}\nto = {first + timedelta(days=4)}\n'
        for city, country in cities
    )
    return f'\n[tour]\ncountries = ["IE"]\n{stops}'


def goes_to(file: Path, *cities: tuple[str, str]) -> None:
    """The studio file says so from now on."""
    text = file.read_text()
    file.write_text(text.split("\n[tour]")[0] + a_tour(*cities))


@pytest.fixture
async def touring(servers: LiveServers) -> AsyncIterator[tuple[Stack, Path]]:
    """A stack whose studio tours, and its studio file."""
    with tempfile.TemporaryDirectory(prefix="inkgate-tour-") as folder:
        around = surroundings(servers, Path(folder))
        file = Path(around.of("dialogue")["INKGATE_STUDIO"])
        goes_to(file, ("Bath", "GB"))
        async with running(around, Path(folder) / "logs", names=("sandbox", *SERVICES)) as stack:
            yield stack, file


async def test_an_offer_is_accepted_or_brings_the_waiting_list_and_a_stop_in_her_city_is_offered_once(
    touring: tuple[Stack, Path],
) -> None:
    stack, file = touring
    ana, mia = stack.client(), stack.client()
    for client in (ana, mia):
        await client.answer_until("location_city")
        await client.say("Leeds")
        offered = await client.until("the offer", lambda lead: lead["status"] == "TOUR_CONVERSION_OFFERED")
        assert (offered["tour"]["city"], offered["tour"]["accepted"]) == ("Bath", None)
    await ana.say("yes please")
    accepted = await ana.until("the acceptance", lambda lead: lead["status"] == "QUALIFYING")
    assert (accepted["values"]["location_city"], accepted["tour"]["accepted"]) == ("Bath", True)
    assert accepted["question"] == "instagram_handle"
    await mia.say("no")
    await mia.until("the waiting list", lambda lead: lead["status"] == "WAITLISTED")

    goes_to(file, ("Bath", "GB"), ("Leeds", "GB"))
    opened = await mia.until("the offer of her city", lambda lead: lead["status"] == "TOUR_CONVERSION_OFFERED")
    assert opened["tour"]["city"] == "Leeds"
    assert sum("we are coming to Leeds" in said for said in await mia.received()) == 1
    await stack.check()
