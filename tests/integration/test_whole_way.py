"""From the first message to the booked date, through every service and both servers."""

import pytest

from tests.e2e.stack import Client
from tests.integration.product import Product

pytestmark = pytest.mark.live


async def test_from_a_signed_webhook_to_booked_with_payment(product: Product, client: Client) -> None:
    lead = await client.paid()
    assert lead["deposit"]["paid_pence"] == 15_000
    status, answer = await client.act("book", slot="2027-03-02T13:00:00Z")
    assert status == 202, answer
    lead = await client.until("BOOKED", lambda lead: lead["status"] == "BOOKED")
    assert (lead["step"], len(lead["answers"])) == (12, 13)
    await product.check()
