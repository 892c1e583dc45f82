"""HTTP: Stripe's webhook, and the two pages that a client sees after the checkout page."""

from importlib.resources import files
from typing import Any

from litestar import MediaType, Request, Response, get, post
from litestar.datastructures import State

from inkgate_common.errors import is_transient
from inkgate_common.openapi import answers, header, taking
from inkgate_common.web import Problem
from inkgate_payments import metrics
from inkgate_payments.errors import BadSignature, NotAnEvent

# Stripe's events are a few kilobytes.
BODY_BYTES_MAX = 1_000_000

_PAGE_HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "cache-control": "public, max-age=3600",
    "x-content-type-options": "nosniff",
}


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
            400: "It is no Stripe event.",
            401: "It is not signed by Stripe.",
            413: "It has more than 1 MB.",
            503: "The database is away: nothing is stored.",
        },
        says="Its effect is durable.",
        example={"received": True},
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
        raise Problem(401, "Wrong signature", str(error)) from None
    except NotAnEvent as error:
        metrics.WEBHOOKS.labels("malformed").inc()
        raise Problem(400, "Not a Stripe event", str(error)) from None
    except Exception as error:
        metrics.WEBHOOKS.labels("not_stored").inc()
        if is_transient(error):
            raise Problem(
                503, "Not stored", "The database did not answer. Nothing was stored; send it again."
            ) from error
        raise
    return {"received": True}


@get("/pay/thanks", media_type=MediaType.HTML, sync_to_thread=False, tags=["pages"], summary="After paying")
def thanks() -> Response[str]:
    """Where Stripe sends a client who has paid."""
    return _page("thanks.html")


@get("/pay/back", media_type=MediaType.HTML, sync_to_thread=False, tags=["pages"], summary="Without paying")
def back() -> Response[str]:
    """Where Stripe sends a client who left the checkout page."""
    return _page("back.html")


def _page(name: str) -> Response[str]:
    text = files("inkgate_payments").joinpath("pages", name).read_text("utf-8")
    return Response(text, media_type=MediaType.HTML, headers=_PAGE_HEADERS)


ROUTES = (stripe_webhook, thanks, back)
