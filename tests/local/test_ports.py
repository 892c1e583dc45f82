"""Ports for servers that come and go."""

import socket

from inkgate.local.ports import HOST, OURS, free_port


def test_each_call_gives_another_port() -> None:
    assert len({free_port() for _ in range(50)}) == 50


def test_a_port_that_somebody_listens_on_or_that_is_to_be_avoided_is_not_given() -> None:
    with socket.create_server((HOST, free_port())) as server:
        taken = server.getsockname()[1]
        kept = free_port()
        assert free_port(frozenset(OURS) - {taken, kept}) == kept


def test_none_is_given_that_the_system_gives_to_whoever_asks_for_any() -> None:
    with socket.create_server((HOST, 0)) as server:
        assert server.getsockname()[1] not in OURS
