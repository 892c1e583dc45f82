"""`/` and `/leads/{id}`, made on the server, plain HTML that works without script; a small script keeps them fresh."""

import hashlib
import hmac
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, select_autoescape
from litestar import Request, Response, get, post
from litestar.connection import ASGIConnection
from litestar.datastructures import Cookie, State
from litestar.exceptions import NotAuthorizedException
from litestar.handlers import BaseRouteHandler
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect
from litestar.static_files import create_static_files_router
from litestar.types import ControllerRouterHandler

from inkgate_dialogue import shapes
from inkgate_dialogue.console.story import turns
from inkgate_dialogue.domain import packet
from inkgate_dialogue.domain.amounts import amount
from inkgate_dialogue.domain.studio import Studio
from inkgate_dialogue.domain.transitions import STATUSES

HERE = Path(__file__).parent
COOKIE = "inkgate_console"
LEADS_A_PAGE = 100
# Nothing from other hosts, no inline script or style.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'"
)
# What became of a message, where its name alone would puzzle.
VERDICTS = {
    "first": "the first one",
    "aside": "no answer to the question",
    "courtesy": "asks for no answer",
    "said_lately": "the same answer went out a moment ago",
    "handed_over": "the artist has her",
}
HEADERS = {"content-security-policy": POLICY, "referrer-policy": "no-referrer", "x-content-type-options": "nosniff"}

_templates = Environment(loader=FileSystemLoader(HERE / "templates"), autoescape=select_autoescape(), trim_blocks=True)
# 'step -1' stands for 'before the first question': nobody needs to read that.
_templates.filters["amount"] = amount
_templates.filters["change"] = lambda text: (text or "").replace("step -1 → ", "step ")
_templates.filters["took"] = lambda ms: f"{ms} ms" if ms < 1000 else f"{ms / 1000:.2f} s"
_templates.filters["words"] = lambda text: str(text or "").replace("_", " ")
_templates.filters["verdict"] = lambda name: VERDICTS.get(name, str(name or "").replace("_", " "))


def local(at: str, zone: ZoneInfo, form: str = "%Y-%m-%d %H:%M %Z") -> str:
    """A moment (ISO, UTC) as the studio's clock shows it. `form` may ask for milliseconds as `%3f`."""
    moment = datetime.fromisoformat(at).astimezone(zone)
    return moment.strftime(form.replace("%3f", f"{moment.microsecond // 1000:03}"))


_templates.filters["local"] = local


def answers_of(lead: dict[str, Any], studio: Studio) -> list[tuple[str, str]]:
    """A lead's answers, each under its label, as they were understood."""
    values = lead["values"]
    return [
        (studio.copy.labels.get(key, key.replace("_", " ")), packet.told(key, text, values.get(key), studio))
        for key, text in lead["answers"].items()
    ]


def page(template: str, status_code: int = 200, **values: Any) -> Response[str]:
    """A rendered page with the headers that every page has."""
    text = _templates.get_template(template).render(**values)
    return Response(text, media_type="text/html; charset=utf-8", headers=HEADERS, status_code=status_code)


def session_of(key: str) -> str:
    """What the cookie holds: proof of the key, not the key."""
    return hmac.new(key.encode(), b"inkgate console session", hashlib.sha256).hexdigest()


def signed_in(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
    """A guard for pages: the cookie, where a key is configured."""
    key = connection.app.state.api_key
    if key is not None and not hmac.compare_digest(connection.cookies.get(COOKIE, ""), session_of(key)):
        raise NotAuthorizedException


def to_sign_in(_: Request[Any, Any, Any], __: NotAuthorizedException) -> Response[Any]:
    return Redirect("/sign-in")


@get("/", guards=[signed_in], exception_handlers={NotAuthorizedException: to_sign_in}, include_in_schema=False)
async def index(
    state: State,
    status: FromQuery[str | None] = None,
    phone: FromQuery[str | None] = None,
    cursor: FromQuery[str | None] = None,
) -> Response[str]:
    wanted = status if status in STATUSES else None
    digits = "".join(character for character in phone or "" if character.isdecimal())
    after = None if cursor is None else shapes.position(cursor)
    items, following = await state.queries.leads(digits or None, wanted, None, after, LEADS_A_PAGE)
    older = following and urlencode({"status": wanted or "", "phone": digits, "cursor": shapes.cursor(following)})
    zone = ZoneInfo(state.handler.studio.file.time_zone)
    return page("leads.html", leads=items, statuses=STATUSES, status=wanted, phone=phone or "", older=older, zone=zone)


@get(
    "/leads/{lead_id:uuid}",
    guards=[signed_in],
    exception_handlers={NotAuthorizedException: to_sign_in},
    include_in_schema=False,
)
async def lead(state: State, lead_id: FromPath[UUID]) -> Response[str]:
    found = await state.queries.lead(lead_id)
    if found is None:
        return page("missing.html", status_code=404, lead_id=lead_id)
    items = await state.queries.timeline(lead_id, 0, 2_000)
    items += await state.queries.waiting(found["conversation_id"])
    studio = state.handler.studio
    return page(
        "lead.html",
        lead=found,
        turns=turns(items),
        answers=answers_of(found, studio),
        zone=ZoneInfo(studio.file.time_zone),
    )


@get("/sign-in", include_in_schema=False)
async def sign_in_form(state: State) -> Response[Any]:
    return Redirect("/") if state.api_key is None else page("sign_in.html", wrong=False)


@post("/sign-in", include_in_schema=False)
async def sign_in(request: Request[Any, Any, State], state: State) -> Response[Any]:
    given = str((await request.form()).get("key") or "")
    if state.api_key is None or not hmac.compare_digest(given.encode(), state.api_key.encode()):
        return page("sign_in.html", status_code=401, wrong=True)
    cookie = Cookie(key=COOKIE, value=session_of(state.api_key), httponly=True, samesite="strict", max_age=86_400)
    return Redirect("/", cookies=[cookie])


static = create_static_files_router("/static", [HERE / "static"], include_in_schema=False)

ROUTES: list[ControllerRouterHandler] = [index, lead, sign_in_form, sign_in, static]
