"""What people write when they choose a slot, by language: the words and patterns that `choice.py` reads with. They have no
accents and are in lower case, as the text is that they are looked for in."""

import msgspec

from inkgate_dialogue.domain.questions.reading import listed


class Tongue(msgspec.Struct, frozen=True, kw_only=True):
    """One language. Patterns are looked for one after another, and what one has taken the next does not see."""

    numbers: dict[str, int]
    ordinals: dict[str, int]
    pronouns: frozenset[str]
    option: str
    half: str
    quarter_past: str
    quarter_to: str
    noon: str
    oclock: str
    am: str
    pm: str
    first: str
    last: str
    later: str
    earlier: str
    after: str
    before: str
    morning: str
    afternoon: str
    evening: str
    tomorrow: str
    today: str
    none: str
    not_: str
    but: str
    yes: frozenset[str]
    filler: frozenset[str]
    misspelt: dict[str, int]


def _counted(text: str, first: int) -> dict[str, int]:
    return {word: number for number, word in enumerate(listed(text), first)}


ENGLISH = Tongue(
    numbers=_counted("one two three four five six seven eight nine ten eleven twelve", 1),
    ordinals=_counted("second third fourth fifth sixth seventh eighth ninth tenth", 2),
    pronouns=frozenset({"one"}),
    option=r"(?:option|number|numbers|nr|no\.?|choice|slot|opt|#)",
    half=r"half (?:past )?(\d{1,2})\b",
    quarter_past=r"quarter (?:past|after) (\d{1,2})\b",
    quarter_to=r"quarter (?:to|before) (\d{1,2})\b",
    noon=r"\b(?:noon|midday|12 noon)\b",
    oclock=r"(?:\b(?:at|@|by|from)\s*(\d{1,2})\b|\b(\d{1,2})\s*o'? ?clock\b)",
    am=r"a\.?m\b\.?",
    pm=r"p\.?m\b\.?",
    first=r"\b(?:first|1st|earliest|soonest)\b",
    last=r"\b(?:last|latest|final)\b",
    later=r"\b(?:later|second of (?:the )?two)\b",
    earlier=r"\b(?:earlier|sooner)\b",
    after=r"\b(?:after|later than|past)\s*(\d{1,2})(?::?(\d{2}))?\s*(am|pm)?\b",
    before=r"\b(?:before|earlier than)\s*(\d{1,2})(?::?(\d{2}))?\s*(am|pm)?\b",
    morning=r"\bmornings?\b",
    afternoon=r"\bafter ?noons?\b",
    evening=r"\b(?:evenings?|tonight)\b",
    tomorrow=r"\b(?:tomorrow|tmrw|tmr|tomorow)\b",
    today=r"\btoday\b",
    none=r"\b(?:none|neither|nothing (?:works?|suits?|fits?|here|there|that|of)|no (?:slot|time|date|day)s?)\b"
    r"|\b(?:other|different|another|more) (?:slot|time|date|day|option|week)s?\b"
    r"|\b(?:not|n't|cannot|can't|cant|don't|dont|can not) (?:do |make |manage |come |like )?(?:any|either)\b"
    r"|\b(?:something|anything) (?:else|later|earlier)\b",
    not_=r"\b(?:not|cannot|cant|can't|wont|won't|don't|dont|doesn't|doesnt|isn't|isnt|except|unless|never|couldn't)\b",
    but=r"\b(?:but|so|instead|rather)\b",
    yes=frozenset({"yes", "yeah", "yep", "ok", "okay", "sure", "perfect", "great"}),
    filler=frozenset(
        listed("""
        a about actually again ah all alright am amazing an and any are at awesome be best better book both
        brilliant but by can cheers choose chose cool could count day deal definitely do dont down easiest er
        fab fine for from get give go going gonna good grab great ha haha happy have hello hey hi hiya hm hmm i
        i'd i'll i'm id ideal ideally ill im instead is it it's itll its just let let's lets like lol looks
        love lovely make mate maybe me mine my number oh ok okay on one ones option or p perfect pick please
        pls plus plz pref prefer probably put rather really reserve s see sir slot so sounds suit suits sure
        ta take thank thanks thankyou thanx that that's thats the then there think this thx time to u uh um us
        very want we we'll well will with wonderful work works would x xx xxx yay yeah yep yes you your
        """)
    ),
    misspelt={"tues": 1, "weds": 2, "thur": 3, "thurs": 3, "wensday": 2, "wednsday": 2, "tuseday": 1, "satday": 5},
)
SPANISH = Tongue(
    numbers=_counted("uno dos tres cuatro cinco seis siete ocho nueve diez once doce", 1) | {"una": 1},
    ordinals=_counted("segunda tercera cuarta quinta sexta septima octava novena decima", 2)
    | _counted("segundo tercero cuarto quinto sexto septimo octavo noveno decimo", 2)
    | {"tercer": 3},
    pronouns=frozenset({"una", "uno"}),
    option=r"(?:opcion|numero|num\.?|opc|hueco|cita|turno|#)",
    half=r"\b(\d{1,2}) y media\b",
    quarter_past=r"\b(\d{1,2}) y cuarto\b",
    quarter_to=r"\b(\d{1,2}) menos cuarto\b",
    noon=r"\b(?:mediodia|medio dia)\b",
    oclock=r"\b(?:a las?|a eso de las?|sobre las?|desde las?|para las|de las)\s*(\d{1,2})\b()",
    am=r"(?:a\.?m\b\.?|de la manana)",
    pm=r"(?:p\.?m\b\.?|de la tarde|de la noche)",
    first=r"\b(?:primer[ao]?|1a|(?:la|el|lo) mas (?:pronto|tempran[ao])|antes posible|cuanto antes)\b",
    last=r"\b(?:ultim[ao]|(?:la|el|lo) mas (?:tarde|tardi[ao]))\b",
    later=r"\b(?:mas tarde|mas tardi[ao]|posterior|despues)\b",
    earlier=r"\b(?:mas tempran[ao]|anterior|mas pronto)\b",
    after=r"\b(?:despues de|a partir de|mas tarde de)(?: las?)?\s*(\d{1,2})(?::(\d{2}))?\s*(am|pm)?\b",
    before=r"\b(?:antes de)(?: las?)?\s*(\d{1,2})(?::(\d{2}))?\s*(am|pm)?\b",
    morning=r"\b(?:por|en|de|a) la manana\b|\bmanana por la manana\b|\bmananas\b",
    afternoon=r"\b(?:por|en|de|a) la tardes?\b|\btardes?\b",
    evening=r"\b(?:por|en|de) la noche\b",
    tomorrow=r"\bmanana\b",
    today=r"\bhoy\b",
    none=r"\b(?:ningun[oa]?s?|nada (?:me|nos|de)|ni un[oa])\b"
    r"|\b(?:otr[oa]s?|mas) (?:dias?|fechas?|horas?|horarios?|opcion(?:es)?|huecos?|citas?|semana)\b"
    r"|\bno (?:me|nos) (?:va|viene|vale|sirve)[n]? (?:bien )?(?:ningun[oa]?|est[oa]s)\b",
    not_=r"\b(?:no|menos|excepto|salvo|tampoco|nunca|imposible)\b",
    but=r"\b(?:pero|asi que|mejor|sino|en cambio)\b",
    yes=frozenset({"si", "vale", "ok", "perfecto", "genial", "claro"}),
    filler=frozenset(
        listed("""
        a al alli amor apunta apuntame asi bien buenas bueno buenos cita claro cogemos coger cojo como con
        creo dale de deja dejame del dia dias el elijo ella en encanta encantada encantado entonces es esa
        escojo ese eso esta estaria este esto estupendo favor fenomenal fenomeno genial gracias guay gustaria
        hola hora hueco ideal igual jaja la las le lo los manana mas me mejor mi mil muchas mucho nos numero o
        ok okay opcion pa para parece perfecto pf pfa plis podria pongo ponme por porfa porfavor prefiero
        puede puedes puedo pues que queda quedamos quedo quiero reserva reservame seria si sobre super tarde
        te todo tomo u un una uno va vale ven vendria venga viene voy y ya yo
        """)
    ),
    misspelt={"miercole": 2, "mierc": 2, "savado": 5, "juevez": 3},
)
TONGUES = {"en": ENGLISH, "es": SPANISH}
