"""A stand-in for intake, dialogue, sender and payments together, in memory: only for developing and testing the page.

It obeys the one rule (a change waits for the delivery of its message) and speaks PROTOCOL §4 towards the page; everything
else is as small as the page can bear. `python -m tests.sandbox.fake_dialogue PORT SANDBOX_URL` runs it by hand.
"""

import asyncio
import itertools
import json
import sys
import time
from datetime import UTC, datetime
from typing import Any

import aiohttp
from aiohttp import web

QUESTIONS = (
    ("idea", "Hi, I'm the studio's assistant. What would you like tattooed? Tell me in as much detail as you like."),
    ("placement", "Where on your body should it go?"),
    ("dimensions", "How large, roughly? In cm or inches, such as 8x12cm."),
    ("style", "What style do you have in mind? 'Not sure' is fine."),
    ("complexity", "How detailed is it? 1 simple, 2 medium, 3 high detail or realism."),
    ("coverup", "Is it a cover-up, rework or touch-up?"),
    ("reference_images", "Do you have reference pictures or links? Send them, or say no."),
    ("budget", "What is your budget?"),
    ("location_city", "Which city are you in?"),
    ("location_country", "And which country?"),
    ("instagram_handle", "Your Instagram handle? Or say skip."),
    ("travel_city", "Would you travel to another city for it? 'Same' is fine."),
    ("timing", "When would you like it: next 2–4 weeks, 1–2 months, or flexible?"),
)
DONE = "Thank you, that's everything. The artist will look at it and come back to you."
PAUSE_S = 0.03
SEND_S_MAX = 4.0


class FakeDialogue:
    """One lead per client; one worker per client, so that a turn ends before the next begins."""

    def __init__(self, sandbox_url: str, *, token: str, number_id: str, stripe_key: str) -> None:
        self._sandbox_url = sandbox_url
        self._token = token
        self._number_id = number_id
        self._stripe_key = stripe_key
        self._leads: dict[str, dict[str, Any]] = {}
        self._timeline: dict[str, list[dict[str, Any]]] = {}
        self._all: list[dict[str, Any]] = []
        self._mailboxes: dict[str, asyncio.Queue[Any]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._receipts: dict[str, asyncio.Event] = {}
        self._seen: set[str] = set()
        self._listeners: set[asyncio.Queue[dict[str, Any]]] = set()
        self._ids = itertools.count(1)
        self._http: aiohttp.ClientSession | None = None

    def application(self) -> web.Application:
        """The HTTP application."""
        app = web.Application()
        app.router.add_post("/webhooks/whatsapp", self._whatsapp)
        app.router.add_post("/webhooks/stripe", self._stripe)
        app.router.add_get("/api/leads", self._list)
        app.router.add_get("/api/leads/{id}", self._lead)
        app.router.add_get("/api/leads/{id}/timeline", self._items)
        app.router.add_post("/api/leads/{id}/actions", self._act)
        app.router.add_get("/api/events", self._events)
        app.on_shutdown.append(self._stop)
        return app

    async def _stop(self, _app: web.Application) -> None:
        for task in self._tasks:
            task.cancel()
        for queue in self._listeners:
            queue.put_nowait({})
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._http is not None:
            await self._http.close()

    # What comes in.

    async def _whatsapp(self, request: web.Request) -> web.Response:
        body = json.loads(await request.read())
        for entry in body["entry"]:
            for change in entry["changes"]:
                for message in change["value"].get("messages", []):
                    if message["id"] not in self._seen:
                        self._seen.add(message["id"])
                        self._mailbox(message["from"]).put_nowait(("message", message))
                for status in change["value"].get("statuses", []):
                    await self._receipt(status)
        return web.Response()

    async def _receipt(self, status: dict[str, Any]) -> None:
        tracker = status.get("biz_opaque_callback_data", "")
        intent_id = tracker.partition(":")[0]
        self._receipts.setdefault(intent_id, asyncio.Event()).set()
        lead = self._leads.get(status.get("recipient_id", ""))
        if lead is not None:
            self._note(lead, "message_seen", intent_id=intent_id, status=status["status"])

    async def _stripe(self, request: web.Request) -> web.Response:
        event = json.loads(await request.read())
        if event["type"] == "checkout.session.completed":
            session = event["data"]["object"]
            lead = next((each for each in self._leads.values() if each["id"] == session["metadata"]["lead_id"]), None)
            if lead is not None:
                self._mailbox(lead["phone"]).put_nowait(("paid", session))
        return web.Response()

    def _mailbox(self, phone: str) -> asyncio.Queue[Any]:
        if phone not in self._mailboxes:
            self._mailboxes[phone] = asyncio.Queue()
            task = asyncio.create_task(self._work(phone, self._mailboxes[phone]))
            self._tasks.add(task)
        return self._mailboxes[phone]

    async def _work(self, phone: str, mailbox: asyncio.Queue[Any]) -> None:
        while True:
            kind, what = await mailbox.get()
            lead = self._leads.get(phone) or self._new_lead(phone)
            lead["mailbox"] = mailbox.qsize()
            await asyncio.sleep(PAUSE_S)
            if kind == "message":
                await self._judge(lead, what)
            elif kind == "paid":
                await self._paid(lead, what)
            else:
                await self._decided(lead, what)

    # What follows.

    def _new_lead(self, phone: str) -> dict[str, Any]:
        number = next(self._ids)
        lead = {
            "id": f"0198c2de-0000-7000-8000-{number:012d}",
            "conversation_id": f"0198c2de-0000-5000-8000-{number:012d}",
            "phone": phone,
            "status": "NEW",
            "step": -1,
            "question": None,
            "answers": {},
            "values": {},
            "open_gate": None,
            "mailbox": 0,
            "flags": [],
            "opted_out": False,
            "handover": None,
            "version": 1,
            "deposit": None,
            "slot": None,
            "created_at": _now(),
            "updated_at": _now(),
        }
        self._leads[phone] = lead
        self._timeline[lead["id"]] = []
        return lead

    async def _judge(self, lead: dict[str, Any], message: dict[str, Any]) -> None:
        text = message.get("text", {}).get("body") or message["type"]
        self._note(lead, "message_received", text=text, message_id=message["id"], sent_at=_now(), verdict="judged")
        step = lead["step"]
        if lead["status"] not in ("NEW", "QUALIFYING"):
            await self._send(lead, "The artist has everything and will come back to you soon.", None, {})
            return
        if step >= 0:
            key = QUESTIONS[step][0]
            if text == "banana":
                self._note(lead, "strike_recorded", key=key, count=1)
                await self._send(lead, "Sorry, I did not get that. " + QUESTIONS[step][1], None, {})
                return
            lead["answers"][key] = text
            self._note(lead, "answer_recorded", key=key, text=text)
        if step + 1 < len(QUESTIONS):
            change = f"step {step} → {step + 1}" if step >= 0 else "NEW → QUALIFYING, step 0"
            moved = {"status": "QUALIFYING", "step": step + 1, "question": QUESTIONS[step + 1][0]}
            await self._send(lead, QUESTIONS[step + 1][1], change, moved)
        else:
            moved = {"status": "PENDING_APPROVAL", "step": len(QUESTIONS), "question": None}
            await self._send(lead, DONE, "QUALIFYING → PENDING_APPROVAL", moved)

    async def _paid(self, lead: dict[str, Any], session: dict[str, Any]) -> None:
        lead["deposit"] = {**(lead["deposit"] or {}), "status": "paid", "amount_pence": session["amount_total"]}
        self._note(lead, "deposit_recorded", amount_pence=session["amount_total"])
        self._move(lead, {"status": "DEPOSIT_PAID"}, None, "paid")
        await self._send(
            lead,
            "Your deposit has arrived, thank you!",
            "DEPOSIT_PAID → BOOKING_PENDING",
            {"status": "BOOKING_PENDING"},
        )

    async def _decided(self, lead: dict[str, Any], asked: dict[str, Any]) -> None:
        action = asked["action"]
        self._note(lead, "action_taken", action=action, by="operator")
        if action == "approve":
            self._note(lead, "deposit_requested", amount_pence=15000)
            url = await self._link(lead)
            self._note(lead, "deposit_link_created", url=url)
            lead["deposit"] = {"status": "open", "amount_pence": 15000, "url": url}
            text = f"Good news: the artist would love to do it. A deposit of £150 keeps your place: {url}"
            await self._send(lead, text, "PENDING_APPROVAL → AWAITING_DEPOSIT", {"status": "AWAITING_DEPOSIT"})
        elif action == "book":
            await self._send(lead, "You are booked. See you soon!", "BOOKING_PENDING → BOOKED", {"status": "BOOKED"})
        elif action == "reject":
            await self._send(lead, "Sorry, not this time.", f"{lead['status']} → REJECTED", {"status": "REJECTED"})
        elif action == "resend":
            last = next(row for row in reversed(self._timeline[lead["id"]]) if row["kind"] == "message_failed")
            await self._send(lead, last["text"], last["change"], last["moved"])

    async def _link(self, lead: dict[str, Any]) -> str:
        form = {
            "mode": "payment",
            "line_items[0][price_data][currency]": "gbp",
            "line_items[0][price_data][unit_amount]": "15000",
            "line_items[0][price_data][product_data][name]": "Deposit for your tattoo",
            "line_items[0][quantity]": "1",
            "success_url": "http://127.0.0.1/thanks",
            "metadata[lead_id]": lead["id"],
            "metadata[studio]": "Thistle & Ink",
        }
        headers = {"Authorization": f"Bearer {self._stripe_key}"}
        async with self._session().post(
            f"{self._sandbox_url}/v1/checkout/sessions", data=form, headers=headers
        ) as response:
            return str((await response.json())["url"])

    async def _send(self, lead: dict[str, Any], text: str, change: str | None, moved: dict[str, Any]) -> None:
        intent_id = f"0198c2de-1111-7000-9000-{next(self._ids):012d}"
        lead["open_gate"] = {"intent_id": intent_id, "change": change, "since": _now()}
        self._note(lead, "message_created", intent_id=intent_id, text=text, gating=True, change=change)
        await asyncio.sleep(PAUSE_S)
        basis, error = await self._call(lead["phone"], text, intent_id)
        lead["open_gate"] = None
        if error is not None:
            lead["flags"] = ["send_failed"]
            self._note(
                lead, "message_failed", intent_id=intent_id, code=error[0], title=error[1],
                text=text, change=change, moved=moved,
            )  # fmt: skip
            self._note(lead, "gate_closed", intent_id=intent_id, how="failed", reason=error[1])
            return
        lead["flags"] = []
        self._note(lead, "message_sent", intent_id=intent_id, basis=basis, accepted_at=_now())
        self._move(lead, moved, intent_id, None)
        self._note(lead, "gate_closed", intent_id=intent_id, how="applied", reason=None)

    def _move(self, lead: dict[str, Any], moved: dict[str, Any], intent_id: str | None, reason: str | None) -> None:
        before = {"status": lead["status"], "step": lead["step"]}
        lead.update(moved)
        lead["updated_at"] = _now()
        if lead["status"] != before["status"]:
            lead["version"] += 1
            told = {"from": before["status"], "to": lead["status"], "reason": reason, "intent_id": intent_id}
            self._note(lead, "status_changed", **told)
        if lead["step"] != before["step"]:
            lead["version"] += 1
            told = {"from": before["step"], "to": lead["step"], "key": lead["question"], "intent_id": intent_id}
            self._note(lead, "step_advanced", **told)

    async def _call(self, phone: str, text: str, intent_id: str) -> tuple[str, tuple[int, str] | None]:
        body = {
            "messaging_product": "whatsapp",
            "to": phone,
            "type": "text",
            "text": {"body": text},
            "biz_opaque_callback_data": f"{intent_id}:1",
        }
        if "1 simple" in text:
            rows = [
                {"type": "reply", "reply": {"id": f"c{n}", "title": f"{n} {w}"}}
                for n, w in enumerate(("simple", "medium", "high"), 1)
            ]
            action = {"buttons": rows}
            body |= {"type": "interactive", "interactive": {"type": "button", "body": {"text": text}, "action": action}}
            del body["text"]
        receipt = self._receipts.setdefault(intent_id, asyncio.Event())
        url = f"{self._sandbox_url}/v26.0/{self._number_id}/messages"
        headers = {"Authorization": f"Bearer {self._token}"}
        timeout = aiohttp.ClientTimeout(total=SEND_S_MAX)
        try:
            async with self._session().post(url, json=body, headers=headers, timeout=timeout) as response:
                answer = await response.json()
            if response.status == 200:
                return "accepted", None
            return "", (answer["error"]["code"], answer["error"]["message"])
        except (aiohttp.ClientError, TimeoutError):
            try:
                await asyncio.wait_for(receipt.wait(), SEND_S_MAX)
                return "status", None
            except TimeoutError:
                return "", (0, "uncertain")

    def _session(self) -> aiohttp.ClientSession:
        self._http = self._http or aiohttp.ClientSession()
        return self._http

    # What the page reads.

    def _note(self, lead: dict[str, Any], kind: str, **more: Any) -> None:
        item = {
            "id": str(len(self._all) + 1),
            "at": _now(),
            "lead_id": lead["id"],
            "conversation_id": lead["conversation_id"],
            "phone": lead["phone"],
            "kind": kind,
            "version": lead["version"],
            "intent_id": None,
            **more,
        }
        self._all.append(item)
        self._timeline[lead["id"]].append(item)
        for queue in self._listeners:
            queue.put_nowait(item)

    async def _list(self, request: web.Request) -> web.Response:
        lead = self._leads.get(request.query.get("phone", ""))
        return web.json_response({"items": [] if lead is None else [lead], "next_cursor": None})

    def _by_id(self, request: web.Request) -> dict[str, Any]:
        for lead in self._leads.values():
            if lead["id"] == request.match_info["id"]:
                return lead
        raise web.HTTPNotFound

    async def _lead(self, request: web.Request) -> web.Response:
        return web.json_response(self._by_id(request))

    async def _items(self, request: web.Request) -> web.Response:
        return web.json_response({"items": self._timeline[self._by_id(request)["id"]], "next_cursor": None})

    async def _act(self, request: web.Request) -> web.Response:
        lead, asked = self._by_id(request), await request.json()
        allowed = {"PENDING_APPROVAL": ["approve", "reject"], "BOOKING_PENDING": ["book"]}.get(lead["status"], [])
        allowed = [*allowed, *(["resend"] if lead["flags"] else [])]
        if asked["action"] not in allowed:
            problem = {
                "title": "Not possible now",
                "status": 409,
                "detail": f"{asked['action']} is not possible while {lead['status']}",
                "allowed": allowed,
            }
            return web.json_response(problem, status=409, content_type="application/problem+json")
        self._mailbox(lead["phone"]).put_nowait(("action", asked))
        return web.json_response({"action_id": str(next(self._ids)), "intent_id": None}, status=202)

    async def _events(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        queue: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._listeners.add(queue)
        try:
            await response.write(b": hello\n\n")
            while item := await queue.get():
                await response.write(f"id: {item['id']}\nevent: timeline\ndata: {json.dumps(item)}\n\n".encode())
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            self._listeners.discard(queue)
        return response


def _now() -> str:
    return datetime.fromtimestamp(time.time(), UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


if __name__ == "__main__":
    fake = FakeDialogue(
        sys.argv[2], token="not-a-real-token", number_id="106540352242922", stripe_key="sk_test_not_a_real_key"
    )
    web.run_app(fake.application(), host="127.0.0.1", port=int(sys.argv[1]), print=None)
