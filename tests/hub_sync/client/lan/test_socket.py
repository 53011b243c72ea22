"""The socket of the local network."""

import contextlib
import fcntl
import os

import pytest

from hub_sync.client.lan.socket import LanSocket


def test_a_datagram_arrives_with_its_senders_address_and_an_error_of_the_network_is_none() -> None:
    first, second = LanSocket("127.0.0.1", 0), LanSocket("127.0.0.1", 0)
    try:
        second.send(b"x", (first.address, first.port))
        first.wait(5)
        assert list(first.receive(5)) == [(b"x", ("127.0.0.1", second.port))]
        for nowhere in (("127.0.0.1", 1), ("256.1.1.1", 9), ("192.0.2.1", 70_000)):
            first.send(b"x", nowhere)
        assert all(datagram == b"" for datagram, _ in first.receive(5))
        first.send(b"x" * 70_000, (second.address, second.port))
    finally:
        first.close()
        second.close()


def test_a_process_with_many_open_files_still_hears_its_neighbours() -> None:
    """`select` takes no descriptor above 1023."""
    with contextlib.ExitStack() as opened:
        null = os.open(os.devnull, os.O_RDONLY)
        opened.callback(os.close, null)
        for number in range(1100):
            opened.callback(os.close, fcntl.fcntl(null, fcntl.F_DUPFD, number))
        first, second = LanSocket("127.0.0.1", 0), LanSocket("127.0.0.1", 0)
        opened.callback(first.close)
        opened.callback(second.close)
        second.send(b"x", (first.address, first.port))
        first.wait(5)
        assert list(first.receive(5)) == [(b"x", ("127.0.0.1", second.port))]


def test_a_port_that_is_taken_is_replaced_by_another() -> None:
    first = LanSocket("127.0.0.1", 0)
    second = LanSocket("127.0.0.1", first.port)
    try:
        assert second.port not in (0, first.port)
    finally:
        first.close()
        second.close()


def test_a_station_that_is_followed_has_a_queue_that_strangers_do_not_fill() -> None:
    here, peer, stranger = (LanSocket("127.0.0.1", 0) for _ in range(3))
    target = (here.address, here.port)
    try:
        here.follow({(peer.address, peer.port)})
        for _ in range(5_000):
            stranger.send(b"junk" * 50, target)
        peer.send(b"told", target)
        here.wait(5, for_strangers=False)
        assert list(here.receive_from_peers(9)) == [(b"told", ("127.0.0.1", peer.port))]
        assert len(list(here.receive(50))) == 50
        here.follow(())
        peer.send(b"again", target)
        assert list(here.receive_from_peers(9)) == []
    finally:
        for each in (here, peer, stranger):
            each.close()


def test_waking_ends_a_wait_also_before_it_began() -> None:
    each = LanSocket("127.0.0.1", 0)
    try:
        each.wake()
        each.wait(60, for_peers=False, for_strangers=False)
    finally:
        each.close()


def test_an_address_of_another_machine_is_an_error_and_leaves_nothing_open() -> None:
    with pytest.raises(OSError, match=r"assign|bind"):
        LanSocket("192.0.2.200", 0)
