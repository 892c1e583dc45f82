"""The sender's errors.

    TransientError (common)
    └── ChangedMeanwhile      what was read is not what is there any more: the whole batch is judged again

What the Graph API answers is no error but a value (domain/outcome.py).
"""

from inkgate_common.errors import TransientError


class ChangedMeanwhile(TransientError):
    """Another process changed a copy between our look and our write."""
