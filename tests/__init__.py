"""The tests. `tests/servers.py` starts what they run against."""
