"""``wam-node run --as-service``: the loop between the service manager and a real spool."""

import threading

from node_service import as_service
from node_service.app import main
from node_service.as_service import run_as_service
from node_service.config_file import NothingConfigured
from tests.real.real_spool import make_spool


def test_nobody_else_may_say_it(capsys, tmp_path):
    assert main(["run", "--spool", str(tmp_path), "--as-service", "wam-b"]) == 88
    assert "no service manager" in capsys.readouterr().err


def test_what_goes_wrong_stands_in_the_event_log(monkeypatch):
    said, codes = [], []

    def host(name, run, *, stop, incurable):
        codes.append((name, run(said.append), incurable))
        return True

    def refuse(told, say):
        raise NothingConfigured("nobody has said which spool")

    monkeypatch.setattr(as_service, "host", host)
    assert run_as_service("wam-b", refuse) == 0
    assert said[0].startswith("nobody has said which spool\n  -> ")
    (name, code, incurable) = codes[0]
    assert (name, code) == ("wam-b", 81) and code in incurable and 43 not in incurable

    def fail(told, say):
        raise OSError(28, "No space left on device", "/scratch")

    run_as_service("wam-b", fail)
    assert said[1] == "/scratch: No space left on device" and codes[1][1] == 3


def test_the_loop_runs_and_stops_cleanly(monkeypatch, tmp_path):
    codes = []

    def host(name, run, *, stop, incurable):
        # In a thread of its own, as pywin32 does: signals could not be listened to there.
        service = threading.Thread(target=lambda: codes.append(run(lambda _: None)))
        service.start()
        pause = threading.Event()
        while service.is_alive() and not (log.exists() and '"begin"' in log.read_text()):
            pause.wait(0.02)
        stop()
        service.join(60)
        return not service.is_alive()

    monkeypatch.setattr(as_service, "host", host)
    spool, log = tmp_path / "spool", tmp_path / "scratch" / "log" / "cougar.jsonl"
    make_spool(spool)
    given = ["run", "--spool", str(spool), "--scratch", str(tmp_path / "scratch")]
    assert main([*given, "--name", "cougar", "--as-service", "wam-b"]) == 0
    assert codes == [0]
    assert '"end"' in log.read_text()
