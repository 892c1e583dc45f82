"""`/act/{token}`: the page behind a link in an artist's notice. Opening it shows what it will do; only its button does it,
so that a preview of the link fires nothing. The link itself is the permission: one action on one lead, in one status."""

from typing import Any

from litestar import Request, Response, get, post
from litestar.datastructures import State
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from inkgate_dialogue.acting import act_on
from inkgate_dialogue.console.pages import answers_of, page
from inkgate_dialogue.domain.amounts import pence
from inkgate_dialogue.domain.links import Links, Ticket
from inkgate_dialogue.domain.rules.actions import ACTIONS, bad_arguments

BY = "link"

# What the page asks for beside the button: action → (argument, kind of field).
_FIELDS = {
    "reject": ("reason", "textarea"),
    "ask": ("text", "textarea"),
    "cancel": ("reason", "textarea"),
    "book": ("slot", "text"),
    "change_deposit": ("amount_pence", "money"),
    "refund": ("reason", "textarea"),
}


@get("/act/{token:str}", include_in_schema=False)
async def show(state: State, token: FromPath[str]) -> Response[str]:
    """What the link would do, and the button that does it; or why it does nothing any more."""
    ticket, found, wrong = await _look(state, token)
    if ticket is None or found is None or wrong is not None:
        return _page(state, 404 if ticket is None or found is None else 410, ticket, found, wrong=wrong or "unknown")
    return _page(state, 200, ticket, found, token=token)


@post("/act/{token:str}", include_in_schema=False)
async def act(request: Request[Any, Any, State], state: State, token: FromPath[str]) -> Response[str]:
    """The button was pressed."""
    ticket, found, wrong = await _look(state, token)
    if ticket is None or found is None or wrong is not None:
        return _page(state, 404 if ticket is None or found is None else 410, ticket, found, wrong=wrong or "unknown")
    arguments, problem = _arguments(ticket.action, await request.form(), state.handler.studio.file.currency)
    problem = problem or bad_arguments(ticket.action, arguments)
    if problem is not None:
        return _page(state, 400, ticket, found, token=token, problem=problem)
    judged = await act_on(state, found, ticket.action, arguments, BY, ticket.key, ticket.status)
    return _page(state, 409 if judged["state"] == "refused" else 200, ticket, found, judged=judged)


async def _look(state: State, token: str) -> tuple[Ticket | None, dict[str, Any] | None, str | None]:
    """The ticket, its lead, and why it may not be used: unknown, expired, used, moved."""
    secret = await state.queries.link_secret()
    ticket = Links("", secret).read(token)
    if ticket is None or ticket.action not in ACTIONS:
        return None, None, "unknown"
    found = await state.queries.lead(ticket.lead_id)
    if found is None:
        return ticket, None, "unknown"
    if await state.queries.action_by_key(ticket.lead_id, ticket.key) is not None:
        return ticket, found, "used"
    if ticket.expires_at <= state.clock.now():
        return ticket, found, "expired"
    possible = found["status"] == ticket.status and ticket.action in found["actions"]
    return ticket, found, None if possible else "moved"


def _arguments(action: str, form: Any, currency: str) -> tuple[dict[str, Any], str | None]:
    """The action's arguments from the form, or what is wrong with them."""
    name, kind = _FIELDS.get(action, (None, ""))
    said = str(form.get(name) or "").strip() if name else ""
    if not name or not said:
        return {}, None
    if kind != "money":
        return {name: said}, None
    sum_pence = pence(said, currency)
    return ({}, f"'{said}' is no sum: write for example 150") if sum_pence is None else ({name: sum_pence}, None)


def _page(
    state: State, status_code: int, ticket: Ticket | None, found: dict[str, Any] | None, **more: Any
) -> Response[str]:
    action = ticket.action if ticket is not None else None
    field = _FIELDS.get(action or "")
    required = bool(field and action and ACTIONS[action].arguments.get(field[0], (str, False))[1])
    studio = state.handler.studio
    return page(
        "act.html",
        status_code,
        lead=found,
        action=action,
        label=studio.copy.links.get(action or "", action),
        field=field,
        required=required,
        studio=studio.file.name,
        answers=answers_of(found, studio) if found is not None else [],
        currency=studio.file.currency,
        **{"token": None, "wrong": None, "problem": None, "judged": None, **more},
    )


ROUTES: list[ControllerRouterHandler] = [show, act]
