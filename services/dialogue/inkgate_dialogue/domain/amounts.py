"""Amounts as they are written for people."""


def pounds(pence: int) -> str:
    """£150, or £150.50."""
    return f"£{pence // 100:,}" if pence % 100 == 0 else f"£{pence / 100:,.2f}"
