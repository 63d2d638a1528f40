"""``wam doctor`` as people run it: processes of its own, a real service, a real Samba server."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from spool_layout.states import Outcome
from tests.real.real_spool import DEADLINE_S, make_spool, open_at, outcomes, serving, submit_deck

pytestmark = pytest.mark.real


def command(program, *words):
    return [sys.executable, "-m", program, "doctor", *(str(word) for word in words)]


def doctor(*words, program="client_tools", **environment):
    """The exit code and what the program said."""
    run = subprocess.run(
        command(program, *words),
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=DEADLINE_S * 2,
        check=False,
    )
    return run.returncode, run.stdout, run.stderr


def found(out):
    told = json.loads(out)
    return told, {finding["check"]: finding for finding in told["findings"]}


def wait_for_beat(root, name):
    end_s = time.monotonic() + DEADLINE_S
    while not list((root / "nodes").glob(f"{name}.*.json")):
        assert time.monotonic() < end_s
        time.sleep(0.05)


def not_failed(findings):
    return [f["sentence"] for f in findings.values() if f["mark"] == "failed"] == []


def left(root):
    return sorted(p.name for p in [*root.rglob(".wam-*"), *(root / "requests").iterdir()])


@pytest.mark.parametrize("program", ["client_tools", "node_service"])
def test_on_a_samba_server(samba, program):
    root = make_spool(samba.new_folder(f"doctor-{program}"))
    address = samba.address(root.name)
    place = [address] if program == "client_tools" else ["--spool", address]
    words = [*place, "--json", "--rounds", "300"]
    code, out, err = doctor(*words, program=program, **samba.environment)
    assert code == 0, out + err
    told, findings = found(out)
    assert not_failed(findings), out
    assert told["location"] == address
    assert findings["door"]["figures"] | {"double": 0, "rounds": 300} == findings["door"]["figures"]
    assert findings["create"]["figures"]["double"] == 0
    assert findings["contended-move"]["figures"]["astray"] == 0
    assert findings["move"]["figures"] == {"written_over": False}
    assert findings["case"]["figures"] == {"blind": True}
    assert findings["locks"]["figures"] == {"held": True, "both": False, "freed": True}
    assert findings["writers"]["figures"]["while_written"] == "writing"
    assert findings["owner"]["figures"]["owner"]
    assert findings["space"]["figures"]["free_bytes"] > 0
    assert samba.password not in out + err
    assert len(list((root / "doctor").glob("*.yaml"))) == 1
    assert left(root) == []


def test_a_folder_of_a_samba_server_that_is_no_spool_yet(samba):
    root = samba.new_folder("doctor-folder")
    code, out, err = doctor(samba.address(root.name), "--rounds", "20", **samba.environment)
    assert code == 0, out + err
    assert list(root.iterdir()) == []


@pytest.mark.parametrize(
    ("client", "node"), [("disk", "disk"), ("smb", "smb"), ("smb", "disk"), ("disk", "smb")]
)
def test_two_machines_at_once_while_the_node_works(samba, tmp_path, client, node):
    """One process each; by the server's own disk, by SMB, and one by each."""
    root = make_spool(samba.new_folder(f"with-{client}-{node}"))
    way = {"disk": str(root), "smb": samba.address(root.name)}
    deck = tmp_path / "deck.inp"
    deck.write_text("sleep 1\n")
    with serving(way[node], tmp_path / "scratch", name="cougar", **samba.environment) as service:
        wait_for_beat(root, "cougar")
        jobs = [submit_deck(open_at(root), deck).job for _ in range(2)]
        words = [way[client], "--with", "cougar", "--json", "--rounds", "60"]
        code, out, err = doctor(*words, **samba.environment)
        assert code == 0, out + err + service.said()
        told, findings = found(out)
        end_s = time.monotonic() + DEADLINE_S
        while set(outcomes(root)) != set(jobs) and time.monotonic() < end_s:
            time.sleep(0.05)
        assert {r.outcome for r in outcomes(root).values()} == {Outcome.COMPLETED}
    assert told["partner"] == "cougar"
    assert not_failed(findings), out
    door = findings["door"]["figures"]
    assert (door["double"], door["nobody"], door["unclear"]) == (0, 0, 0)
    assert door["client_won"] + door["node_won"] == 60
    assert findings["create"]["figures"]["double"] == 0
    assert findings["listing"]["figures"]["never_seen"] == 0
    assert left(root) == []
    print(json.dumps({name: f["figures"] for name, f in findings.items()}))


def test_a_node_that_was_killed_is_said_to_be_silent(tmp_path):
    root = make_spool(tmp_path / "spool")
    with serving(root, tmp_path / "scratch", name="cougar") as service:
        wait_for_beat(root, "cougar")
        service.kill()
        code, out, err = doctor(root, "--with", "cougar")
    assert code == 36, out + err
    assert "it was last heard of" in err
    assert left(root) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_broken_off_it_leaves_nothing_or_what_the_next_removes(tmp_path, number):
    root = make_spool(tmp_path / "spool")
    process = subprocess.Popen(
        command("client_tools", root, "--rounds", "20000"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    end_s = time.monotonic() + DEADLINE_S
    while not list(root.glob("locks/.wam-doctor-*/door/5*")):
        assert time.monotonic() < end_s and process.poll() is None
        time.sleep(0.02)
    process.send_signal(number)
    _, err = process.communicate(timeout=DEADLINE_S)
    if number == signal.SIGINT:
        assert (process.returncode, err) == (130, b"")
        assert left(root) == []
        return
    (abandoned,) = root.glob("locks/.wam-doctor-*")
    an_hour_ago = abandoned.stat().st_mtime - 3600
    os.utime(abandoned, (an_hour_ago, an_hour_ago))
    code, out, err = doctor(root, "--rounds", "5")
    assert code == 0, out + err
    assert left(root) == []
