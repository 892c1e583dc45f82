"""A chat with the pure core in a terminal: messages, gates that open on delivery, and what happens around the client."""

import io
from datetime import UTC, datetime

import pytest

from inkgate.studio.command import with_an_artist
from inkgate.studio.simulate import HELP, Simulation
from inkgate_dialogue import studio_file

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
STUDIO = with_an_artist(studio_file.read(None))
ANSWERS = [
    "a fox between ferns", "left forearm", "8x12cm", "fine line", "2", "no", "no", "£450", "Leeds, UK", "@ana", "same", "3",
]  # fmt: skip


def chat(*lines: str, colour: bool = False) -> str:
    """What is written when these lines are typed."""
    out = io.StringIO()
    Simulation(STUDIO, NOON, out, colour=colour).run(f"{line}\n" for line in lines)
    return out.getvalue()


def test_a_message_waits_for_its_delivery_and_then_moves_her() -> None:
    assert chat("hi").splitlines()[-4:] == [
        "      What would you like tattooed? Tell me as much as you like.",
        "      ◌ waits for it: NEW → QUALIFYING, step -1 → 0",
        "      ✓ delivered: NEW → QUALIFYING, step -1 → 0",
        "── Mon 12:00 · QUALIFYING · question 1 of 13 (idea)",
    ]


def test_a_message_that_fails_changes_nothing_and_goes_out_again() -> None:
    said = chat("hi", "/fail", "a fox between ferns", "hello?")
    assert "✗ not delivered: nothing changed" in said
    assert "QUALIFYING · question 1 of 13 (idea) · flags: send_failed" in said
    assert said.endswith("question 2 of 13 (placement)\n")


def test_the_whole_way_with_money_and_the_artist() -> None:
    said = chat("hi", *ANSWERS, "/approve", "/pay", "/book Sat 10 Jan, 11:00")
    for part in (
        "artist ◂ A new enquiry is complete",
        "✓ delivered: PENDING_APPROVAL → AWAITING_DEPOSIT",
        "artist ◂ The deposit has been paid.",
        "✓ delivered: DEPOSIT_PAID → BOOKING_PENDING",
        "You are booked: Sat 10 Jan, 11:00",
    ):
        assert part in said
    assert said.endswith("· BOOKED\n")


def test_the_artist_hears_of_a_change_after_it() -> None:
    lines = chat("hi", "HUMAN").splitlines()
    delivered = lines.index("      ✓ delivered: QUALIFYING → NEEDS_ARTIST_REPLY, with the artist")
    assert lines[delivered + 1] == "artist ◂ A client needs you: she asks for you."


def test_time_passes_and_timers_fire() -> None:
    said = chat("hi", "/wait 13h", "/wait 2d")
    assert "Still thinking about your tattoo?" in said
    assert said.endswith("· ABANDONED\n")


@pytest.mark.parametrize(
    ("lines", "part"),
    [
        (("hi", "/photo"), "Thank you for the picture"),
        (("hi", "/voice"), "voice notes"),
        (("hi", *ANSWERS[:5], "/tap yes"), "Cover-ups and reworks"),
        (("hi", *ANSWERS, "/approve", "/decline"), "The payment did not go through"),
        (("hi", *ANSWERS, "/approve", "/expire"), "DEPOSIT_EXPIRED"),
        (("hi", *ANSWERS, "/approve", "/pay", "/refund"), "Your refund of £150"),
        (("hi", *ANSWERS, "/reject No time."), "No time."),
        (("hi", *ANSWERS, "/deposit 20000", "/approve"), "A deposit of £200"),
        (("hi", "/approve"), "refused: not possible in QUALIFYING; possible now: "),
        (("/approve",), "there is no enquiry yet"),
        (("hi", "/pay"), "there is no payment link"),
        (("hi", "/deposit many"), "pence, please"),
        (("hi", "/wait soon"), "how long?"),
        (("/dance",), "unknown: /dance"),
        (("/help",), HELP.splitlines()[0]),
        (("hi", "en español"), "Claro, a partir de ahora en español."),
        (("hi", "STOP"), "opted out"),
    ],
)
def test_what_may_happen(lines: tuple[str, ...], part: str) -> None:
    assert part in chat(*lines)


def test_in_panic_mode_messages_wait_until_it_ends() -> None:
    said = chat("hi", "/panic on", "a fox between ferns", "/panic off")
    assert "1 waiting" in said
    assert said.endswith("question 2 of 13 (placement)\n")


def test_colours_where_there_is_a_terminal() -> None:
    assert "\x1b[36m" in chat("hi", colour=True)
    assert "\x1b" not in chat("hi")


def test_nothing_that_is_typed_ends_it_but_quit() -> None:
    assert chat("hi", "", "   ", "/", "//", "/quit now").endswith("unknown: /quit; /help lists the commands\n")
    assert "Where on" not in chat("hi", "/quit", "a fox")
