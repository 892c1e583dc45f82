"""Another artist in the studio file is known without a restart; a bad file changes nothing."""

from pathlib import Path

from inkgate_common.errors import SettingsError
from inkgate_intake.roster import Roster


async def test_the_numbers_are_read_again_and_a_bad_file_leaves_them(tmp_path: Path) -> None:
    used: list[frozenset[str]] = []
    answers: list[frozenset[str] | SettingsError] = [
        frozenset({"1"}), SettingsError("bad"), SettingsError("bad"), frozenset({"1", "2"}),
    ]  # fmt: skip

    def read() -> frozenset[str]:
        found = answers.pop(0)
        if isinstance(found, SettingsError):
            raise found
        return found

    roster = Roster(read, used.append)
    for _ in range(4):
        await roster.look()
    assert used == [{"1"}, {"1", "2"}]
