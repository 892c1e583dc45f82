"""HTTP: Stripe's webhook, and the two pages that a client sees after the checkout page."""

from importlib.resources import files
from typing import Any

from litestar import MediaType, Request, Response, get, post
from litestar.datastructures import State

from inkgate_common.errors import is_transient
from inkgate_common.openapi import answers, header, taking
from inkgate_common.web import TOO_LARGE, Problem
from inkgate_payments import metrics
from inkgate_payments.errors import BadSignature, NotAnEvent

# Stripe's events are a few kilobytes.
BODY_BYTES_MAX = 1_000_000

_PAGE_HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "cache-control": "public, max-age=3600",
    "x-content-type-options": "nosniff",
}

_RECEIVED = {"received": True}


def _not_stored() -> Problem:
    return Problem(503, "Not stored", "The database did not answer. Nothing was stored; send it again.")


def _unsigned(error: BadSignature) -> Problem:
    return Problem(401, "Wrong signature", str(error))


def _no_event(error: NotAnEvent) -> Problem:
    return Problem(400, "Not a Stripe event", str(error))


@post(
    "/webhooks/stripe",
    status_code=200,
    summary="An event of Stripe's",
    tags=["webhooks"],
    operation_class=taking(
        {
            "type": "object",
            "properties": {"id": {"type": "string"}, "type": {"type": "string"}},
            "required": ["id", "type"],
        },
        example={"id": "evt_1ExampleOnly00000000", "type": "checkout.session.completed", "data": {"object": {}}},
        says="An Event as Stripe writes it, signed over its raw bytes.",
        parameters=[header("Stripe-Signature", "t=<seconds>,v1=<HMAC-SHA256>", {"type": "string"}, required=True)],
    ),
    responses=answers(
        dict[str, bool],
        {
            400: (
                "It is no Stripe event.",
                _no_event(NotAnEvent("the body is not a Stripe event: JSON is malformed: invalid character (byte 0)")),
            ),
            401: ("It is not signed by Stripe.", _unsigned(BadSignature("there is no Stripe-Signature header"))),
            413: ("It has more than 1 MB.", TOO_LARGE),
            503: ("The database is away: nothing is stored.", _not_stored()),
        },
        says="Its effect is durable.",
        example=lambda: _RECEIVED,
    ),
)
async def stripe_webhook(request: Request[Any, Any, State], state: State) -> dict[str, bool]:
    """Take one event. 200 when its effect is durable (a repeat is answered alike); 400 when it is no Stripe event; 401 when
    it is not signed by Stripe; 413 above 1 MB; 503 when the database is away, so that Stripe sends it again."""
    body = await request.body()
    try:
        await state.webhooks.take(body, request.headers.get("stripe-signature"))
    except BadSignature as error:
        metrics.WEBHOOKS.labels("unsigned").inc()
        raise _unsigned(error) from None
    except NotAnEvent as error:
        metrics.WEBHOOKS.labels("malformed").inc()
        raise _no_event(error) from None
    except Exception as error:
        metrics.WEBHOOKS.labels("not_stored").inc()
        if is_transient(error):
            raise _not_stored() from error
        raise
    return _RECEIVED


def _read(name: str) -> str:
    return files("inkgate_payments").joinpath("pages", name).read_text("utf-8")


def _described(name: str) -> dict[str, Any]:
    shown = answers(str, says="A page.", media_type="text/html", example=lambda: _read(name))
    return {"media_type": MediaType.HTML, "sync_to_thread": False, "tags": ["pages"], "responses": shown}


@get("/pay/thanks", summary="After paying", **_described("thanks.html"))
def thanks() -> Response[str]:
    """Where Stripe sends a client who has paid."""
    return _page("thanks.html")


@get("/pay/back", summary="Without paying", **_described("back.html"))
def back() -> Response[str]:
    """Where Stripe sends a client who left the checkout page."""
    return _page("back.html")


def _page(name: str) -> Response[str]:
    return Response(_read(name), media_type=MediaType.HTML, headers=_PAGE_HEADERS)


ROUTES = (stripe_webhook, thanks, back)
