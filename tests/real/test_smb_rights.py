"""A second Samba account: the server tells whose a file is, whatever the file says of itself."""

import os
import subprocess
from contextlib import closing

import pytest

from spool_layout.request import Verb
from tests.real.real_spool import (
    journal_of,
    make_spool,
    outcomes,
    serving,
    submit_deck,
    wait_for,
)
from tests.real.test_smb_commands import WAM
from wamspool.asking import ask
from wamspool.clock import SystemClock
from wamspool.open_share import open_share
from wamspool.spool import open_spool

pytestmark = pytest.mark.real
OTHER, PASSWORD = "nobody", "another-word-9"


@pytest.fixture
def others(samba):
    """The environment of a second account of the server."""
    if os.geteuid() != 0:
        pytest.skip("needs root: Samba becomes the account that comes in")
    command = ["pdbedit", "-s", str(samba.root / "smb.conf"), "-a", "-t", "-u", OTHER]
    said = f"{PASSWORD}\n{PASSWORD}\n".encode()
    subprocess.run(command, input=said, check=True, capture_output=True)
    return {"WAM_SMB_USER": OTHER, "WAM_SMB_PASSWORD": PASSWORD}


@pytest.fixture
def root(samba, tmp_path):
    """A spool in which everybody may write: only what WAM itself forbids is left."""
    made = make_spool(samba.disk / f"rights-{tmp_path.name}")
    for path in (made, *made.rglob("*")):
        path.chmod(0o777 if path.is_dir() else 0o666)
    for parent in made.parents:
        if parent.stat().st_mode & 0o777 == 0o700:
            parent.chmod(0o711)
    return made


@pytest.fixture
def wam(samba, root, tmp_path):
    """A command line run by an account of the server: its exit code and its words."""

    def run(account, *words):
        done = subprocess.run(
            [str(WAM), *words, "--spool", samba.address(root.name)],
            env={**os.environ, **account, "HOME": str(tmp_path), "USER": "root"},
            check=False, capture_output=True, text=True, timeout=120,
        )  # fmt: skip
        return done.returncode, done.stdout + done.stderr

    return run


def test_another_account_s_requests_are_refused_over_smb(samba, root, wam, others, tmp_path):
    address, mine, clock = samba.address(root.name), samba.environment, SystemClock()
    deck = tmp_path / "mine.inp"
    deck.write_text("sleep 600\n")
    with closing(open_share(address, clock, environment=mine)) as share:
        job = submit_deck(open_spool(share, clock), deck, hold=True).job
    for words in (["kill", job], ["release", job], ["priority", job, "high"]):
        code, said = wam(others, *words)
        assert code == 69 and "is no operator of this spool" in said, said
    assert len([e for e in journal_of(root) if e["event"] == "refused"]) == 3
    assert wam(mine, "release", job)[0] == 0
    with serving(address, tmp_path / "scratch", **mine):
        wait_for(lambda: list((root / "running").glob("*.yaml")), "it runs")
        with closing(open_share(address, clock, environment=others)) as share:
            name = ask(open_spool(share, clock), Verb.CANCEL, job, by="root", why="")
        refusal = root / "requests" / name.refusal
        wait_for(refusal.exists, "the node has refused it")
        assert "S-1-" in refusal.read_text() and outcomes(root) == {}
        code, said = wam(mine, "kill", job, "--why", "wrong mesh")
        assert code == 0, said
    record = outcomes(root)[job]
    assert "wrong mesh" in record.sentence and record.by.startswith("S-1-")
