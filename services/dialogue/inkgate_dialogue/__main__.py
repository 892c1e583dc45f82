"""`inkgate-dialogue serve|migrate`."""

from inkgate_common import service
from inkgate_dialogue.app import MIGRATIONS, TOPICS_WRITTEN, build
from inkgate_dialogue.settings import DialogueSettings


def main() -> int:
    return service.main("dialogue", DialogueSettings, build, MIGRATIONS, TOPICS_WRITTEN)


if __name__ == "__main__":
    raise SystemExit(main())
