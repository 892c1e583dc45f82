"""The product's image as it runs in production: as nobody in particular, on a root file system that it cannot write to."""

import asyncio

import pytest

from tests.integration.product import Product

pytestmark = [pytest.mark.live, pytest.mark.containers]

LOOK = """
import os
print(open("/proc/self/status").read())
print("user", os.getuid())
print("read-only", bool(os.statvfs("/").f_flag & os.ST_RDONLY))
"""


async def test_what_all_tests_here_ran_in_has_no_root_no_capabilities_and_nothing_to_write_to(product: Product) -> None:
    from tests.integration.containers import ContainerFooting

    footing = product.footing
    assert isinstance(footing, ContainerFooting)
    look = footing.of_the_image("look", ["python3", "-c", LOOK], product.environment("intake"))
    look.start()
    assert await asyncio.to_thread(look.wait) == 0, look.log()
    seen = look.log()
    assert "CapEff:\t0000000000000000" in seen and "CapBnd:\t0000000000000000" in seen
    assert "NoNewPrivs:\t1" in seen
    assert "user 0\n" not in seen and "user " in seen
    assert "read-only True" in seen
