"""What a copy file has: its tables of texts, the keys of each with what that text may say besides the studio's name, and how
long it may grow. `copy_checks` holds a file to it, `copy` speaks by it."""

from collections.abc import Collection, Sequence

TEXT_MAX = 4_096  # WhatsApp's limit for a text (FACTS §2)
BUTTON_TEXT_MAX = 1_024
TITLE_MAX = 20
LABEL_MAX = 30
# Texts on a list's button and in its row (FACTS §2).
SHORT = {"slots_button": 20, "slots_none": 24}

# The placeholders that may stand in a text.
Says = tuple[str, ...]

# Placeholder → the longest thing that can stand there.
PLACEHOLDERS = {
    "commands": 600,
    "codes": 600,
    "code": 40,
    "action": 40,
    "example": 80,
    "allowed": 300,
    "category": 20,
    "deposit": 16,
    "studio": 80,
    "amount": 16,
    "url": 2_048,
    "minimum": 16,
    "reason": 1_500,
    "text": 1_500,
    "slot": 1_500,
    "slots": 600,
    "price": 30,
    "why": 300,
    "said": 60,
    "size": 20,
    "currency": 4,
    "city": 100,
    "summary": 400,
    "what": 160,
    "place": 80,
    "dates": 120,
    "note": 200,
}

MESSAGES: dict[str, Says] = {
    "welcome": (),
    "so_far": ("summary",),
    "corrected_late": ("what",),
    "correct_how": (),
    "repair_1": ("why", "text"),
    "repair_2": ("why", "text"),
    "handover": (),
    "complexity_handover": (),
    "coverup_handover": (),
    "under_age": (),
    "budget_low": ("minimum",),
    "completion": (),
    "deposit_link": ("amount", "url"),
    "rejection": ("reason",),
    "payment_confirmation": ("amount",),
    "booking_confirmation": ("slot",),
    "cancellation": ("reason",),
    "opt_out_confirmation": (),
    "continue": (),
    "holding": (),
    "human": (),
    "refund_asked": (),
    "erase_asked": (),
    "link_expired": ("amount", "url"),
    "payment_failed": ("amount", "url"),
    "refunded": ("amount", "url"),
    "reminder_1": (),
    "reminder_2": (),
    "deposit_reminder_1": ("amount", "url"),
    "deposit_reminder_2": ("amount", "url"),
    "tour_reminder": (),
    "windows_reminder": (),
    "appointment_reminder": ("slot",),
    "booking_late": (),
    "ask": ("text",),
    "restart": (),
    "media_wrong_step": (),
    "voice_note": (),
    "not_an_answer": (),
    "send_again": (),
    "corrected": ("what",),
    "edit_not_read": (),
    "place_read": ("text",),
    "panic_holding": (),
    "disputed": (),
    "welcome_back": (),
    "follow_up": (),
    "closed": (),
    "link_coming": (),
    "choose_a_slot": (),
    "language_chosen": (),
    "no_hurry": (),
    "still_open": (),
    "asked": (),
    "handover_late": (),
    "human_late": (),
    "holding_late": (),
    "tour_offer": ("city", "place", "dates", "note"),
    "tour_opens": ("city", "place", "dates", "note"),
    "tour_prompt": ("place", "dates"),
    "tour_accepted": ("place", "dates"),
    "tour_declined": (),
    "waitlisted": ("city",),
    "consent_refused": (),
    "booking_invitation": ("url",),
    "deposit_link_slot": ("amount", "url", "slot"),
    "payment_confirmation_slot": ("amount", "slot"),
    "slot_confirmation": ("slot",),
    "slot_several_days": (),
    "slots_offered": ("slots",),
    "slots_again": ("why", "slots"),
    "slots_gone": ("slots",),
    "slots_lost": ("slots",),
    "slots_button": (),
    "slots_none": (),
    "windows_ask": (),
    "windows_more": (),
    "windows_thanks": (),
}

# Messages that a question follows in the same bubble; `ask` with nothing but the question among them.
BEFORE_A_QUESTION = (
    "continue", "media_wrong_step", "voice_note", "not_an_answer", "send_again", "corrected", "edit_not_read",
    "so_far", "correct_how", "still_open", "asked",
    "language_chosen",
)  # fmt: skip
BEFORE_THE_FIRST = ("welcome", "welcome_back", "restart")

STATUS_REPLIES: dict[str, Says] = {
    "PENDING_APPROVAL": (),
    "AWAITING_DEPOSIT": ("amount", "url"),
    "DEPOSIT_EXPIRED": (),
    "DEPOSIT_PAID": (),
    "BOOKING_PENDING": (),
    "COLLECTING_TIME_WINDOWS": (),
    "NEEDS_FOLLOW_UP": (),
    "TOUR_CONVERSION_OFFERED": (),
    "WAITLISTED": (),
    "BOOKED": ("slot",),
}

NOTICES: dict[str, Says] = dict.fromkeys(
    (
        "corrected",
        "completed",
        "handover",
        "paid",
        "paid_unexpectedly",
        "paid_twice",
        "disputed",
        "refund_failed",
        "deposit_failed",
        "budget_low",
        "refund_asked",
        "erase_asked",
        "refunded",
        "approval_waiting",
        "stale",
        "booking_waiting",
        "booking_overdue",
        "windows_waiting",
        "handover_waiting",
        "send_failed",
        "edited_answer",
        "takeover",
        "panic",
        "client_wrote",
        "client_answered",
        "slot_chosen",
        "slot_lost",
        "windows",
        "calendar_unread",
    ),
    ("reason",),
)

# Why an answer was refused (`Refused.reason`) → what its sentence can say. `question.reason` in a file is for one question
# alone and goes before the general one.
REFUSED: dict[str, Says] = {
    "empty": (),
    "wrong_field": ("said",),
    "one_at_a_time": (),
    "no_size": (),
    "several_sizes": (),
    "not_positive": ("said",),
    "too_large": ("said",),
    "no_choice": (),
    "several_choices": (),
    "not_yes_or_no": (),
    "no_figure": (),
    "several_figures": (),
    "negative": ("said",),
    "below_minimum": ("said", "minimum"),
    "other_currency": ("said", "currency"),
    "too_much": ("said",),
    "no_city": (),
    "country_not_city": ("said",),
    "several_cities": (),
    "no_country": (),
    "several_countries": (),
    "no_handle": (),
    "no_time": (),
    "no_slot": (),
    "slot_not_offered": (),
    "several_slots": (),
    "puzzled": (),
}
# What was assumed of a good answer (`Understood.assumed`) → what its sentence can say.
ASSUMED: dict[str, Says] = {
    "square": ("said", "size"),
    "upper": ("said", "size"),
    "compared": ("said", "size"),
    "converted": ("said", "amount"),
}
SENTENCES = {"refused": REFUSED, "assumed": ASSUMED}

# What stands around a notice.
PACKET: dict[str, Says] = {
    "nobody": (),
    "no_number": (),
    "estimate": ("category", "deposit", "price"),
    "last": (),
    "tour_offered": ("place", "dates"),
    "tour_accepted": ("place", "dates"),
    "tour_declined": ("place", "dates"),
    "yes": (),
    "no": (),
    "weeks": (),
    "months": (),
    "flexible": (),
}

# Why an artist takes over, for her: the reasons that the rules record, as keys, and what each says besides.
REASONS: dict[str, Says] = {
    "complexity": (),
    "coverup": (),
    "cover_up_words": (),
    "under_age": (),
    "asked_for_the_artist": (),
    "haggling": (),
    "hesitates": (),
    "does_not_want_it_any_more": (),
    "asks_about_dates": (),
    "a_long_question": (),
    "wants_to_change_what_was_approved": (),
    "no_free_slot": (),
    "does_not_want_a_new_link": (),
    "three_strikes": ("what",),
    "instead_of_an_answer": ("what",),
}

# What a link or a word of hers does.
LINKS: dict[str, Says] = dict.fromkeys(
    (
        "approve",
        "reject",
        "ask",
        "resume",
        "send_deposit",
        "change_deposit",
        "resend",
        "force",
        "book",
        "cancel",
        "refund",
        "erase",
        "offer_slots",
    ),
    (),
)

# What an artist's line answers.
LINE: dict[str, Says] = {
    "help": ("commands",),
    "which": ("codes",),
    "unknown_code": ("code", "codes"),
    "needs": ("action", "example"),
    "done": ("action", "code"),
    "refused": ("action", "code", "reason", "allowed"),
}

_TABLES: dict[str, dict[str, Says]] = {
    "messages": MESSAGES,
    "statuses": STATUS_REPLIES,
    "notices": NOTICES,
    "reasons": REASONS,
    "packet": PACKET,
    "links": LINKS,
    "line": LINE,
}


def tables(questions: Sequence[str]) -> dict[str, Collection[str]]:
    """The tables of texts that a copy file has, each with the keys that it needs."""
    return {
        "messages": MESSAGES,
        "questions": questions,
        "hints": questions,
        "labels": questions,
        **{table: keys for table, keys in _TABLES.items() if table != "messages"},
    }


def placeholders(table: str, key: str) -> Says:
    """What may stand in braces there."""
    return ("studio", *_TABLES.get(table, {}).get(key, ()))
