"""Hints of changes: told soon, refused without harm."""

import threading

from wamspool.shares import watching
from wamspool.shares.watching import watch_folders


def test_a_claim_behind_it_does_not_delay_an_arrival(tmp_path):
    """The kernel tells of a departure, too, and the library waits for its other half."""
    (tmp_path / "incoming").mkdir()
    (tmp_path / "claimed").mkdir()
    (tmp_path / "incoming/old").write_bytes(b"x")
    arrived = threading.Event()
    watch = watch_folders(str(tmp_path), ("incoming",), lambda folder: arrived.set())
    assert watch
    try:
        (tmp_path / "incoming/old").rename(tmp_path / "claimed/old")
        (tmp_path / "incoming/new").write_bytes(b"x")
        assert arrived.wait(10)
    finally:
        watch.stop()


def test_a_system_that_has_no_more_events_is_no_error(tmp_path, monkeypatch):
    def refuse():
        raise OSError(28, "inotify watch limit reached")

    monkeypatch.setattr(watching, "_observer", refuse)
    assert watch_folders(str(tmp_path), (".",), lambda folder: None) is None
