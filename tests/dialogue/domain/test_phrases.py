"""Phrases of the studio file in what a client writes."""

import pytest

from inkgate_dialogue.domain.phrases import Phrases, problem, sentences


def found(phrase: str, text: str) -> bool:
    return bool(Phrases({"it": [phrase]}).found(text))


@pytest.mark.parametrize(
    ("phrase", "text"),
    [
        ("talk to", "Can I TALK to you"),
        ("talk|speak to", "speak to me"),
        ("talk to a? human", "talk to human"),
        ("talk to a? human", "talk to a human"),
        ("do it for #", "do it for 300"),
        ("do it for #", "do it for £1.2k please"),
        ("do it for #", "do it for 1,200"),
        ("knock * off", "knock fifty off"),
        ("can i !have|get", "can i come"),
        ("que dia", "¿Qué día?"),
        ("can't afford", "I can’t afford"),
        ("i'm 10-17", "I'm 17"),
        ("i'm 10-17", "I'm 10 years old"),
        ("i'm only? 10-17 tho", "i'm 16 tho"),
    ],
)
def test_it_is_found(phrase: str, text: str) -> None:
    assert found(phrase, text)


@pytest.mark.parametrize(
    ("phrase", "text"),
    [
        ("talk to", "talking to"),
        ("talk to", "talk. To"),
        ("do it for #", "do it for 10"),
        ("do it for #", "do it for 100 cm"),
        ("do it for #", "do it for 80x90"),
        ("do it for #", "do it for 1.2.3"),
        ("do it for #", "do it for"),
        ("can i !have|get", "can i have"),
        ("can i !have|get", "can i"),
        ("knock * off", "knock off"),
        ("i'm 10-17", "I'm 18"),
        ("i'm 10-17", "I'm 9"),
        ("i'm 10-17", "I'm 15 minutes away"),
        ("i'm 10-17", "I'm 16.5"),
        ("i'm 10-17", "I'm"),
    ],
)
def test_it_is_not_found(phrase: str, text: str) -> None:
    assert not found(phrase, text)


def test_a_message_is_read_by_its_sentences() -> None:
    read = sentences("Hi! It's 10.5 cm\nare you free?")
    assert [(one.words, one.marked) for one in read] == [
        (("hi",), False), (("it's", "10,5", "cm"), False), (("are", "you", "free"), True),
    ]  # fmt: skip


def test_where_it_stands_is_told() -> None:
    [one] = Phrases({"asks": ["free on"]}).found("are you free on friday")
    assert (one.category, one.at, one.end) == ("asks", 2, 4)


@pytest.mark.parametrize(
    "phrase", ["Talk to", "qué día", "talk, to", "", "# pounds", "a? discount", "!a b", "* off", "10-17 a", "i'm 17-10"]
)
def test_what_cannot_be_found_is_a_problem(phrase: str) -> None:
    assert problem(phrase) is not None


@pytest.mark.parametrize(
    "phrase", ["talk|speak to", "do it for #", "knock * off", "a b? c", "i'm ready", "a *? b", "i'm 10-17?"]
)
def test_a_phrase_that_can_be_found_is_none(phrase: str) -> None:
    assert problem(phrase) is None


def test_the_longest_message_of_nothing_but_beginnings_is_read_to_its_end() -> None:
    many = Phrases({"it": ["can can? can? can? can? i"]}).found("can " * 1_000)
    assert many == []
