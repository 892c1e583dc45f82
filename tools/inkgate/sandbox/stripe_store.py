"""What Stripe keeps for us and what happens to it: sessions, payments, refunds, disputes, and the events they cause.

Rules: Stripe API reference, 'Checkout Sessions' (create, expire), 'Refunds', and Stripe docs 'Fulfil orders' (a
delayed payment method completes a session unpaid, and async_payment_succeeded or async_payment_failed follows).
"""

import heapq
from typing import Any

import msgspec

from inkgate.sandbox.bus import Bus
from inkgate.sandbox.stripe_checks import check_refund, check_session, integer
from inkgate.sandbox.stripe_errors import StripeError, no_such
from inkgate.sandbox.stripe_objects import (
    customer_details,
    new_charge,
    new_dispute,
    new_event,
    new_id,
    new_intent,
    new_refund,
    new_session,
)
from inkgate.sandbox.times import Clock
from inkgate.sandbox.webhooks import Deliverer, Job

OBJECTS_MAX = 100_000


class Cause:
    """The API request that something follows from; empty for what happens by itself or by the client's hand."""

    __slots__ = ("api_version", "key", "request_id")

    def __init__(self, request_id: str | None = None, key: str | None = None, api_version: str | None = None) -> None:
        self.request_id = request_id
        self.key = key
        self.api_version = api_version


class Refused(Exception):
    """Something that a client cannot do to a session now (control API); the text says why and what would work."""


class Stripe:
    """All objects by id, in memory."""

    def __init__(self, deliverer: Deliverer, bus: Bus, clock: Clock, base_url: str) -> None:
        self._deliverer = deliverer
        self._bus = bus
        self._clock = clock
        self._base_url = base_url
        self.sessions: dict[str, dict[str, Any]] = {}
        self.intents: dict[str, dict[str, Any]] = {}
        self.charges: dict[str, dict[str, Any]] = {}
        self.refunds: dict[str, dict[str, Any]] = {}
        self._params: dict[str, dict[str, Any]] = {}
        self._by_intent: dict[str, str] = {}
        self._due: list[tuple[int, str]] = []
        self._api_version: str | None = None

    @property
    def waiting(self) -> int:
        """Webhooks that are still to be acknowledged."""
        return self._deliverer.pending

    # What the API asks for.

    def create_session(self, params: dict[str, Any], cause: Cause) -> dict[str, Any]:
        """Make an open session. Raises StripeError on parameters that Stripe would refuse."""
        now = int(self._clock())
        amount, currency, name, expires_at = check_session(params, now)
        session = new_session(params, amount, currency, now, expires_at, self._base_url)
        _keep(self.sessions, session)
        self._params[session["id"]] = {"intent_data": params.get("payment_intent_data") or {}, "name": name}
        heapq.heappush(self._due, (expires_at, session["id"]))
        self._api_version = cause.api_version or self._api_version
        self._tell(session)
        return session

    def session(self, session_id: str) -> dict[str, Any]:
        """The session with that id. Raises StripeError 404."""
        found = self.sessions.get(session_id)
        if found is None:
            raise no_such("checkout.session", session_id, param="session")
        return found

    def list_sessions(self, params: dict[str, Any]) -> dict[str, Any]:
        """Sessions, newest first; by `payment_intent` or `status` where given; `limit` 1–100, `starting_after`."""
        wanted, status = params.get("payment_intent"), params.get("status")
        limit = integer(params.get("limit", "10"), "limit", 1, 100)
        if wanted is not None:
            session_id = self._by_intent.get(wanted)
            rows = [self.sessions[session_id]] if session_id in self.sessions else []
        else:
            rows = [row for row in reversed(self.sessions.values()) if status is None or row["status"] == status]
        return _page(rows, params, limit, "/v1/checkout/sessions")

    def expire(self, session_id: str, cause: Cause) -> dict[str, Any]:
        """Expire an open session. Raises StripeError: 404, or 400 when it is not open."""
        session = self.session(session_id)
        if session["status"] != "open":
            raise StripeError(
                400,
                'Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a status of '
                f"`{session['status']}`.",
            )
        self._expire(session, cause)
        return session

    def create_refund(self, params: dict[str, Any], cause: Cause) -> dict[str, Any]:
        """Refund a charge, whole or in part. Raises StripeError as Stripe does."""
        check_refund(params)
        charge = self._charge_of(params)
        left = charge["amount"] - charge["amount_refunded"]
        if left == 0:
            raise StripeError(400, f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded")
        if charge["disputed"]:
            raise StripeError(
                400, f"Charge {charge['id']} has been charged back; cannot issue a refund.", code="charge_disputed"
            )
        amount = left if params.get("amount") is None else integer(params["amount"], "amount", 1, 99_999_999)
        if amount > left:
            raise StripeError(
                400,
                f"Refund amount (£{amount / 100:.2f}) is greater than unrefunded amount on charge (£{left / 100:.2f})",
                param="amount",
            )
        refund = new_refund(charge, amount, params, int(self._clock()))
        _keep(self.refunds, refund)
        charge["amount_refunded"] += amount
        charge["refunded"] = charge["amount_refunded"] == charge["amount"]
        session = self._session_of(charge)
        self._event("refund.created", refund, cause, session)
        self._event("charge.refunded", charge, cause, session)
        card = {
            **refund["destination_details"]["card"],
            "reference": "74000000000000000000000",
            "reference_status": "available",
        }
        refund["destination_details"] = {"card": card, "type": "card"}
        self._event("refund.updated", refund, cause, session)
        return refund

    def list_refunds(self, params: dict[str, Any]) -> dict[str, Any]:
        """Refunds, newest first; by `payment_intent` or `charge` where given; `limit` 1–100, `starting_after`."""
        limit = integer(params.get("limit", "10"), "limit", 1, 100)
        wanted = {name: params[name] for name in ("payment_intent", "charge") if name in params}
        rows = [
            row for row in reversed(self.refunds.values()) if all(row[name] == value for name, value in wanted.items())
        ]
        return _page(rows, params, limit, "/v1/refunds")

    def _charge_of(self, params: dict[str, Any]) -> dict[str, Any]:
        charge_id, intent_id = params.get("charge"), params.get("payment_intent")
        if charge_id is None and intent_id is None:
            raise StripeError(
                400, "One of the following params should be provided for this request: payment_intent or charge."
            )
        if intent_id is not None:
            intent = self.intents.get(intent_id)
            if intent is None:
                raise no_such("payment_intent", intent_id, param="payment_intent")
            charge_id = intent["latest_charge"]
            if charge_id is None:
                raise StripeError(
                    400,
                    f"This PaymentIntent ({intent_id}) does not have a successful charge to refund.",
                    param="payment_intent",
                )
        charge = self.charges.get(str(charge_id))
        if charge is None:
            raise no_such("charge", str(charge_id), param="charge")
        return charge

    # What the client does, or time.

    def pay(self, session_id: str, *, late: bool = False, again: bool = False) -> list[str]:
        """The client pays. Returns the event ids. Raises StripeError 404, Refused.

        late: an expired session is paid all the same. again: a paid one is reported once more, under a new event id.
        """
        session = self.session(session_id)
        if session["payment_status"] == "paid":
            if not again:
                raise Refused("this session is paid already; ?again=true reports the payment once more")
            return [self._event("checkout.session.completed", session, Cause(), session)]
        if session["status"] == "expired" and not late:
            raise Refused("this session has expired; ?late=true pays it all the same")
        if session["status"] == "complete":
            raise Refused("this session is complete and its payment failed; make a new one")
        now = int(self._clock())
        intent = self._intent_for(session, now)
        intent["payment_method"] = new_id("pm")
        charge = new_charge(intent, now)
        _keep(self.charges, charge)
        intent.update(status="succeeded", amount_received=intent["amount"], latest_charge=charge["id"])
        session.update(status="complete", payment_status="paid", customer_details=customer_details(), url=None)
        self._tell(session)
        return [self._event("checkout.session.completed", session, Cause(), session)]

    def fail(self, session_id: str) -> list[str]:
        """A delayed payment method is used and fails: the session completes unpaid, then the failure is reported."""
        session = self.session(session_id)
        if session["status"] != "open":
            raise Refused(f"only an open session's payment can fail; this one is {session['status']}")
        intent = self._intent_for(session, int(self._clock()))
        session.update(status="complete", customer_details=customer_details(), url=None)
        first = self._event("checkout.session.completed", session, Cause(), session)
        error = {"code": "card_declined", "message": "Your card was declined.", "type": "card_error"}
        intent.update(last_payment_error=error)
        self._tell(session)
        return [first, self._event("checkout.session.async_payment_failed", session, Cause(), session)]

    def expire_now(self, session_id: str) -> list[str]:
        """The client lets the link expire. Raises StripeError 404, Refused."""
        session = self.session(session_id)
        if session["status"] != "open":
            raise Refused(f"only an open session expires; this one is {session['status']}")
        return [self._expire(session, Cause())]

    def dispute(self, session_id: str) -> list[str]:
        """The client's bank disputes the payment. Raises StripeError 404, Refused."""
        session = self.session(session_id)
        intent = self.intents.get(str(session["payment_intent"]))
        charge = None if intent is None else self.charges.get(str(intent["latest_charge"]))
        if charge is None:
            raise Refused("only a paid session can be disputed; pay it first")
        if charge["disputed"]:
            raise Refused("this payment is disputed already")
        charge["disputed"] = True
        self._tell(session)
        return [self._event("charge.dispute.created", new_dispute(charge, int(self._clock())), Cause(), session)]

    def fail_refund(self, refund_id: str) -> list[str]:
        """A refund comes back from the bank. Raises StripeError 404, Refused."""
        refund = self.refunds.get(refund_id)
        if refund is None:
            raise no_such("refund", refund_id, param="refund")
        if refund["status"] != "succeeded":
            raise Refused(f"only a refund that went through can fail later; this one is {refund['status']}")
        charge = self.charges[refund["charge"]]
        refund.update(status="failed", failure_reason="lost_or_stolen_card", failure_balance_transaction=new_id("txn"))
        charge["amount_refunded"] -= refund["amount"]
        charge["refunded"] = False
        session = self._session_of(charge)
        return [self._event(kind, refund, Cause(), session) for kind in ("refund.updated", "refund.failed")]

    def expire_due(self) -> int:
        """Expire the open sessions whose time has come. Returns how many."""
        now, count = self._clock(), 0
        while self._due and self._due[0][0] <= now:
            session = self.sessions.get(heapq.heappop(self._due)[1])
            if session is not None and session["status"] == "open":
                self._expire(session, Cause())
                count += 1
        return count

    def product_name(self, session_id: str) -> str:
        """What the session's first line says is sold."""
        return str(self._params.get(session_id, {}).get("name", "Deposit"))

    def _intent_for(self, session: dict[str, Any], now: int) -> dict[str, Any]:
        data = self._params[session["id"]]["intent_data"]
        intent = new_intent(
            session["amount_total"], session["currency"], now, data.get("metadata") or {}, data.get("description")
        )
        _keep(self.intents, intent)
        self._by_intent[intent["id"]] = session["id"]
        session["payment_intent"] = intent["id"]
        return intent

    def _session_of(self, charge: dict[str, Any]) -> dict[str, Any] | None:
        return self.sessions.get(self._by_intent.get(charge["payment_intent"], ""))

    def _expire(self, session: dict[str, Any], cause: Cause) -> str:
        session.update(status="expired", url=None)
        self._tell(session)
        return self._event("checkout.session.expired", session, cause, session)

    def _tell(self, session: dict[str, Any]) -> None:
        if self._bus.listening:
            fields = ("id", "status", "payment_status", "amount_total", "currency", "expires_at", "metadata")
            self._bus.publish("checkout", {name: session[name] for name in fields})

    def _event(self, kind: str, data: dict[str, Any], cause: Cause, session: dict[str, Any] | None) -> str:
        event = new_event(
            kind,
            data,
            int(self._clock()),
            api_version=cause.api_version or self._api_version,
            request_id=cause.request_id,
            key=cause.key,
        )
        body = msgspec.json.format(msgspec.json.encode(event), indent=2)
        session_id = None if session is None else session["id"]
        logged = msgspec.Raw(msgspec.json.encode(event))
        self._deliverer.offer(Job(body, what=kind, event_id=event["id"], session=session_id, logged=logged))
        return str(event["id"])


def _page(rows: list[dict[str, Any]], params: dict[str, Any], limit: int, url: str) -> dict[str, Any]:
    """A page of a list, as Stripe gives it; what stands before `starting_after` is left out."""
    after = params.get("starting_after")
    if after is not None:
        ids = [row["id"] for row in rows]
        rows = rows[ids.index(after) + 1 :] if after in ids else []
    return {"object": "list", "data": rows[:limit], "has_more": len(rows) > limit, "url": url}


def _keep(objects: dict[str, dict[str, Any]], made: dict[str, Any]) -> None:
    objects[made["id"]] = made
    if len(objects) > OBJECTS_MAX:
        del objects[next(iter(objects))]
