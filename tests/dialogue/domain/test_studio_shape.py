"""The shape of a studio file: every missing key, unknown key and wrong type, at once."""

import tomllib
from datetime import date
from typing import Any, Literal

import msgspec
import pytest

from inkgate_dialogue import studio_file
from inkgate_dialogue.domain.studio import File
from inkgate_dialogue.domain.studio_shape import shape

RAW = (studio_file.HERE / "default.toml").read_text()


class Inner(msgspec.Struct):
    number: int
    share: float = 0.5
    on: bool = False


class Outer(msgspec.Struct):
    name: str
    inner: Inner
    many: list[Inner] = []
    by_name: dict[str, Inner] = {}
    mode: Literal["fast", "slow"] = "fast"
    maybe: int | None = None
    perhaps: Inner | None = None
    day: date = date(2030, 1, 1)
    pair: tuple[float, ...] = ()


RIGHT: dict[str, Any] = {"name": "a", "inner": {"number": 1}}


def found(**changes: Any) -> dict[str, str]:
    return {one.where: one.says for one in shape({**RIGHT, **changes}, Outer)}


@pytest.mark.parametrize(
    ("changes", "where", "says"),
    [
        ({"name": 5}, "name", "must be text in quotes, not 5"),
        ({"name": True}, "name", "must be text in quotes, not true"),
        ({"inner": []}, "inner", "must be a table, not a list"),
        ({"inner": {}}, "inner.number", "is missing: write a whole number"),
        ({"inner": {"number": "one"}}, "inner.number", "must be a whole number, not 'one'"),
        ({"inner": {"number": 1.5}}, "inner.number", "must be a whole number, not 1.5"),
        ({"inner": {"number": 1, "share": "half"}}, "inner.share", "must be a number, not 'half'"),
        ({"inner": {"number": 1, "on": "yes"}}, "inner.on", "must be true or false, not 'yes'"),
        ({"inner": {"number": 1, "shar": 1}}, "inner.shar", "is unknown; did you mean 'share'?"),
        ({"many": {"number": 1}}, "many", "must be a list, not a table"),
        ({"many": [{"number": 1}, {}]}, "many[2].number", "is missing: write a whole number"),
        ({"by_name": [1]}, "by_name", "must be a table, not a list"),
        ({"by_name": {"x": {"number": None}}}, "by_name.x.number", "must be a whole number, not None"),
        ({"mode": "medium"}, "mode", "must be fast or slow, not 'medium'"),
        ({"maybe": "x"}, "maybe", "must be a whole number, not 'x'"),
        ({"zzzzzz": 1}, "zzzzzz", "is unknown; known are by_name, day, inner, many, maybe, mode, name, pair, perhaps"),
        ({"perhaps": {"numbr": 1, "number": 1}}, "perhaps.numbr", "is unknown; did you mean 'number'?"),
        ({"day": "soon"}, "day", "must be a day like 2030-03-04, without quotes, not 'soon'"),
        ({"pair": [1, "two"]}, "pair[2]", "must be a number, not 'two'"),
    ],
)
def test_what_is_wrong_is_named(changes: dict[str, Any], where: str, says: str) -> None:
    assert found(**changes) == {where: says}


def test_what_is_right_is_left_alone() -> None:
    assert found(inner={"number": 1, "share": 2, "on": True}, many=[{"number": 2}], mode="slow", maybe=3) == {}
    assert list(shape(tomllib.loads(RAW), File)) == []


def test_a_long_value_is_cut() -> None:
    assert len(found(inner="x" * 500)["inner"]) < 80
