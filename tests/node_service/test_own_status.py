"""What a node says of itself on its own disk."""

import json
import re
import threading

import filelock
import pytest

from node_service.app import main
from node_service.heartbeat import Heartbeat
from node_service.own_status import NeverRan, is_running, own_status
from node_service.scratch import LOCK
from wamspool.errors import Unreachable

AWAY = Unreachable("nodes", "the server does not answer")


def shown(site, capsys, *more):
    code = main(["status", "--name", "alpha", "--scratch", str(site.node.scratch.root), *more])
    return code, capsys.readouterr().out


def test_a_folder_without_a_service_is_an_error_with_a_cure(tmp_path, capsys):
    with pytest.raises(NeverRan):
        own_status(tmp_path)
    assert main(["status", "--name", "alpha", "--scratch", str(tmp_path)]) == NeverRan.exit_code
    assert "--scratch" in capsys.readouterr().err


def test_it_is_there_while_the_share_is_away(site, solving, capsys):
    loop = site.loop()
    site.share.fail("list", AWAY, times=100)
    site.share.fail("create", AWAY, times=100)
    site.turn(loop, 5)
    with filelock.FileLock(site.node.scratch.root / LOCK):
        code, text = shown(site, capsys)
    assert code == 0
    assert solving.job in text and "solving" in text and str(site.root) in text
    assert re.search(r"does not answer \(since 2026-\d\d-\d\d \d\d:\d\d:\d\d\)", text)


def test_when_the_share_is_back_the_problem_is_gone(site, capsys):
    loop = site.loop()
    site.share.fail("create", AWAY, about="nodes", times=100)
    site.turn(loop, 12)
    assert "does not answer" in shown(site, capsys)[1]
    site.share.heal()
    site.turn(loop, 12)
    assert "does not answer" not in shown(site, capsys)[1]


def test_a_service_that_does_not_run_is_said_not_to(site, solving, capsys):
    heartbeat = Heartbeat(site.node)
    heartbeat.beat("up", site.node.whole(), [solving], ())
    code, text = shown(site, capsys)
    assert code == 1 and "not running" in text and "takes them up" in text
    assert not is_running(site.node.scratch.root)


def test_json_is_the_status_file(site, capsys):
    Heartbeat(site.node).beat("up", site.node.whole(), [], ())
    _, text = shown(site, capsys, "--json")
    document = json.loads(text)
    assert document["node"] == "alpha" and document["spool"] == str(site.root)


def test_a_call_that_hangs_is_told_by_another_thread(site, capsys):
    loop = site.loop()
    site.turn(loop)
    other = threading.Thread(target=loop._hang, args=(25.0,))
    other.start()
    other.join()
    assert "a call to the share hangs" in shown(site, capsys)[1]


def test_a_full_scratch_ends_no_service(site, monkeypatch):
    def full(self, text):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.write_bytes", full)
    site.node.scratch.note_status(b"{}")
    assert site.node.scratch.last_status() is None
