"""Exponential back-off with jitter, as a function of values: chance comes in as an argument."""


def delay_s(attempt: int, chance: float, *, base_s: float = 0.5, cap_s: float = 60.0) -> float:
    """Seconds to wait before try `attempt` + 1 (the first is 1). `chance` in [0, 1) spreads over the upper half."""
    ceiling = min(cap_s, base_s * 2.0 ** min(attempt - 1, 30))
    return ceiling * (0.5 + chance / 2)
