"""What all tests share: the servers, and how tests are spread over processes."""

pytest_plugins = ["tests.servers", "tests.spread", "tests.e2e.stack", "tests.integration.told"]
