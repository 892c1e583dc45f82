"""docs/domain-coverage.md: rule of the domain → the module that decides it → the tests that state it.

Rules are listed here; modules name theirs in the first line of their docstring ("DOMAIN §3 rows 8, 9 and 11: …"), tests by
the marker `domain`. All of it is read from the sources, none of which is run. A rule without a module or without a test is
an empty cell, and `tests/contract/test_domain_coverage.py` fails.
"""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import msgspec

ROOT = Path(__file__).resolve().parents[3]
DOMAIN = Path("services/dialogue/inkgate_dialogue/domain")
TESTS = Path("tests")
# Tests that run the services as processes on real PostgreSQL and Kafka.
LIVE = ("e2e", "faults")
LAST_MILE = "test_production_last_mile.py"


class Rule(msgspec.Struct, frozen=True):
    """A rule of the domain. `id` is what the marker says; `live`: it is also shown end to end. `modules`: where it is
    decided, for what no docstring can name."""

    id: str
    says: str
    live: bool = False
    modules: tuple[str, ...] = ()


def _rows() -> Iterator[Rule]:
    says = {
        "1": "first message: welcome and question 0 → QUALIFYING",
        "2": "good answer: the next question → the next step",
        "3": "size, city and budget known: a summary with the next question",
        "4": "an answer that cannot be read: repair, nothing moves",
        "5": "third strike, request for the artist, realism, haggling, scheduling → NEEDS_ARTIST_REPLY",
        "6": "cover-up → NEEDS_ARTIST_REPLY",
        "7": "budget below the region's minimum → NEEDS_FOLLOW_UP",
        "8": "city not on tour, a stop upcoming: offer → TOUR_CONVERSION_OFFERED",
        "9": "city not on tour, none upcoming → WAITLISTED",
        "10": "tour offer: yes → on with the questions, or PENDING_APPROVAL",
        "11": "tour offer: no → WAITLISTED",
        "12": "tour offer: neither yes nor no: asked again, nothing moves",
        "13": "last question answered: completion → PENDING_APPROVAL",
        "14": "approved: the deposit link → AWAITING_DEPOSIT",
        "14b": "slots offered, and anew: the set on offer",
        "15": "rejected → REJECTED",
        "16": "paid: recorded at once; the confirmation → BOOKING_PENDING",
        "17": "slot chosen: its confirmation → the slot",
        "18": "no slot suits: asked for times → COLLECTING_TIME_WINDOWS",
        "19": "enough times: thanks → the artist",
        "20": "booked by the artist: the confirmation → BOOKED",
        "21": "STOP: the confirmation → OPTOUT",
        "22": "she comes back: welcome and question 0 → QUALIFYING, step 0",
        "23": "CONTINUE, or resumed by the artist → where it was opened from",
        "24": "a message during handover: the holding message, once per cooldown",
        "25": "HUMAN, REFUND, DELETE MY DATA → NEEDS_ARTIST_REPLY",
        "26": "a message while she waits: the status reply, nothing moves",
        "27": "reminders: their time of sending, nothing else",
        "28": "a stop opens in a waitlisted client's city: offer → TOUR_CONVERSION_OFFERED",
        "29": "the artist cancels: the note → CANCELLED",
        "30": "link expired, refund, dispute: facts, and a note about them",
        "31": "'no' to a consent question: a polite end → REJECTED",
        "32": "panic: a holding message, nothing moves, the artist is told",
    }
    modules = {
        "15": ("rules/actions.py",), "20": ("rules/actions.py",), "29": ("rules/actions.py",),
    }  # fmt: skip
    for number, said in says.items():
        yield Rule(f"3.{number}", said, live=True, modules=modules.get(number, ()))


SECTIONS: dict[str, tuple[Rule, ...]] = {
    "Gated sends (§3)": tuple(_rows()),
    "Facts that wait for nothing (§3b)": (
        Rule("3b.money", "money is recorded at once", live=True, modules=("rules/deposit.py",)),
        Rule("3b.opt-out", "opting out holds from the moment it is judged", live=True, modules=("rules/opt_out.py",)),
        Rule("3b.time", "what time alone brings about", modules=("rules/reminders.py", "rules/timers.py")),
        Rule("3b.force", "a change by hand without its message, audited", live=True, modules=("rules/actions.py",)),
        Rule("3b.erase", "a person is forgotten", live=True, modules=("rules/erase.py",)),
    ),
    "The consultation (§1)": (
        Rule("1.parsing", "answers as people write them", modules=("questions/__init__.py",)),
        Rule("1.repair", "three strikes a field; a good answer resets them", modules=("rules/repair.py",)),
        Rule("1.yes-no", "yes and no in many ways", modules=("questions/yes_no.py", "questions/reading.py")),
        Rule("1.comparisons", "sizes by comparison: a palm, a coin, A5", modules=("questions/dimensions.py",)),
        Rule("1.assumption", "a plain assumption is said, so that she can correct it", modules=("rules/completion.py",)),
        Rule("1.other-currency", "converted where the studio has a rate, else asked", modules=("questions/money.py",)),
        Rule("1.wrong-field", "only a budget or a size is no idea and no placement", modules=("questions/idea.py",)),
        Rule("1.several-answers", "several answers in one message: one at a time", modules=("rules/several_answers.py",)),
        Rule("1.media", "pictures at the wrong step are kept; a caption is the answer", modules=("rules/kinds.py",)),
        Rule("1.city", "a corrected city takes along its country", modules=("rules/whereabouts.py",)),
        Rule("1.country", "the country is skipped when the city told it", modules=("questions/places.py",)),
        Rule("1.questions-changed", "enquiries survive other questions", modules=("rules/questions_changed.py",)),
    ),
    "Statuses (§2)": (
        Rule("2.edges", "every edge of the table is made by some rule", modules=("transitions.py",)),
        Rule("2.statuses", "what is not in the table is refused", modules=("transitions.py",)),
        Rule("2.paid", "a paid lead keeps its status: only `opted_out`, only `handover`", modules=("gate.py",)),
        Rule("2.by-hand", "edges that only the artist makes", modules=("rules/by_hand.py",)),
        Rule("2.returning", "a message after the end opens a new enquiry", live=True, modules=("rules/welcome.py",)),
    ),
    "Policies (§4)": (
        Rule("4.opt-out", "STOP pre-empts and wins", live=True, modules=("rules/opt_out.py",)),
        Rule("4.restart", "a restart clears step, answers and handover", live=True, modules=("rules/restart.py",)),
        Rule("4.returning", "who comes back is known", modules=("rules/welcome.py",)),
        Rule("4.duplicates", "the message id alone decides", live=True, modules=("decide.py",)),
        Rule("4.order", "out of order: kept and shown, no send, no step", live=True, modules=("inputs.py",)),
        Rule("4.artist", "the artist's numbers never become leads", live=True, modules=("rules/artist.py", "rules/line.py")),
        Rule("4.stripe", "one event, one effect", live=True, modules=("rules/deposit.py",)),
        Rule("4.window", "outside the 24-hour window: a template", modules=("templates.py",)),
        Rule("4.pilot", "pilot mode answers the numbers on its list", modules=("inputs.py",)),
        Rule("4.panic", "panic mode", live=True, modules=("rules/panic.py",)),
        Rule("4.flood", "more than twenty waiting messages are one", modules=("joining.py",)),
        Rule("4.collect", "messages within `collect_s` are one", modules=("joining.py",)),
        Rule("4.corrections", "'actually 10 cm' corrects an earlier answer", modules=("rules/corrections.py",)),
        Rule("4.consent", "a studio's own yes/no questions", modules=("rules/consent.py",)),
        Rule("4.kinds", "every kind of message has its answer", modules=("rules/kinds.py",)),
        Rule("4.edits", "an edit of the current answer is an answer", modules=("rules/edits.py",)),
        Rule("4.deletions", "a deleted message leaves the answer, flagged", modules=("rules/edits.py",)),
        Rule("4.echo", "the artist wrote from her own phone: the bot is quiet", modules=("rules/takeover.py",)),
        Rule("4.language", "the client's language", modules=("rules/language.py",)),
        Rule("4.person", "erase, export, coming back", live=True, modules=("rules/erase.py",)),
    ),
    "The trade (§5)": (
        Rule("5.estimate", "regions, categories, days, deposit, hours", modules=("rules/estimate.py",)),
        Rule("5.slots", "hours, buffer, notice, time zone, holds", live=True, modules=("rules/slots.py",)),
        Rule("5.timers", "each fires once, and not when its reason is gone", live=True, modules=("rules/timers.py",)),
        Rule("5.quiet-hours", "what the business begins waits for the morning", modules=("quiet.py",)),
        Rule("5.handover-words", "words that call the artist, and when they do not", modules=("rules/triggers.py",)),
        Rule("5.packet", "what the artist is told", modules=("packet.py",)),
        Rule("5.actions", "what the artist may do, and when", live=True, modules=("rules/actions.py",)),
        Rule("5.links", "single-use, expiring, status-locked links", live=True, modules=("links.py",)),
    ),
}  # fmt: skip


class Found(msgspec.Struct):
    """What covers one rule."""

    modules: set[str] = msgspec.field(default_factory=set)
    tests: dict[str, list[str]] = msgspec.field(default_factory=lambda: defaultdict(list))
    live: dict[str, list[str]] = msgspec.field(default_factory=lambda: defaultdict(list))


def found(root: Path = ROOT) -> dict[str, Found]:
    """Rule id → what covers it. Ids that no rule has are among them: the test names them."""
    result: dict[str, Found] = defaultdict(Found)
    for rules in SECTIONS.values():
        for rule in rules:
            for module in rule.modules:
                if (root / DOMAIN / module).is_file():
                    result[rule.id].modules.add(module)
    for path in sorted((root / DOMAIN).rglob("*.py")):
        for identity in rows_of(ast.get_docstring(ast.parse(path.read_text("utf-8"))) or ""):
            result[identity].modules.add(path.relative_to(root / DOMAIN).as_posix())
    for path in sorted((root / TESTS).rglob("test_*.py")):
        name = path.relative_to(root / TESTS).as_posix()
        live = name.startswith(LIVE) or name == LAST_MILE
        for identity, test in marked(ast.parse(path.read_text("utf-8"))):
            covered = result[identity]
            (covered.live if live else covered.tests)[name].append(test)
    return dict(result)


def rows_of(docstring: str) -> Iterator[str]:
    """The rows of §3 that a module names in the first sentence of its docstring."""
    first = docstring.split("\n\n")[0]
    for listed in re.findall(r"§3 rows? ((?:\d+b?(?:, | and | to )?)+)", first):
        numbers = re.findall(r"\d+b?| to ", listed)
        for position, number in enumerate(numbers):
            if number == " to ":
                begins, ends = int(numbers[position - 1]), int(numbers[position + 1])
                yield from (f"3.{between}" for between in range(begins + 1, ends))
            else:
                yield f"3.{number}"


def marked(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """(rule id, test's name) of a module, by its own `pytestmark` and its tests' decorators."""
    own: list[str] = []
    for node in tree.body:
        if isinstance(node, ast.Assign) and any(getattr(target, "id", "") == "pytestmark" for target in node.targets):
            own = list(_ids(node.value))
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef) and function.name.startswith("test_"):
            ids = [*own, *(one for decorator in function.decorator_list for one in _ids(decorator))]
            for one in dict.fromkeys(ids):
                yield one, function.name


def _ids(node: ast.expr) -> Iterator[str]:
    for call in ast.walk(node):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "domain":
            for argument in call.args:
                if isinstance(argument, ast.Constant):
                    yield str(argument.value)


def empty(covered: dict[str, Found]) -> list[str]:
    """The cells of the table that have nothing in them."""
    cells = []
    for rules in SECTIONS.values():
        for rule in rules:
            by = covered.get(rule.id, Found())
            cells += [f"{rule.id} ({rule.says}): no module"] if not by.modules else []
            core = by.tests or (by.live and not rule.id.startswith("3"))
            cells += [] if core else [f"{rule.id} ({rule.says}): no test of the core"]
            cells += [f"{rule.id} ({rule.says}): not shown end to end"] if rule.live and not by.live else []
    return cells


def text() -> str:
    """The page."""
    covered = found()
    lines = [
        "# Which rule is stated where",
        "",
        "Rule of the domain → the module that decides it → the tests that state it. Made from the sources by `make docs`;",
        "a test fails where a cell is empty. Modules stand in `services/dialogue/inkgate_dialogue/domain/`, tests in",
        "`tests/`.",
        "*End to end* means: the services as processes, real PostgreSQL and Kafka.",
    ]
    for section, rules in SECTIONS.items():
        lines += [
            "",
            f"## {section}",
            "",
            "| rule | what | modules | tests of the core | end to end |",
            "|---|---|---|---|---|",
        ]
        for rule in rules:
            by = covered.get(rule.id, Found())
            modules = ", ".join(f"`{module}`" for module in sorted(by.modules))
            live = _cell(by.live) or ("" if rule.live else "–")
            lines.append(f"| {rule.id} | {rule.says} | {modules} | {_cell(by.tests)} | {live} |")
    return "\n".join(lines) + "\n"


def _cell(tests: dict[str, list[str]]) -> str:
    """Files with how many tests of each state the rule; the only one by its name."""
    parts = []
    for name, names in sorted(tests.items()):
        only = names[0].removeprefix("test_").replace("_", " ")
        parts.append(f"`{name.removeprefix('dialogue/domain/')}` ({len(names) if len(names) > 1 else only})")
    return "; ".join(parts)
