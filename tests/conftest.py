"""What all tests share: the servers."""

pytest_plugins = ["tests.servers", "tests.e2e.stack", "tests.integration.told"]
