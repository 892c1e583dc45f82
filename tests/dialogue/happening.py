"""One thing that happens to a conversation, whatever it is."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID, uuid5

from tests.builders.conversations import Conversing

IDS = UUID("2f6d0a36-6d5b-5f0d-9a43-1f4f6a6d0e55")
FOREIGN = uuid5(IDS, "nobody's")


class Happening:
    """One thing that happens; its repr is what a failing example shows."""

    def __init__(self, name: str, happen: Callable[[Conversing], object], *details: object) -> None:
        self.name, self._happen, self.details = name, happen, details

    def __call__(self, world: Conversing) -> None:
        world.now += timedelta(milliseconds=700)
        self._happen(world)

    def __repr__(self) -> str:
        return f"{self.name}({', '.join(map(repr, self.details))})"
