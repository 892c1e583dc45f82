"""The page behind a deposit link: what is paid, and three buttons. Opening it does nothing: link previews open it too."""

import html
from datetime import UTC, datetime
from typing import Any

_TEMPLATE = """<!doctype html>
<html lang="en-GB">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title} · Inkgate sandbox</title>
<link rel="icon" href="/static/icon.svg">
<link rel="stylesheet" href="/static/base.css">
<link rel="stylesheet" href="/static/pay.css">
</head>
<body>
<main class="pay">
<p class="pay-where">Inkgate sandbox · nobody's money moves here</p>
<div class="pay-card">
{body}
</div>
</main>
</body>
</html>
"""

_OPEN = """<form method="post" class="pay-acts">
<button class="button primary" name="do" value="pay">Pay {amount}</button>
<button class="button" name="do" value="fail">Pay, and let the payment fail</button>
<button class="button" name="do" value="expire">Let the link expire</button>
</form>
<p class="pay-note">No card is asked for. “Pay” tells the studio that {amount} arrived; the other two try what happens when
it does not.</p>"""


def pay_page(session: dict[str, Any] | None, name: str, now_s: float, said: str | None) -> str:
    """The page as HTML. `session` None: there is no such link."""
    if session is None:
        text = "<h1>No such link</h1><p>Nothing is to be paid here. The sandbox forgets everything when it stops.</p>"
        return _TEMPLATE.format(title="No such link", body=text)
    amount = money(session["amount_total"], session["currency"])
    studio = session["metadata"].get("studio") or session["metadata"].get("studio_name") or "The studio"
    parts = [
        f'<p class="pay-studio"><span class="pay-face" aria-hidden="true">{html.escape(studio[:1].upper())}</span>'
        f"{html.escape(studio)}</p>",
        f'<h1><span class="pay-what">{html.escape(name)}</span> <span class="pay-amount">{amount}</span></h1>',
    ]
    if said is not None:
        parts.append(
            '<p class="notice waiting" role="status">That was not possible any more: the link had moved on.</p>'
        )
    parts.append(_state(session, amount, now_s))
    return _TEMPLATE.format(title=f"Pay {amount}", body="\n".join(parts))


def _state(session: dict[str, Any], amount: str, now_s: float) -> str:
    if session["payment_status"] == "paid":
        return f'<p class="notice open" role="status">✓ Paid: {amount}. You can close this page; the chat goes on.</p>'
    if session["status"] == "expired":
        return '<p class="notice failed" role="status">✕ This link has expired. Ask for a new one in the chat.</p>'
    if session["status"] == "complete":
        return '<p class="notice failed" role="status">✕ The payment failed. Nothing was taken; ask for a new link.</p>'
    minutes = max(0, int((session["expires_at"] - now_s) // 60))
    left = f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{minutes} min"
    until = datetime.fromtimestamp(session["expires_at"], UTC).strftime("%H:%M UTC")
    return f'<p class="pay-until">Open for another {left}, until {until}.</p>\n' + _OPEN.format(amount=amount)


def money(amount: int, currency: str) -> str:
    """An amount in the smallest unit as people write it: £150, £150.50, 12.00 eur."""
    whole, rest = divmod(amount, 100)
    figure = f"{whole:,}" if rest == 0 else f"{whole:,}.{rest:02d}"
    return f"£{figure}" if currency == "gbp" else f"{whole:,}.{rest:02d} {html.escape(currency.upper())}"
