"""A service that starts while its share is away."""

import threading

import pytest

from node_service import starting
from node_service.starting import once_it_answers
from wamspool.errors import Denied, Unreachable


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch):
    monkeypatch.setattr(starting, "FIRST_PAUSE_S", 0.0)


def failing(times, error=None):
    left = [error or Unreachable("spool.yaml", "no route to host")] * times

    def begin():
        if left:
            raise left.pop()
        return "begun"

    return begin


def test_a_share_that_answers_is_not_spoken_of():
    said = []
    assert once_it_answers(failing(0), ended=threading.Event(), say=said.append) == "begun"
    assert said == []


def test_it_waits_for_one_that_does_not_and_says_so_once():
    said = []
    assert once_it_answers(failing(5), ended=threading.Event(), say=said.append) == "begun"
    assert len(said) == 2 and "no route to host" in said[0] and "answers" in said[1]


def test_what_waiting_does_not_cure_is_an_error():
    with pytest.raises(Denied):
        once_it_answers(
            failing(1, Denied("spool.yaml", "no right")), ended=threading.Event(), say=print
        )


def test_who_is_told_to_end_waits_no_longer():
    ended = threading.Event()
    assert once_it_answers(failing(10**6), ended=ended, say=lambda _: ended.set()) is None


def test_a_real_service_waits_for_its_server_and_ends_when_told(tmp_path):
    import signal
    import socket

    from tests.real.real_spool import Service, wait_for

    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # bound, and never listening
        address = f"smb://127.0.0.1:{nobody.getsockname()[1]}/spool"
        service = Service(address, tmp_path / "scratch", WAM_SMB_USER="jo", WAM_SMB_PASSWORD="x")
        service.start()
        try:
            wait_for(lambda: "until it answers" in service.said(), "it says that it waits")
            assert service.lives
            service._process.send_signal(signal.SIGTERM)
            assert service.wait() == 0
        finally:
            service.stop()
