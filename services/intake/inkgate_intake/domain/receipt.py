"""One entry of `statuses[]`, read into a Receipt (WhatsApp Business Platform, 'Webhooks › messages › status')."""

from datetime import datetime
from typing import Any
from uuid import UUID

from inkgate_common.contracts.receipts import GraphError
from inkgate_intake.domain.content import list_of, object_of
from inkgate_intake.domain.items import Receipt, key_of
from inkgate_intake.domain.message import Contacts, Unreadable, person_of, phone_of, time_of
from inkgate_intake.domain.text import identifier, person_identifier, short

ERRORS_MAX = 10
_ATTEMPT_MAX = 1_000_000
# The code of an error that brought none; WhatsApp's own codes are not negative.
NO_CODE = -1


def read_receipt(entry: Any, contacts: Contacts, phone_number_id: str, received_at: datetime) -> Receipt:
    """Raises Unreadable."""
    if not isinstance(entry, dict):
        raise Unreadable("malformed status")
    wamid, status = identifier(entry.get("id")), short(entry.get("status"), 64)
    if wamid is None or status is None:
        raise Unreadable("status without an id or a name")
    if entry.get("recipient_type") == "group":
        raise Unreadable("group status")
    phone, user_id = phone_of(entry.get("recipient_id")), person_identifier(entry.get("recipient_user_id"))
    contact = contacts.of(phone, user_id)
    phone = phone or phone_of(contact.get("wa_id"))
    user_id = user_id or person_identifier(contact.get("user_id"))
    if phone is None and user_id is None:
        raise Unreadable("status without a recipient")
    intent_id, attempt = tracker_of(entry.get("biz_opaque_callback_data"))
    return Receipt(
        key=key_of("status", wamid, status),
        person=person_of(phone, user_id),
        phone_number_id=phone_number_id,
        wamid=wamid,
        status=status,
        intent_id=intent_id,
        attempt=attempt,
        at=time_of(entry.get("timestamp"), received_at) or received_at,
        errors=[error_of(error) for error in list_of(entry.get("errors"))[:ERRORS_MAX]],
    )


def tracker_of(data: Any) -> tuple[UUID | None, int | None]:
    """`<intent_id>:<attempt>` as the sender wrote it into `biz_opaque_callback_data`; two Nones for anything else."""
    if not isinstance(data, str) or not 38 <= len(data) <= 64 or data[36] != ":":
        return None, None
    number = data[37:]
    if not (number.isascii() and number.isdigit() and len(number) <= 7 and int(number) <= _ATTEMPT_MAX):
        return None, None
    try:
        return UUID(data[:36]), int(number)
    except ValueError:
        return None, None


def error_of(error: Any) -> GraphError:
    """An error as the Graph API words it. Its code decides, so a code that is text is read as a number."""
    entry = object_of(error)
    code = entry.get("code")
    if isinstance(code, str) and code.isascii() and code.isdigit() and len(code) <= 9:
        code = int(code)
    if not isinstance(code, int) or isinstance(code, bool) or not -(2**31) <= code < 2**31:
        code = NO_CODE
    return GraphError(
        code=code,
        title=short(entry.get("title") or entry.get("message"), 256),
        details=short(object_of(entry.get("error_data")).get("details"), 1_024),
    )
