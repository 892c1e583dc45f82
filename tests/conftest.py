"""What all tests share: the servers, and how tests are spread over processes."""

from hypothesis import HealthCheck, settings

pytest_plugins = ["tests.servers", "tests.spread", "tests.e2e.stack", "tests.integration.told"]

# As Hypothesis itself has it in CI: how long an example takes says how busy the machine is, and no more.
settings.register_profile("inkgate", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("inkgate")
