"""Stripe's API: the only file that imports `stripe`.

Source: https://docs.stripe.com/api (checkout/sessions, refunds, errors, idempotent_requests), stripe-python 16. Its defaults
(two hidden retries, 80 s) suit a script: here every try is a row, so there are no hidden ones, and 10 s a phase.
"""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NoReturn, cast
from uuid import UUID

import stripe

from inkgate_payments.domain.answers import Closed, MadeRefund, MadeSession
from inkgate_payments.errors import AccountRefused, KeySpent, NothingToDo, StripeRefused, StripeUnavailable

TIMEOUT_S = 10.0
# httpx's timeout is for each phase and each read; this one is for all of a call.
CALL_S_MAX = 12.0
_LOOK_UP_PAGES_MAX = 10
_PAGE = 100
_MESSAGE_CHARS_MAX = 300


class StripeGateway:
    """Every method raises StripeUnavailable, StripeRefused, AccountRefused or KeySpent, and nothing of the library's."""

    def __init__(self, secret_key: str, api_base: str) -> None:
        self._http = stripe.HTTPXClient(timeout=TIMEOUT_S)
        self._client = stripe.StripeClient(
            secret_key,
            http_client=self._http,
            max_network_retries=0,
            base_addresses={"api": api_base},
        )

    async def create_session(self, parameters: Mapping[str, Any], key: str) -> MadeSession:
        """A checkout session; the same one for the same key."""
        async with _Errors():
            made = await self._client.v1.checkout.sessions.create_async(
                cast(Any, dict(parameters)), {"idempotency_key": key}
            )
        return _session(made)

    async def expire_session(self, session: str) -> Closed:
        """Close an open session. NothingToDo where it is not open. Without a key: by state it happens once."""
        async with _Errors(nothing_to_do=True):
            await self._client.v1.checkout.sessions.expire_async(session)
        return Closed()

    async def create_refund(self, parameters: Mapping[str, Any], key: str) -> MadeRefund:
        """A refund; the same one for the same key."""
        async with _Errors():
            made = await self._client.v1.refunds.create_async(cast(Any, dict(parameters)), {"idempotency_key": key})
        return MadeRefund(id=made.id, amount_pence=made.amount, status=made.status or "unknown")

    async def find_session(self, command_id: UUID, since: datetime) -> MadeSession | None:
        """The session that was made for a command, newest first, among those since then."""
        after: str | None = None
        for _ in range(_LOOK_UP_PAGES_MAX):
            asked: dict[str, Any] = {"limit": _PAGE, "created": {"gte": int(since.timestamp())}}
            async with _Errors():
                page = await self._client.v1.checkout.sessions.list_async(
                    cast(Any, asked | ({"starting_after": after} if after else {}))
                )
            for session in page.data:
                if _ours(session.metadata, "command_id") == str(command_id):
                    return _session(session)
            if not page.has_more or not page.data:
                return None
            after = page.data[-1].id
        raise StripeUnavailable("look_up_too_long")

    async def find_refund(self, intent: str, command_id: UUID) -> MadeRefund | None:
        """The refund of a payment that was made for a refund command."""
        async with _Errors():
            page = await self._client.v1.refunds.list_async({"payment_intent": intent, "limit": _PAGE})
        for refund in page.data:
            if _ours(refund.metadata, "refund_command_id") == str(command_id):
                return MadeRefund(id=refund.id, amount_pence=refund.amount, status=refund.status or "unknown")
        return None

    async def close(self) -> None:
        """Close the connections."""
        await self._http.close_async()  # type: ignore[no-untyped-call]


def _ours(metadata: Any, name: str) -> str | None:
    return metadata[name] if metadata and name in metadata else None


def _session(session: stripe.checkout.Session) -> MadeSession:
    return MadeSession(
        id=session.id,
        url=session.url if session.status == "open" else None,
        expires_at=datetime.fromtimestamp(session.expires_at, UTC),
        livemode=session.livemode,
    )


class _Errors:
    """Turns the library's errors into ours, so that a retry is decided by type. Adds the limit for the whole call."""

    def __init__(self, *, nothing_to_do: bool = False) -> None:
        self._nothing_to_do = nothing_to_do
        self._limit = asyncio.timeout(CALL_S_MAX)

    async def __aenter__(self) -> None:
        await self._limit.__aenter__()

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: Any) -> None:
        try:
            await self._limit.__aexit__(kind, error, trace)
        except TimeoutError:
            raise StripeUnavailable("timeout") from None
        if isinstance(error, stripe.StripeError):
            _raise(error, nothing_to_do=self._nothing_to_do)


def _raise(error: stripe.StripeError, *, nothing_to_do: bool) -> NoReturn:
    """The library's error as one of ours. `from None`: its chain holds the request."""
    status = error.http_status
    replayed = str((error.headers or {}).get("idempotent-replayed", "")).lower() == "true"
    message = (error.user_message or "")[:_MESSAGE_CHARS_MAX]
    if isinstance(error, stripe.APIConnectionError) or status is None:
        raise StripeUnavailable("connection") from None
    if isinstance(error, stripe.IdempotencyError):
        raise KeySpent("idempotency_error") from None
    if isinstance(error, stripe.RateLimitError):
        raise StripeUnavailable("rate_limit") from None
    if status in (401, 403):
        raise AccountRefused(f"account_{status}") from None
    if status >= 500 or status == 409:
        raise (KeySpent if replayed else StripeUnavailable)(f"http_{status}") from None
    code = error.code or (error.error.type if error.error is not None else None) or f"http_{status}"
    raise (NothingToDo if nothing_to_do else StripeRefused)(code, message) from None
