"""A running dialogue takes up a changed studio file, in two replicas at once, and refuses a bad one; enquiries go on."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from inkgate.invariants.load import load
from inkgate.local.environment import SERVICES
from inkgate.local.ports import free_port
from inkgate_common.contracts.control import StudioChanged
from tests.e2e.stack import Stack, argv, running, surroundings
from tests.servers import LiveServers

pytestmark = pytest.mark.live


@pytest.fixture
async def two(servers: LiveServers) -> AsyncIterator[tuple[Stack, Path, str]]:
    """A stack with a second dialogue: the stack, its studio file, the second one's address."""
    with tempfile.TemporaryDirectory(prefix="inkgate-reload-") as folder:
        around = surroundings(servers, Path(folder))
        port = free_port(frozenset(around.ports.values()))
        async with running(around, Path(folder) / "logs", names=("sandbox", *SERVICES)) as stack:
            stack.add("dialogue-2", argv("dialogue"), {**around.of("dialogue"), "INKGATE_HTTP_PORT": str(port)})
            await stack.start_again("dialogue-2")
            yield stack, Path(around.of("dialogue")["INKGATE_STUDIO"]), f"http://127.0.0.1:{port}"


async def test_a_changed_studio_file_is_used_and_a_bad_one_refused(two: tuple[Stack, Path, str]) -> None:
    stack, file, second = two
    key = {"Authorization": f"Bearer {stack.around.of('dialogue').get('INKGATE_API_KEY', '')}"}

    async def studios() -> list[dict[str, Any]]:
        async with stack.http.get(f"{second}/api/studio", headers=key) as response:
            response.raise_for_status()
            return [await stack.ok("dialogue", "GET", "/api/studio"), await response.json()]

    async def both(what: str, condition: Any) -> None:
        async def look() -> bool:
            return all(condition(studio) for studio in await studios())

        await stack.wait_for(what, look)

    ana, mia = stack.client(), stack.client()
    await ana.answer_until("style")
    await mia.answer_until("coverup")
    before = (await studios())[0]
    text = file.read_text()

    file.write_text(text.replace('"style", ', ""))
    await both("the new questions", lambda studio: "style" not in studio["questions"])
    lead = await ana.turn("fine line")
    assert (lead["question"], lead["step"], lead["steps"]) == ("complexity", 3, 12)
    assert lead["answers"]["style"] == "fine line"
    lead = await mia.turn("no")
    assert (lead["question"], lead["step"]) == ("reference_images", 5)

    file.write_text(text.replace("GBP", "BGP"))
    await both("the refusal", lambda studio: studio["refused"] is not None)
    for studio in await studios():
        assert "currency" in studio["refused"]["problems"][0]
        assert len(studio["questions"]) == 12
    lead = await ana.turn("2")
    assert lead["question"] == "coverup"

    file.write_text(text)
    await both(
        "the first file again", lambda studio: studio["refused"] is None and studio["digest"] == before["digest"]
    )
    await ana.answer_until(None)
    await mia.answer_until(None)
    await stack.check()
    snapshot = await load(stack.around, None)
    announced = [event.data.digest for event in snapshot.of("control", StudioChanged)]
    assert (len(announced), announced[0], announced[2]) == (3, before["digest"], before["digest"])
    await asyncio.to_thread(stack.stop, "dialogue-2")
