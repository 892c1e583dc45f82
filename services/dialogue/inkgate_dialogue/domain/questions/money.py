"""An amount of money in one figure, as people write it: '£1,200', '1.2k', 'four hundred', 'up to 500', '€500', '400-600'.

Signs, codes and names of currencies are price-parser's and pycountry's (`currencies`), words are text2num's (`numerals`).
"""

import re
from collections.abc import Sequence
from itertools import islice

import msgspec

from inkgate_dialogue.domain.amounts import amount as written_amount
from inkgate_dialogue.domain.questions import currencies, numerals
from inkgate_dialogue.domain.questions.numerals import CORRECTED, HUNDRED, THOUSAND
from inkgate_dialogue.domain.questions.reading import (
    Reading,
    Refused,
    Reply,
    Setting,
    Understood,
    as_written,
    folded,
    listed,
)

MAXIMUM_PENCE = 10_000_000
_NUMBERS_MAX = 64
_FIGURES_MAX = 8  # more of them say no more

# Matched against folded text, with bounded numbers: no text of 4,096 characters takes long.
_NUMBER = re.compile(
    r"(?<![\d.,#@_])(?P<whole>\d{1,2} \d{3}(?![\d.,]\d)|\d{1,3}(?:[,.']\d{3}){1,2}|"
    r"\d{1,9})(?P<part>[.,]\d{1,2})?(?![\d]|[.,]\d)"
    rf"(?P<times>[{HUNDRED}{THOUSAND}]| ?k(?![a-z]))?"
)
_GROUPS = re.compile(r"[ ,.']")
_BEFORE = re.compile(r"([^\s\d.,:;()!?'\"=~+*-]{1,8}\.?)( ?-? ?)$")
_AFTER = re.compile(r" ?([^\s\d.,:;()!?'\"=~+*-]{1,16})(?:[ ]([^\W\d_]{3,16}))?")
_NOT_MONEY = frozenset(listed(
    "cm cms mm m in inch inches ft feet x % percent am pm st nd rd th h hr hrs hour hours day days week weeks wk "
    "wks month months mth mths year years yr yrs yo session sessions piece pieces tattoo tattoos tatt tatts tat "
    "tats people person friends kids colours colors words letters roses lines min mins minutes semana semanas dia "
    "dias mes meses ano anos hora horas sesion sesiones pieza piezas tatuaje tatuajes pulgadas pulgada centimetros "
    "centimetro personas colores por minutos de of"
)) - {"of", "de", "por"}  # fmt: skip
_ORDINAL = frozenset({"st", "nd", "rd", "th", "am", "pm", "x", "in", "m", "h"})
_PENCE = frozenset({"p", "pence", "penny", "peniques"})
_LINKS = frozenset(
    {
        "-",
        "to",
        "or",
        "and",
        "a",
        "o",
        "u",
        "y",
        "e",
        "/",
        "hasta",
        "~",
        "until",
        "till",
        "&",
        "--",
        "or maybe",
        "maybe",
    }
)
_LINK_NOISE = re.compile(
    r"[£€$]|\b(?:about|around|maybe|even|possibly|up|quiza|tal vez|como|unas|unos|libras|pounds?|quid|gbp)\b"
)
_MINUS = re.compile(
    r"(?:^|[:=]\s?|\b(?:is|es|about|of|around|de) )-$|(?:\bminus|(?<!\bo )\bmenos|\bnegative|\bnegativo) ?$"
)
_SMALL = 50  # a bare number below it, beside an amount, counts something else
_WORDS = re.compile(r"[^\W\d_]{3,12}|[£€$¥₹]")


class _Figure(msgspec.Struct):
    """A figure in a text: hundredths of its unit, the currencies it can be in (none: not said), and where it stands."""

    amount: int
    codes: frozenset[str]
    marked: bool
    negative: bool
    start: int
    end: int


def pence(text: str, setting: Setting) -> Reading:
    """Pence of the one figure in `text` as the value. Refuses none, several (also a range), negative, a currency that has no
    rate, less than the least budget and more than £100,000."""
    said, figures = _found(text, setting)
    if not figures:
        return Refused("no_figure")
    if len({(figure.amount, _currency(figure, setting), figure.negative) for figure in figures}) > 1:
        return Refused("several_figures")
    figure = figures[0]
    words = said[figure.start : figure.end].strip(" .-")
    shown = as_written(words.replace(HUNDRED, "00").replace(THOUSAND, "k"), text)
    if figure.negative and figure.amount:
        return Refused("negative", {"said": f"-{shown}"})
    code = _currency(figure, setting)
    amount, assumed = figure.amount, None
    if code != setting.currency:
        if code not in setting.rates:
            return Refused("other_currency", {"said": shown, "currency": setting.currency})
        amount, assumed = round(amount * setting.rates[code]), "converted"
    told = written_amount(amount, setting.currency)
    if amount < setting.budget_minimum_pence:
        minimum = written_amount(setting.budget_minimum_pence, setting.currency)
        return Refused("below_minimum", {"said": told, "minimum": minimum})
    if amount > MAXIMUM_PENCE:
        return Refused("too_much", {"said": told})
    return Understood(text, amount, assumed=assumed, words={"said": shown, "amount": told} if assumed else {})


def _currency(figure: _Figure, setting: Setting) -> str:
    return currencies.chosen(figure.codes, setting.currency, setting.rates) if figure.codes else setting.currency


def only_money(text: str, setting: Setting) -> bool:
    """Whether a text is nothing but an amount: the wrong field for an idea or a placement."""
    if len(text) > _ONLY_MAX or _MONEYED.search(text) is None:
        return False
    said, figures = _found(text, setting, spelling=(False,))
    budget = _BUDGET.search(said) is not None
    if not figures or not (budget or any(figure.marked for figure in figures)):
        return False
    rest = said
    for figure in reversed(figures):
        rest = rest[: figure.start] + " " + rest[figure.end :]
    return _FILLER.sub("", rest) == ""


def tells(reply: Reply) -> bool:
    """Whether a text plainly tells an amount: with a currency, or as a budget."""
    if _MONEYED.search(reply.text) is None:
        return False
    said, figures = _found(reply.text, reply.setting, spelling=(False,))
    return any(figure.marked for figure in figures) or (bool(figures) and _BUDGET.search(said) is not None)


_ONLY_MAX = 120
_MONEYED = re.compile(
    r"[^\x00-\x7f]|[$]|\d ?k\b|(?i:budget|presupuesto|pound|quid|gbp|libra|eur|usd|dol|buck|fiver|tenner|grand)"
)
_BUDGET = re.compile(r"\b(?:budget|presupuesto)\b")
_FILLER = re.compile(
    r"[^\w£€$]|\d|\b(?:my|mi|the|el|is|es|of|de|i|have|has|tengo|about|around|roughly|approx|approximately|maybe|"
    r"max|maximum|maximo|min|up|to|a|o|or|y|and|unas|unos|sobre|como|hasta|budget|presupuesto|pounds?|quid|gbp|"
    r"libras|would|be|can|spend|puedo|gastar|it's|its|it|k|between|entre|in|en|cash|total|for|please|por|favor|"
    r"think|i'd|say|s)\b|[£€$]"
)


def _found(text: str, setting: Setting, spelling: Sequence[bool] = (False, True)) -> tuple[str, list[_Figure]]:
    """The text as it was read, and the figures that count in it."""
    plain = _OH.sub(lambda match: "0" * len(match[0]), folded(text))
    digits = any(c.isdigit() for c in plain)
    least: tuple[str, list[_Figure]] = (plain, [])
    for mended in spelling:
        for language in numerals.languages(setting.language):
            word = numerals.spelt(plain, language) if mended else plain
            word = _NOTE.sub(lambda match: _NOTES[match[1]], word)
            said = numerals.in_digits(word, language, small=False, away=language != setting.language)
            figures = _weighed(said, _figures(said, text), setting)
            # 'four hundered' is 4 at first
            if figures and (digits or mended or any(figure.amount >= _SMALL * 100 for figure in figures)):
                return said, figures
            least = least if least[1] else (said, figures)
    return least


_OH = re.compile(r"(?<=\d)o{1,2}\b")
# What five and ten pounds are called; nobody means anything else by them.
_NOTE = re.compile(r"\b(?:an? |one )?(fiver|tenner)\b")
_NOTES = {"fiver": "£5", "tenner": "£10"}


def _figures(said: str, written: str) -> list[_Figure]:
    found: list[_Figure] = []
    for match in islice(_NUMBER.finditer(said), _NUMBERS_MAX):
        figure = _figure(said, written, match)
        if figure is not None:
            found.append(figure)
            if len(found) == _FIGURES_MAX:
                break
    return found


def _figure(said: str, written: str, match: re.Match[str]) -> _Figure | None:
    """A number as an amount; None where it counts something else (a length, weeks, a part of a word)."""
    start, end = match.span()
    codes: frozenset[str] = frozenset()
    before = _BEFORE.search(said[max(0, start - 12) : start])
    dash = said[:start].endswith("-") if start < 3 else said[start - 1] == "-"
    if before is not None:
        word, gap = before[1], before[2]
        codes = currencies.meant(word.rstrip("."), written) or currencies.meant(word[-1:], written)
        if codes:
            start -= len(word) + len(gap) if currencies.meant(word.rstrip("."), written) else 1 + len(gap)
        elif not gap and word[-1:].isalnum():
            return None  # 'a4', 'ls1'
    after = _AFTER.match(said, end, end + 36)
    scale = {"": 100, HUNDRED: 10_000}.get((match["times"] or "").strip(), 100_000)
    marked = bool(codes) or scale > 100
    if after is not None:
        word, glued = after[1], said[end] != " "
        if not codes and ((word in _NOT_MONEY and (glued or word not in _ORDINAL)) or (glued and word in _ORDINAL)):
            return None
        own = _after(after, written)
        if own is not None and not codes:
            codes, end, marked = own[0], own[1], True
        elif not codes and word in _PENCE and scale == 100:
            scale, end, marked = 1, after.end(1), True
    if said[end : end + 1] == "%" or (said[end : end + 1] == ":" and said[end + 1 : end + 2].isdigit()):
        return None
    if _TIMES_BEFORE.search(said[max(0, match.start() - 4) : match.start()]):
        return None
    negative = (dash and match.start() == start and _MINUS.search(said[max(0, start - 12) : start]) is not None) or (
        _MINUS.search(said[max(0, start - 12) : start]) is not None
        or (dash and start < match.start() and before is not None and "-" in before[2])
    )
    whole, part = _GROUPS.sub("", match["whole"]), match["part"]
    amount = round(float(whole + ("." + part[1:] if part else "")) * scale)
    return _Figure(amount, codes, marked, negative, start, end)


_TIMES_BEFORE = re.compile(r"\dx $|\d x ?$|\dx$")


def _after(match: re.Match[str], written: str) -> tuple[frozenset[str], int] | None:
    """The currency that stands behind a number, and where it ends."""
    word = match[1]
    if match[2]:
        codes = currencies.meant(f"{word} {match[2]}", written)
        if codes:
            return codes, match.end(2)
    codes = currencies.meant(word, written)
    if codes:
        return codes, match.end(1)
    if not word[0].isalpha():
        codes = currencies.meant(word[0], written)
        return (codes, match.start(1) + 1) if codes else None
    codes = currencies.misspelt(word)
    return (codes, match.end(1)) if codes else None


def _weighed(said: str, figures: list[_Figure], setting: Setting) -> list[_Figure]:
    """The figures that count: those with a currency or in thousands before bare ones, the studio's own before another's,
    a correction before what it corrects, amounts before small numbers that count something else."""
    between = said[figures[-2].end : figures[-1].start] if len(figures) > 1 else ""
    if CORRECTED.search(between) or _STRETCHED.search(between):
        figures = figures[-1:]
    if len(figures) > 1:
        linked = _linked(said, figures)
        if any(figure.marked for figure in figures):
            figures = [f for n, f in enumerate(figures) if f.marked or n in linked]
        elif any(figure.amount >= _SMALL * 100 for figure in figures):
            figures = [f for n, f in enumerate(figures) if f.amount >= _SMALL * 100 or n in linked]
        own = [f for f in figures if setting.currency in f.codes]
        if own and all(f.codes for f in figures) and len({f.amount for f in own}) == 1:
            figures = own  # '£400 (€470)'
    if len(figures) == 1 and not figures[0].codes:
        # '500 in euros', 'en dólares serían 300'
        named = [codes for word in _WORDS.findall(said[:200]) if (codes := _plainly(word))]
        if named and not any(setting.currency in codes for codes in named):
            figures[0].codes = named[0]
    elif len(figures) > 1:
        # '400-600 €', '$400 to 600': said once, meant of both
        named = [figure.codes for figure in figures if figure.codes]
        for figure in figures:
            figure.codes = figure.codes or (named[0] if named else figure.codes)
    return figures


# '300, but I could go to 450': what she would spend at most.
_STRETCHED = re.compile(
    r"\b(?:but|pero|though|aunque)\b.{0,30}\b(?:can|could|would|up|max|stretch|push|puedo|podria|llegar|hasta|"
    r"maximo|subir|happy|willing|pay|spend|pagar|gastar)\b"
)


def _plainly(word: str) -> frozenset[str]:
    """A currency that a word or sign alone makes plain, wherever it stands."""
    if word in ("euro", "euros", "eur", "usd", "gbp", "dollars", "dolares", "pounds", "libras", "pesos", "£", "€", "$"):
        return currencies.meant(word, "")
    return frozenset()


def _linked(said: str, figures: list[_Figure]) -> set[int]:
    """The figures that stand in one range or choice with a neighbour."""
    linked: set[int] = set()
    for n in range(1, len(figures)):
        gap = said[figures[n - 1].end : figures[n].start]
        if len(gap) <= 24 and _LINK_NOISE.sub("", gap).strip() in _LINKS:
            linked |= {n - 1, n}
    return linked
