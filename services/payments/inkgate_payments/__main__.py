"""`inkgate-payments serve|migrate`."""

from inkgate_common import service
from inkgate_payments.app import MIGRATIONS, TOPICS_WRITTEN, build
from inkgate_payments.settings import PaymentsSettings


def main() -> int:
    """Run the command; the exit code."""
    return service.main("payments", PaymentsSettings, build, MIGRATIONS, TOPICS_WRITTEN)


if __name__ == "__main__":
    raise SystemExit(main())
