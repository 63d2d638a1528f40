"""Killing jobs of a real service: solvers that are deaf, have forked, and left their parents."""

import os
import pwd
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from client_tools.app import main
from spool_layout.request import Verb
from tests.real.real_spool import (
    journal_of,
    left_on,
    left_over,
    make_spool,
    members,
    open_at,
    outcomes,
    serving,
    submit_deck,
    wait_for,
)
from wamspool.asking import ask

# Deaf to every polite signal; so are a child of its own session, that child's child, and one that
# was given away to init before its parent ended.
DEAF = """\
trap '' TERM INT HUP
echo begun > begun.txt
setsid sh -c "trap '' TERM INT HUP; echo \\$\\$ > left.pid; sleep 600 & wait" &
( ( trap '' TERM INT HUP; sh -c 'echo $$ > given.pid; while :; do sleep 1; done' ) & )
while :; do sleep 1; done
"""
# Ends as soon as it is asked to, and leaves a deaf child that init has taken over.
OBEDIENT = """\
( ( trap '' TERM INT HUP; sh -c 'echo $$ > given.pid; while :; do sleep 1; done' ) & )
echo $$ > left.pid
echo begun > begun.txt
exec sleep 600
"""
# What is loaded later could not be read, where Python or the checkout is closed to others: so a
# command is run before.
AS_NOBODY = """\
import contextlib, io, os, pwd, sys
from client_tools.app import main
from client_tools.error_table import load_every_module
load_every_module()
with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
    main(["kill", "nothing-at-all", *sys.argv[-2:]])
nobody = pwd.getpwnam("nobody")
os.setgroups([])
os.setgid(nobody.pw_gid)
os.setuid(nobody.pw_uid)
os.umask(0)
sys.exit(main(sys.argv[1:]))
"""


@pytest.fixture
def root(tmp_path):
    return make_spool(tmp_path / "spool")


@pytest.fixture
def scratch(tmp_path):
    return tmp_path / "scratch"


def submit(root, tmp_path, text, **asked):
    deck = tmp_path / "mine.inp"
    deck.write_text(text)
    return submit_deck(open_at(root), deck, **asked).job


def running(scratch):
    """The run's folder, once the solver and what it has started are there."""

    def begun():
        for path in Path(scratch).glob("mine-*.g*/run"):
            if all((path / name).exists() for name in ("begun.txt", "left.pid", "given.pid")):
                return path
        return None

    return wait_for(begun, "the solver has started its children")


def cancel(root, job, *, verb=Verb.CANCEL):
    return ask(open_at(root), verb, job, by="jo", why="wrong mesh")


@pytest.mark.parametrize("text", [DEAF, OBEDIENT], ids=["deaf", "obedient"])
def test_nothing_is_left_of_a_tree_after_the_grace(root, scratch, tmp_path, text, capsys):
    job = submit(root, tmp_path, text)
    with serving(root, scratch):
        running(scratch)
        assert len(members(scratch)) >= 2
        code = main(["kill", job, "--why", "wrong mesh", "--spool", str(root)])
        assert code == 0, capsys.readouterr().err
        assert members(scratch) == []
    record = outcomes(root)[job]
    assert (record.outcome, record.reason, record.attempt) == ("cancelled", "cancelled", 1)
    assert "wrong mesh" in record.sentence and "begun.txt" in record.results
    assert left_over(root) == [] and left_on(scratch) == []
    assert list((root / "requests").iterdir()) == []


def test_a_service_that_is_killed_in_the_middle_goes_on_with_it(root, scratch, tmp_path):
    job = submit(root, tmp_path, DEAF)
    with serving(root, scratch) as first:
        path = running(scratch)
        cancel(root, job)
        note = path.parent / "control/stopped-for"
        wait_for(lambda: note.read_text().strip(), "the stop is noted")
        first.kill()
        assert members(scratch)
        with serving(root, scratch):
            wait_for(lambda: job in outcomes(root), "the next service has done it")
            wait_for(lambda: not list((root / "requests").iterdir()), "the request is answered")
            assert members(scratch) == []
    record = outcomes(root)[job]
    assert record.outcome == "cancelled" and "wrong mesh" in record.sentence
    assert [e["event"] for e in journal_of(root) if e["job"] == job].count("finish") == 1


def test_a_service_that_is_killed_before_it_has_looked_does_it_later(root, scratch, tmp_path):
    job = submit(root, tmp_path, OBEDIENT)
    with serving(root, scratch) as first:
        running(scratch)
        first.kill()
        cancel(root, job)
        assert members(scratch)
        with serving(root, scratch):
            wait_for(lambda: job in outcomes(root), "the next service has done it")
            assert members(scratch) == []
    assert outcomes(root)[job].outcome == "cancelled"


def test_the_job_of_a_node_that_is_gone_for_good_ends_cancelled(tmp_path, scratch):
    root = make_spool(tmp_path / "quick", heartbeat=0.5, lease=3)
    job = submit(root, tmp_path, OBEDIENT)
    with serving(root, scratch) as first:
        running(scratch)
        first.kill()
        cancel(root, job)
        with serving(root, tmp_path / "other", name="beta"):
            wait_for(lambda: job in outcomes(root), "another node has ended it")
    record = outcomes(root)[job]
    assert (record.outcome, record.node) == ("cancelled", "alpha")
    assert not list((root / "incoming").glob("*.yaml"))


def test_a_run_that_is_asked_again_is_stopped_and_repeated(root, scratch, tmp_path, capsys):
    job = submit(root, tmp_path, OBEDIENT, retries=0)
    with serving(root, scratch):
        running(scratch)
        assert main(["requeue", job, "--spool", str(root)]) == 0, capsys.readouterr().err
        wait_for(lambda: list((root / "running").glob("*.a2.*")), "it runs again")
        assert main(["kill", job, "--spool", str(root)]) == 0, capsys.readouterr().err
    assert outcomes(root)[job].attempt == 2


class TestAnotherUser:
    """A second account of this machine: its requests are refused, whatever they say.

    Folders of pytest's own are closed to others, and each session that begins closes the common
    one again: so the spool has a folder beside it.
    """

    @pytest.fixture
    def other(self):
        """Runs a command line of ``wam`` as another account; its exit code and its words."""
        if os.name != "posix" or os.geteuid() != 0:
            pytest.skip("needs root, to become somebody else")

        def run(root, *words):
            environment = os.environ | {"USER": "root", "LOGNAME": "root"}  # as it says of itself
            done = subprocess.run(
                [sys.executable, "-c", AS_NOBODY, *words, "--spool", str(root)],
                env=environment, capture_output=True, text=True, timeout=120, check=False,
            )  # fmt: skip
            return done.returncode, done.stdout + done.stderr

        return run

    @pytest.fixture
    def open_root(self):
        """A spool in which everybody may write: only what WAM itself forbids is left."""
        with tempfile.TemporaryDirectory(prefix="wam-test-") as folder:
            Path(folder).chmod(0o755)
            root = make_spool(Path(folder) / "spool")
            for path in (root, *root.rglob("*")):
                path.chmod(0o777 if path.is_dir() else 0o666)
            yield root

    def test_what_waits_is_left_alone_and_that_is_written_down(self, open_root, tmp_path, other):
        job = submit(open_root, tmp_path, OBEDIENT)
        for words in (["kill", job], ["hold", job], ["priority", job, "high"]):
            code, said = other(open_root, *words)
            assert code == 69 and "it belongs to root, and nobody is no operator" in said, said
        assert len(list((open_root / "incoming").glob("*.yaml"))) == 1
        refused = [e for e in journal_of(open_root) if e["event"] == "refused"]
        assert len(refused) == 3

    def test_the_service_refuses_a_forged_request(self, open_root, scratch, tmp_path, other):
        job = submit(open_root, tmp_path, OBEDIENT)
        with serving(open_root, scratch):
            running(scratch)
            code, said = other(open_root, "kill", job)
            assert code == 69, said
            code, said = other(open_root, "drain", "alpha")
            assert code == 69 and "operators in spool.yaml" in said, said
            name = cancel(open_root, job)  # as root; but the file is not root's
            nobody = pwd.getpwnam("nobody")
            os.chown(open_root / "requests" / name.file_name, nobody.pw_uid, nobody.pw_gid)
            refusal = open_root / "requests" / name.refusal
            wait_for(refusal.exists, "the node has refused it")
            assert "nobody" in refusal.read_text()
            assert members(scratch) and outcomes(open_root) == {}
            assert main(["kill", job, "--spool", str(open_root)]) == 0
        assert outcomes(open_root)[job].by == "root"
