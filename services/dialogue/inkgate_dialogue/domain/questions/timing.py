"""Next 2–4 weeks, 1–2 months, or flexible. The value is weeks, months or flexible: by its number, in words, or by a date.

Names of months and days are dateparser's own lists. Its `parse` takes milliseconds and finds a day where nobody meant one;
what is wanted here is how far off it is, in weeks or months.
"""

import re
from datetime import date, timedelta

from dateparser.data.date_translation_data import en, es
from rapidfuzz import process
from rapidfuzz.distance import OSA

from inkgate_dialogue.domain.questions import numerals
from inkgate_dialogue.domain.questions.reading import Reading, Refused, Reply, Understood, folded, listed

_CHOICES = {"1": "weeks", "2": "months", "3": "flexible"}
_WEEKS_DAYS = 29  # a date within it is in the next weeks
_MONTHS_DAYS = 100  # and within this 'in one or two months'
_READ_MAX = 600

_MONTHS = listed("january february march april may june july august september october november december")
_DAYS = listed("monday tuesday wednesday thursday friday saturday sunday")


def _named(keys: tuple[str, ...]) -> dict[str, int]:
    """dateparser's names (folded, of three letters and more) → place in the list."""
    return {
        folded(name).strip("."): number
        for number, key in enumerate(keys)
        for words in (en.info, es.info)
        for name in words.get(key, ())
        if len(name) > 2
    }


_MONTH_OF = _named(_MONTHS)
_DAY_OF = _named(_DAYS)
_ALSO_WORDS = frozenset({"may", "mar", "march", "ago", "set"})
_MONTH = "|".join(sorted(map(re.escape, _MONTH_OF), key=len, reverse=True))
_DATE = re.compile(
    rf"\b(?:(?P<day>[0-3]?\d)(?:st|nd|rd|th)?(?: of| de)? )?(?P<month>{_MONTH})\b\.?(?: (?P<after>[0-3]?\d)(?:st|"
    rf"nd|rd|th)?\b(?!:|\d))?"
)
_BEFORE_MONTH = re.compile(
    r"\b(?:in|early|mid|late|end of|start of|beginning of|from|until|till|before|after|during|around|by|this|next|"
    r"next|of|de|en|para|finales de|principios de|mediados de|desde|hasta|antes de|despues de|a|about|maybe|for|"
    r"sometime|or|and|y|o|to|-)\W*$"
)
_NUMERIC_DATE = re.compile(r"(?<![\d/.-])([0-3]?\d)[/.]([01]?\d)(?:[/.](?:20)?(\d\d))?(?![\d/])")
_COUNT = r"(\d{1,2})(?: ?(?:-|to|or|/|a|o|u|y|and) ?(\d{1,2}))?"
_SPAN = re.compile(
    rf"\b{_COUNT} ?-?(?P<unit>days?|weeks?|wks?|w|weekends?|months?|mths?|mnths?|mo|years?|yrs?|dias?|semanas?|sem|"
    rf"mes|meses|anos?)\b"
)
_SPANS = {"d": 1.0, "w": 7.0, "s": 7.0, "m": 30.5, "y": 365.0, "a": 365.0}

_FLEXIBLE = re.compile(
    r"\b(?:sin fecha(?: \w+)?|no (?:fixed |set )?date in mind|any (?:\w+day|\w+days)|not (?:really )?bothered|"
    r"happy with (?:any|whatever)\w*|(?:anything|everything|whatever) works|idm|your (?:call|choice)|you (?:choose|"
    r"decide)|when you next|no me corre (?:ninguna )?prisa|sin ninguna prisa|como (?:os|te|le) venga|tu (?:decides|"
    r"eliges)|cuando te va|flexi\w*|flexable|felxible|when ?ever|any ?time|any ?day|any (?:date|week|month|"
    r"weekend)|no (?:real |particular |big |great |massive )?(?:rush|hurry|urgency|preference|deadline|timeline|"
    r"time ?frame|dates?)|not? (?:in (?:a|any) )?(?:rush|hurry)|not (?:fussed|bothered|urgent|that urgent|"
    r"super urgent|too fussed|in a (?:rush|hurry))|(?:do not|don'?t|dont) (?:mind|care)|(?:does not|doesn'?t|"
    r"doesnt) matter|i'?m easy|im easy|easy|up to you|when you (?:can|have|are|'re)|whatever (?:works|suits|you|"
    r"is)|when(?: it)? suits|suits you|open|no specific|all good|take your time|depends on you|happy to wait|"
    r"can wait|when there'?s|flexib\w*|cuando (?:sea|puedas?|quieras?|tengas|te venga|podais|haya|os venga|os|te|"
    r"se pueda|pueda|mejor)|sin prisas?|no (?:hay|tengo|corre|llevo|es) (?:ninguna |mucha |nada de )?(?:prisas?|"
    r"urgencia|urgente|preferencia)|(?:me )?da igual|da lo mismo|es igual|indiferente|cualquier\w*|a tu (?:gusto|"
    r"aire|ritmo)|como (?:tu )?(?:veas|quieras|prefieras)|lo que (?:mejor|te|os)|no me importa|sin preferencia|"
    r"abiert[oa]|en (?:cualquier|algun) momento|disponible siempre|tranquil\w*|puedo esperar|nothing urgent|"
    r"nada urgente|no urge|no importa)\b"
)
_SOON = re.compile(
    r"\b(?:en cuanto (?:tengas|tengais|puedas|podais|haya|se pueda)|lo primero que (?:tengas|tengais|haya)|"
    r"next available|first available|as early as(?: possible)?|tmrw|tmw|tomoz|tomorow|(?:less than|under|within|"
    r"inside) a month|menos de un mes|urge|(?:el )?(?:finde|fin de semana) que viene|proximo (?:finde|"
    r"fin de semana)|prox\.? (?:semana|finde)|asap|a\.s\.a\.p|as soon as(?: possible)?|soon(?:ish|est)?|sooner|"
    r"right away|straight away|immediately|urgent(?:ly)?|now|today|tonight|tomorrow|this (?:week|weekend|month)|"
    r"next (?:week|weekend|few weeks|couple of weeks|couple weeks)|(?:few|couple of|couple|several) weeks?|"
    r"(?:a )?fortnight|within (?:a|the|this|1) month|(?:the )?end of (?:the|this) month|weeks|"
    r"(?:the )?coming weeks|quick(?:ly)?|before the end of the month|first option|earliest|the sooner|lo antes|"
    r"cuanto antes|pronto|ya|ahora|hoy|manana|est[ea] (?:semana|mes|finde|fin de semana)|la (?:semana que viene|"
    r"proxima semana)|proximas? semanas?|(?:la )?semana que viene|semana (?:proxima|que entra)|"
    r"unas? (?:pocas )?semanas?|un par de semanas|pocas semanas|finales de(?:l)? (?:este )?mes|fin de mes|"
    r"antes de (?:que acabe|fin de|final de) (?:el )?mes|urgente|inmediat\w*|en seguida|enseguida|rapid[oa]\w*|"
    r"semanas|quincena|en breve)\b"
)
_LATER = re.compile(
    r"\b(?:(?:un par de |unos )?mesecitos|prox\.? mes|next month|(?:a|one|another) month|month or (?:two|so)|"
    r"(?:few|couple of|couple|several) months?|months|coming months|(?:following|in the next) months?|next (?:few|"
    r"couple of|couple) months|proximos? mes(?:es)?|(?:el )?mes (?:que viene|proximo|siguiente|que entra)|un mes|"
    r"un par de meses|unos meses|mes o (?:dos|asi)|mes y medio|meses|month|mes)\b"
)
_WHEN = re.compile(r"\bcuando\b")  # 'cuando os venga bien', in as many ways as there are verbs
_FAR = re.compile(
    r"\b(?:next year|(?:a|one) year|(?:el )?ano (?:que viene|proximo)|proximo ano|un ano|someday|eventually|"
    r"algun dia)\b"
)
_SEASONS = (
    (
        re.compile(
            r"\b(?:christmas|xmas|navidad(?:es)?|las fiestas|the holidays|holiday season|festive season|boxing day|"
            r"nochebuena)\b"
        ),
        (12, 25),
    ),
    (
        re.compile(
            r"\b(?:(?:end of|before) (?:the )?(?:end of the )?year|year end|(?:fin|final|finales) de(?:l)? ano|"
            r"acabe el ano)\b"
        ),
        (12, 31),
    ),
    (re.compile(r"\b(?:new year'?s?(?: eve| day)?|nochevieja|ano nuevo|reyes)\b"), (1, 3)),
    (re.compile(r"\b(?:valentine'?s?|san valentin)\b"), (2, 14)),
    (re.compile(r"\b(?:easter|semana santa|pascua)\b"), (4, 10)),
    (re.compile(r"\b(?:halloween)\b"), (10, 31)),
    (re.compile(r"\b(?:spring|primavera)\b"), (4, 15)),
    (re.compile(r"\b(?:summer|verano)\b"), (7, 15)),
    (re.compile(r"\b(?:autumn|otono)\b"), (10, 15)),
    (re.compile(r"\b(?:winter|invierno)\b"), (1, 15)),
)
_OPTION = re.compile(
    r"^\W*(?:(?:option|number|no\.?|choice|answer|opcion|la|el|numero|the|#|i'?d say|i think|probably|maybe|say|"
    r"pick|go (?:for|with)|quiero|prefiero) ?)*([123])(?:\W*(?:please|pls|thanks|por favor|gracias|is (?:fine|good|"
    r"best)|for me|would be (?:good|great|best)|x+))*\W*$"
)
_ORDERED = (
    listed("one first 1st uno primera primero"),
    listed("two second 2nd dos segunda segundo"),
    listed("three third 3rd tres tercera tercero last ultima"),
)
_ORDER = {word: str(choice) for choice, words in enumerate(_ORDERED, 1) for word in words}
_IN_ORDER = re.compile(
    rf"^\W*(?:(?:the|option|la|el|opcion|number|numero) )*({'|'.join(_ORDER)})(?: (?:one|option|opcion|please|"
    rf"por favor))*\W*$"
)
_LEADING = re.compile(r"^\W*([123]) ?(?:[-.:,)(=/]|\s(?=[a-z(]))\W*(?P<rest>[a-z(].*)$")


_SPELLING = listed(
    "month months week weeks weekend flexible whenever anytime possible tomorrow christmas semana semanas meses "
    "proximo proxima cuando quieras puedas navidad verano"
) + tuple(name for name in _MONTH_OF if len(name) > 5)
_SAME = re.compile(r"\bq\b")
_LONG_WORD = re.compile(r"[a-z]{5,12}")


def _spelt(said: str) -> str:
    """The words above where they are a letter or two off ('next monht', 'felxible')."""

    def mended(match: re.Match[str]) -> str:
        word = match[0]
        if word in _SPELLING:
            return word
        near = process.extractOne(word, _SPELLING, scorer=OSA.distance, score_cutoff=1 if len(word) < 8 else 2)
        return near[0] if near and near[0][0] == word[0] else word

    return _LONG_WORD.sub(mended, said[:_SPELT_MAX])


_SPELT_MAX = 120


def parse(reply: Reply) -> Reading:
    said = folded(reply.text)[:_READ_MAX]
    if reply.choice in _CHOICES:
        return Understood(reply.text, _CHOICES[reply.choice])
    picked = _OPTION.match(said)
    if picked is not None:
        return Understood(reply.text, _CHOICES[picked[1]])
    ordinal = _IN_ORDER.match(said)
    if ordinal is not None:
        return Understood(reply.text, _CHOICES[_ORDER[ordinal[1]]])
    said = _SAME.sub("que", said)
    value = _read(said, reply) or _read(_spelt(said), reply)
    return Refused("no_time") if value is None else Understood(reply.text, value, sure=0.9)


_ANY = frozenset({"any", "anything", "whatever", "idc", "cuando", "todo"})


def tells(reply: Reply) -> bool:
    """Whether a text plainly tells a time, in words."""
    return _read(_SAME.sub("que", folded(reply.text)[:_READ_MAX]), reply) is not None


def _read(said: str, reply: Reply) -> str | None:
    language, plain = reply.setting.language, said
    if not any(c.isdigit() for c in said):
        for one in numerals.languages(language):
            said = numerals.in_digits(said, one, away=one != language)
    span = _span(said)
    if span is not None:
        return span
    if said.strip(" .!") in _ANY:
        return "flexible"
    when = _dated(said, reply.setting.today)
    if when is not None:
        return when
    rest, free = _FLEXIBLE.subn(" ", plain)
    if _SOON.search(rest) or (not free and any(word in _DAY_OF for word in re.findall(r"[a-z]+", said))):
        return "weeks"
    if free or (_WHEN.search(said) and "?" not in said):
        return "flexible"
    if _FAR.search(said):
        return "flexible"
    if _LATER.search(said):
        return "months"
    leading = _LEADING.match(said)
    return _CHOICES[leading[1]] if leading is not None else None


def _span(said: str) -> str | None:
    """'2-4 weeks', 'in 6 weeks', 'a month or two': how far off, by its later end."""
    found = list(_SPAN.finditer(said))
    if not found:
        return None
    match = found[-1]
    days = int(match[2] or match[1]) * _SPANS[match["unit"][0]]
    return _far_off(days, month=30.0)


def _far_off(days: float, *, month: float = _WEEKS_DAYS) -> str:
    if days <= month:
        return "weeks"
    return "months" if days <= _MONTHS_DAYS else "flexible"


def _dated(said: str, today: date | None) -> str | None:
    """A month, a date, a season or a day of the week: how far off it is. Without a day to count from a month is months."""
    part = _NEXT_MONTH.search(said)
    if part is not None and today is not None:
        return _until(today.month % 12 + 1, _PARTS[part[1]], today)
    found = None
    for match in _DATE.finditer(said):
        word = match["month"] in _ALSO_WORDS and not (match["day"] or match["after"]) and match[0] != said
        if not word or _BEFORE_MONTH.search(said[max(0, match.start() - 20) : match.start()]):
            found = match
    if found is not None:
        day = found["day"] or found["after"]
        part = _PART.search(said[max(0, found.start() - 16) : found.start()])
        return _until(_MONTH_OF[found["month"]] + 1, int(day) if day else _PARTS[part[1]] if part else None, today)
    numeric = _NUMERIC_DATE.search(said)
    if numeric is not None and 1 <= int(numeric[2]) <= 12 and 1 <= int(numeric[1]) <= 31:
        return _until(int(numeric[2]), int(numeric[1]), today)
    for pattern, (number, day_) in _SEASONS:
        season = pattern.search(said)
        if season is not None:
            return _until(number, day_, today, after=_AFTER.search(said[: season.start()]) is not None)
    return None


_PART = re.compile(r"\b(early|start|beginning|mid|middle|late|end|principios|inicios|mediados|finales|fin)\b")
_PARTS = {
    **dict.fromkeys(listed("early start beginning principios inicios"), 5),
    **dict.fromkeys(listed("mid middle mediados"), 15),
    **dict.fromkeys(listed("late end finales fin"), 27),
}
_NEXT_MONTH = re.compile(
    rf"\b({'|'.join(_PARTS)})(?: of| de| del| in)?(?: the)? (?:next month|(?:el )?(?:proximo mes|mes (?:que viene|"
    rf"proximo)))\b"
)
_AFTER = re.compile(r"\b(?:after|despues de|pasad[oa]s?|tras)\b[^.]{0,16}$")
_AFTER_DAYS = 10


def _until(month: int, day: int | None, today: date | None, *, after: bool = False) -> str:
    """How far off a date is; `after` it is some days later."""
    if today is None:
        return "months"
    if day is None:
        months = (month - today.month) % 12
        return "weeks" if months == 0 else "months" if months <= 3 else "flexible"
    year = today.year + (month < today.month or (month == today.month and day < today.day))
    then = date(year, month, 1) + timedelta(days=min(day, 31) - 1)
    return _far_off((then - today).days + after * _AFTER_DAYS)
