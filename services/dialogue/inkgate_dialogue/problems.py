"""Why the API says no: each problem as it is answered, made in one place for the routes that raise it and for the OpenAPI
document that shows it."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from inkgate_common.openapi import Raised
from inkgate_common.web import TOO_LARGE, Problem, bad_query
from inkgate_dialogue.domain.rules.actions import ACTIONS
from inkgate_dialogue.domain.transitions import STATUSES

# An id that leads nowhere, for examples.
NOWHERE = UUID("00000000-0000-4000-8000-000000000000")


def no_key() -> Problem:
    return Problem(401, "Not authorised", "Send 'Authorization: Bearer <INKGATE_API_KEY>'.")


def no_lead(lead_id: UUID) -> Problem:
    return Problem(404, "No such lead", f"There is no lead {lead_id}.")


def no_action(action_id: UUID) -> Problem:
    return Problem(404, "No such action", f"There is no action {action_id}.")


def no_calendar() -> Problem:
    return Problem(404, "No such calendar", "The link is not complete, or leads nowhere.")


def unknown_status(status: str) -> Problem:
    return Problem(400, "Unknown status", f"'{status}' is no status.", allowed=list(STATUSES))


def unknown_action(name: Any) -> Problem:
    return Problem(400, "Unknown action", f"'{name}' is no action.", allowed=sorted(ACTIONS))


def bad_arguments(what: str) -> Problem:
    return Problem(400, "Bad arguments", what)


def not_a_mode(what: str) -> Problem:
    return Problem(400, "Not a mode", what)


def not_an_object(title: str) -> Problem:
    return Problem(400, title, 'Send a JSON object such as {"action": "approve"}.')


def bad_cursor() -> Problem:
    return Problem(400, "Bad cursor", "Use the next_cursor of the page before, as it is.")


def bad_event_id() -> Problem:
    return Problem(400, "Bad Last-Event-ID", "Use the id of an event, as it is: a whole number of up to 18 digits.")


def not_now(name: str, found: Mapping[str, Any]) -> Problem:
    """An action that a lead, as it is shown, does not allow."""
    said = " whose client opted out." if found["opted_out"] else "."
    return Problem(
        409,
        "Not possible now",
        f"'{name}' is not possible for a lead in {found['status']}{said}",
        allowed=found["actions"],
        lead_status=found["status"],
    )


def stale(version: int, found: Mapping[str, Any]) -> Problem:
    """An action that was asked for at another version of a lead than the one that is shown."""
    return Problem(
        412,
        "Stale version",
        f"The lead is at version {found['version']}, not {version}: read it again.",
        version=found["version"],
        allowed=found["actions"],
    )


def key_was_used(name: str) -> Problem:
    return Problem(422, "Idempotency-Key was used", f"This key was used for '{name}' before.")


# --- as the document shows them ---------------------------------------------------------------------------------------

Shown = dict[int, tuple[str, Raised]]

NOT_AUTHORISED: Shown = {401: ("The key is missing or wrong.", no_key())}
NO_LEAD: Shown = {**NOT_AUTHORISED, 404: ("There is no such lead.", no_lead(NOWHERE))}
NO_ACTION: Shown = {**NOT_AUTHORISED, 404: ("There is no such action.", no_action(NOWHERE))}
BODY_TOO_LARGE: Shown = {413: ("The body is too large.", TOO_LARGE)}
_TIMELINE = f"/api/leads/{NOWHERE}/timeline"
_BAD_QUERY = "A parameter is not what it should be; `errors` or `allowed` says what would be."
BAD_STATUS: Shown = {400: (_BAD_QUERY, unknown_status("BOOKD"))}
BAD_CURSOR: Shown = {400: (_BAD_QUERY, bad_query(_TIMELINE, "cursor", "x", "Expected `int`, got `str`"))}
BAD_EVENT_ID: Shown = {400: ("`Last-Event-ID`, or `after`, is no id of an event.", bad_event_id())}
BAD_DAYS: Shown = {400: (_BAD_QUERY, bad_query("/api/funnel", "days", "0", "Expected `int` >= 1"))}
BAD_MODE: Shown = {400: ("Not a mode.", not_a_mode("Expected `bool | null`, got `str` - at `$.panic`"))}
