"""What a user of `inkgate analytics` is told in one line.

AnalyticsError          a wrong option, a file that is not there
└── SinkUnavailable     the database does not answer, is in use, or refuses
"""

from inkgate_common.errors import InkgateError


class AnalyticsError(InkgateError):
    """Something that the caller can put right; its text says how."""


class SinkUnavailable(AnalyticsError):
    """Where the tables are kept cannot be reached now."""
