"""`inkgate-sender serve|migrate`."""

from inkgate_common import service
from inkgate_sender.app import MIGRATIONS, TOPICS_WRITTEN, build
from inkgate_sender.settings import SenderSettings


def main() -> int:
    """Run the command; the exit code."""
    return service.main("sender", SenderSettings, build, MIGRATIONS, TOPICS_WRITTEN)


if __name__ == "__main__":
    raise SystemExit(main())
