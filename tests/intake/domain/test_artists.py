"""Which numbers are the studio's own."""

import pytest

from inkgate_intake.domain.artists import digits, numbers_in


def test_every_artist_of_a_studio_file() -> None:
    file = 'name = "Ink"\n[[artist]]\nnumber = "447700900999"\nname = "Mo"\n[[artist]]\nnumber = "447700900998"\n'
    assert numbers_in(file) == {"447700900999", "447700900998"}


def test_a_studio_without_artists() -> None:
    assert numbers_in("") == frozenset()


@pytest.mark.parametrize(
    ("file", "wrong"),
    [
        ("=", "is not TOML"),
        ("artist = 3", "must be a list of tables"),
        ("artist = [3]", "must be a list of tables"),
        ('[[artist]]\nnumber = "+44 7700"', "'+44 7700' must be digits"),
        ('[[artist]]\nname = "Mo"', "'' must be digits"),
    ],
)
def test_a_bad_file_says_what_is_wrong(file: str, wrong: str) -> None:
    with pytest.raises(ValueError, match=wrong.replace("+", r"\+")):
        numbers_in(file)


def test_numbers_of_a_setting() -> None:
    assert digits(["1", "2", "1"]) == {"1", "2"}
