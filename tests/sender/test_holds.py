"""A number on hold, live: nothing fails, the operator is told once, and it goes on by hand or by a probe."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from inkgate.local.environment import PHONE_NUMBER_ID
from tests.fakes.graph import refuse
from tests.sender.conftest import Person, Rig, Sender, installed
from tests.servers import LiveServers

pytestmark = pytest.mark.live

OK = ("status:accepted", "delivered")
RELEASE = f"/api/holds/{PHONE_NUMBER_ID}/release"


@pytest.fixture
async def rig(servers: LiveServers) -> AsyncIterator[Rig]:
    """A hold concerns a whole number: each test has an installation of its own."""
    async with installed(servers) as made:
        yield made


def api(sender: Sender, **headers: str) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=sender.service.app)
    return httpx.AsyncClient(transport=transport, base_url="http://sender", headers=headers)


async def waiting(sender: Sender, n: int) -> None:
    async with asyncio.timeout(20):
        while len(await sender.service.database.read("select 1 from sends where state = 'waiting'")) < n:
            await asyncio.sleep(0.02)  # a row has no event to wait for


async def test_a_refused_token_holds_everything_until_somebody_releases_it(rig: Rig) -> None:
    anna, ben = Person(), Person()
    async with rig.sender() as sender, api(sender) as http:
        rig.graph.plan(anna.phone, refuse(190, 401))
        await rig.intent(anna)
        held = (await rig.until_control("held")).data
        assert (held.phone_number_id, held.scope, held.code) == (PHONE_NUMBER_ID, "all", 190)
        await rig.intent(ben)
        await waiting(sender, 2)
        assert not rig.graph.of(ben.phone) and not rig.kinds(anna)
        (item,) = (await http.get("/api/holds")).json()["items"]
        assert (item["phone_number_id"], item["scope"], item["code"]) == (PHONE_NUMBER_ID, "all", 190)
        assert (await http.post(RELEASE)).json()["items"] == []
        released = (await rig.until_control("released")).data
        assert (released.scope, released.by) == ("all", "operator")
        _, delivered = await rig.until(anna, *OK)
        await rig.until(ben, *OK)
        assert delivered.attempts == 2
        assert (await http.post(RELEASE)).status_code == 404
        kinds = [event.type for event in rig.told[PHONE_NUMBER_ID]]
        assert kinds == ["inkgate.sender.held", "inkgate.sender.released"]


async def test_a_probe_that_goes_through_ends_the_hold(rig: Rig) -> None:
    anna = Person()
    async with rig.sender(hold_probe="0.3"):
        rig.graph.plan(anna.phone, refuse(190, 401), refuse(190, 401), refuse(190, 401))
        await rig.intent(anna)
        released = (await rig.until_control("released")).data
        assert released.by == "probe"
        await rig.until(anna, *OK)
        assert len(rig.graph.of(anna.phone)) == 4
        assert [event.type for event in rig.told[PHONE_NUMBER_ID]].count("inkgate.sender.held") == 1


async def test_a_spam_limit_holds_what_the_business_begins_and_replies_go_on(rig: Rig) -> None:
    anna, ben = Person(), Person()
    async with rig.sender():
        rig.graph.plan(anna.phone, refuse(131048))
        await rig.intent(anna, "reminder", queue="business")
        assert (await rig.until_control("held")).data.scope == "business"
        await rig.intent(ben, "reminder", queue="business")
        await rig.intent(ben, "reply")
        await rig.until(ben, *OK)
        assert [call.text for call in rig.graph.of(ben.phone)] == ["reply"]


async def test_every_replica_obeys_a_hold_and_a_new_one_too(rig: Rig) -> None:
    anna, ben = Person(), Person()
    async with rig.sender():
        rig.graph.plan(anna.phone, refuse(131042, 400))
        await rig.intent(anna)
        await rig.until_control("held")
    async with rig.sender() as second, api(second) as http:
        await rig.intent(ben)
        await waiting(second, 2)
        assert not rig.graph.of(ben.phone)
        await http.post(RELEASE)
        await rig.until(ben, *OK)


async def test_a_failure_by_webhook_can_hold_the_number(rig: Rig) -> None:
    anna = Person()
    async with rig.sender():
        await rig.intent(anna)
        await rig.until(anna, *OK)
        await rig.receipt(anna, rig.graph.of(anna.phone)[0], "failed", code=131042)
        assert (await rig.until_control("held")).data.code == 131042


async def test_with_a_key_the_api_asks_for_it(rig: Rig) -> None:
    async with rig.sender(api_key="sesame") as sender:
        async with api(sender) as http:
            assert (await http.get("/api/holds")).status_code == 401
            assert (await http.post(RELEASE)).status_code == 401
        async with api(sender, authorization="Bearer sesame") as http:
            assert (await http.get("/api/holds")).json() == {"items": [], "next_cursor": None}


async def test_without_a_key_the_api_is_for_this_machine_only(rig: Rig) -> None:
    async with rig.sender(http_host="0.0.0.0") as sender, api(sender) as http:
        answer = await http.get("/api/holds")
        assert answer.status_code == 403 and answer.headers["content-type"] == "application/problem+json"
        assert (await http.get("/health/ready")).status_code == 200
