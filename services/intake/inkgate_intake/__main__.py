"""`inkgate-intake serve|migrate`."""

from inkgate_common import service
from inkgate_intake.app import MIGRATIONS, TOPICS_WRITTEN, build
from inkgate_intake.settings import IntakeSettings


def main() -> int:
    """Run the command; the exit code."""
    return service.main("intake", IntakeSettings, build, MIGRATIONS, TOPICS_WRITTEN)


if __name__ == "__main__":
    raise SystemExit(main())
