"""Webhooks over HTTP: what is answered, and what is stored when it is."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from inkgate.local.environment import Surroundings
from inkgate_intake import api
from inkgate_intake.api import BODY_BYTES_MAX
from tests.builders import whatsapp
from tests.intake.conftest import PATH, Intake, running, settings_of

pytestmark = pytest.mark.live


def problem(answer: httpx.Response) -> dict[str, Any]:
    assert answer.headers["content-type"] == "application/problem+json"
    found: dict[str, Any] = answer.json()
    assert found["status"] == answer.status_code
    return found


async def count(intake: Intake) -> tuple[int, ...]:
    """How many rows there are in all."""
    tables = ("seen", "outbox", "unhandled", "conversations", "aliases")
    (row,) = await intake.rows("select " + ", ".join(f"(select count(*) from {table})" for table in tables))
    return tuple(row)


async def test_the_verify_handshake_gives_the_challenge_back(intake: Intake) -> None:
    token = intake.settings.whatsapp_verify_token.get_secret_value()
    query = {"hub.mode": "subscribe", "hub.verify_token": token, "hub.challenge": "1158201444"}
    answer = await intake.http.get(PATH, params=query)
    assert (answer.status_code, answer.text) == (200, "1158201444")
    assert answer.headers["content-type"].startswith("text/plain")


@pytest.mark.parametrize(
    "change", [{"hub.verify_token": "wrong"}, {"hub.mode": "unsubscribe"}, {"hub.verify_token": "é"}, None]
)
async def test_nobody_else_gets_the_challenge(intake: Intake, change: dict[str, str] | None) -> None:
    token = intake.settings.whatsapp_verify_token.get_secret_value()
    query = {"hub.mode": "subscribe", "hub.verify_token": token, "hub.challenge": "x"}
    answer = await intake.http.get(PATH, params={} if change is None else query | change)
    assert problem(answer)["status"] == 403


async def test_a_signed_webhook_is_answered_when_it_is_durable(intake: Intake, ann: str) -> None:
    answer = await intake.post(whatsapp.of_messages(whatsapp.text("hello", **{"from": ann})))
    assert (answer.status_code, answer.content) == (200, b"")
    assert await intake.texts(ann) == ["hello"]


@pytest.mark.parametrize("signature", ["sha256=" + "0" * 64, "nonsense", "sha1=0"])
async def test_a_wrong_signature_stores_nothing(intake: Intake, ann: str, signature: str) -> None:
    before = await count(intake)
    answer = await intake.post(whatsapp.of_messages(whatsapp.text(**{"from": ann})), signature=signature)
    assert problem(answer)["status"] == 401
    assert await count(intake) == before


async def test_no_signature_stores_nothing(intake: Intake) -> None:
    before = await count(intake)
    answer = await intake.http.post(PATH, content=whatsapp.body(whatsapp.of_messages(whatsapp.text())))
    assert problem(answer)["status"] == 401
    assert await count(intake) == before


async def test_the_secret_before_the_newest_is_taken_while_it_is_replaced(intake: Intake, ann: str) -> None:
    raw = whatsapp.body(whatsapp.of_messages(whatsapp.text(**{"from": ann})))
    assert (await intake.post(raw, signature=whatsapp.signature(raw, "the one before"))).status_code == 200


@pytest.mark.parametrize(
    "raw", [b"", b"hello", b"[]", b"3", b"[" * 5_000 + b"]" * 5_000, b'{"a":' * 5_000 + b"1" + b"}" * 5_000, b"\xff"]
)
async def test_a_body_that_is_no_json_object_is_a_bad_request(intake: Intake, raw: bytes) -> None:
    assert problem(await intake.post(raw))["status"] == 400


async def test_a_body_over_the_limit_is_drained_and_refused(intake: Intake) -> None:
    raw = b"[" + b" " * BODY_BYTES_MAX + b"]"
    assert problem(await intake.post(raw))["status"] == 413


async def pieces(number: int, size: int) -> AsyncIterator[bytes]:
    for _ in range(number):
        yield b" " * size


@pytest.mark.parametrize(("sent", "expected"), [(5, 5), (1_000, 65)])
async def test_what_is_too_large_is_read_to_its_end_but_not_without_end(
    intake: Intake, sent: int, expected: int
) -> None:
    read, answers = 0, list[int | None]()

    async def receive() -> dict[str, Any]:
        nonlocal read
        read += 1
        return {"type": "http.request", "body": b" " * 1_000_000, "more_body": read < sent}

    async def send(message: Any) -> None:
        answers.append(message.get("status"))

    await intake.app({"type": "http", "method": "POST", "path": PATH, "headers": []}, receive, send)
    assert (read, answers[0]) == (expected, 413)


async def test_more_bodies_at_once_than_memory_has_room_for_are_refused(
    intake: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "READING_BYTES_MAX", 1_000_000)
    refused = await intake.http.post(PATH, content=pieces(3, 500_000))
    assert problem(refused)["status"] == 503
    assert problem(await intake.http.post(PATH, content=pieces(2, 500_000)))["status"] == 401


async def test_a_body_in_pieces(intake: Intake, ann: str) -> None:
    raw = whatsapp.body(whatsapp.of_messages(whatsapp.text("in pieces", **{"from": ann})))

    async def chunks() -> AsyncIterator[bytes]:
        for start in range(0, len(raw), 100):
            yield raw[start : start + 100]

    answer = await intake.http.post(PATH, content=chunks(), headers={"X-Hub-Signature-256": whatsapp.signature(raw)})
    assert answer.status_code == 200
    assert await intake.texts(ann) == ["in pieces"]


async def test_a_caller_who_hangs_up_is_no_failure(intake: Intake) -> None:
    messages = iter([{"type": "http.request", "body": b"{", "more_body": True}, {"type": "http.disconnect"}])

    async def receive() -> Any:
        return next(messages)

    async def send(_: Any) -> None:
        raise AssertionError("nobody is there")

    await intake.app({"type": "http", "method": "POST", "path": PATH, "headers": []}, receive, send)


async def test_a_body_at_the_limit_is_taken(intake: Intake, ann: str) -> None:
    raw = whatsapp.body(whatsapp.of_messages(whatsapp.text("full", **{"from": ann})))
    await intake.send(raw + b" " * (BODY_BYTES_MAX - len(raw)))
    assert await intake.texts(ann) == ["full"]


async def test_a_shape_that_nobody_knows_is_taken_and_recorded(intake: Intake) -> None:
    mark = whatsapp.wamid()
    await intake.send({"entry": mark}, {"entry": mark})
    (row,) = await intake.rows("select * from unhandled where excerpt like :mark", mark=f"%{mark}%")
    assert (row.reason, row.times) == ("unknown shape", 2)


async def test_another_studios_number_is_taken_recorded_and_has_no_effect(intake: Intake, ann: str) -> None:
    value = whatsapp.value("999", messages=[whatsapp.text("not for us", **{"from": ann})])
    await intake.send(whatsapp.webhook(whatsapp.change(value)))
    assert await intake.events(ann) == []
    (row,) = await intake.rows("select * from unhandled where excerpt like :ann", ann=f"%{ann}%")
    assert (row.reason, row.phone_number_id) == ("foreign number", "999")


async def test_the_neighbours_of_a_bad_item_go_through(intake: Intake, ann: str) -> None:
    wild = [None, 5, {"id": "x"}, {"id": whatsapp.wamid(), "from": ann, "type": {"a": 1}}]
    good = [whatsapp.text(body, **{"from": ann}) for body in ("first", "last")]
    payload = whatsapp.of_messages(good[0], *wild, good[1])
    payload["entry"].insert(0, {"changes": "none"})
    await intake.send(payload)
    assert [text for text in await intake.texts(ann) if text] == ["first", "last"]


async def test_traps_in_the_input(intake: Intake, ann: str) -> None:
    long = whatsapp.wamid() + "x" * 5_000
    entries = [
        whatsapp.text("nul\x00 and half a \ud83d", **{"from": ann, "id": f"{whatsapp.wamid()}\x00"}),
        whatsapp.text("x" * 65_536, **{"from": ann, "id": long, "timestamp": "99999999999"}),
        whatsapp.message("hologram", {"\x00\ud800": [[[["\x00"]]]]}, **{"from": ann, "timestamp": "never"}),
    ]
    await intake.send(whatsapp.of_messages(*entries, contacts=[whatsapp.contact(ann, name="\x00\ud800")]))
    await intake.send(whatsapp.of_messages(entries[1]))
    assert [text and text[:10] for text in await intake.texts(ann)] == ["nul and ha", "x" * 10, None]


async def test_a_trace_that_the_caller_began_goes_on(intake: Intake, ann: str) -> None:
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    await intake.post(whatsapp.of_messages(whatsapp.text(**{"from": ann})), traceparent=trace)
    await intake.post(whatsapp.of_messages(whatsapp.text(**{"from": ann})), traceparent="junk")
    first, second = await intake.events(ann)
    assert first.traceparent == trace
    assert second.traceparent is not None and second.traceparent not in (trace, "junk")


async def test_all_of_one_webhook_is_one_trace(intake: Intake, ann: str) -> None:
    await intake.send(whatsapp.of_messages(*(whatsapp.text(**{"from": ann}) for _ in range(3))))
    assert len({event.traceparent for event in await intake.events(ann)}) == 1


async def test_a_path_with_a_slash_leads_through_the_same_door(intake: Intake, ann: str) -> None:
    """Litestar's own route, which the short cut passes by, answers alike."""
    raw = whatsapp.body(whatsapp.of_messages(whatsapp.text("slash", **{"from": ann})))
    answer = await intake.http.post(f"{PATH}/", content=raw, headers={"X-Hub-Signature-256": whatsapp.signature(raw)})
    assert answer.status_code == 200
    assert await intake.texts(ann) == ["slash"]
    assert problem(await intake.http.post(f"{PATH}/", content=raw))["status"] == 401


async def test_other_methods_are_refused(intake: Intake) -> None:
    assert problem(await intake.http.put(PATH, content=b"{}"))["status"] == 405


async def test_health_metrics_and_the_description(intake: Intake) -> None:
    assert (await intake.http.get("/health/live")).status_code == 200
    assert (await intake.http.get("/health/ready")).json() == {"status": "ready"}
    assert "inkgate_intake_webhooks_total" in (await intake.http.get("/metrics")).text
    described = (await intake.http.get("/schema/openapi.json")).json()["paths"][PATH]
    assert set(described) == {"get", "post"} and {"200", "401", "413", "503"} <= set(described["post"]["responses"])


async def test_a_database_that_is_away_is_a_503_and_soon(installation: Surroundings, ann: str) -> None:
    settings = settings_of(installation, database_url="postgresql://nobody@127.0.0.1:9/nothing")
    async with running(settings) as away:
        answer = await away.post(whatsapp.of_messages(whatsapp.text(**{"from": ann})))
        assert problem(answer)["status"] == 503
        assert int(answer.headers["retry-after"]) >= 1
        ready = await away.http.get("/health/ready")
        assert ready.status_code == 503 and "database" in ready.json()["problems"]


async def test_an_unexpected_failure_is_never_a_500(intake: Intake, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> list[Any]:
        raise RuntimeError("a bug")

    monkeypatch.setattr(api, "read", broken)
    assert problem(await intake.post(whatsapp.of_messages(whatsapp.text())))["status"] == 503
