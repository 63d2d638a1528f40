"""A spool at an address, from making it to a job that is done, by the programs themselves."""

import json
import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from wamspool.clock import SystemClock
from wamspool.errors import NotASpool
from wamspool.open_share import make_share, open_share, shares_from
from wamspool.piecewise import BLOCK_BYTES, LARGE_BYTES

pytestmark = pytest.mark.real
WAM = Path(sys.executable).with_name("wam")
EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


@pytest.fixture
def run(samba, tmp_path):
    environment = {**os.environ, **samba.environment, "HOME": str(tmp_path)}

    def run(*arguments, code=0, **changes):
        done = subprocess.run(
            [str(WAM), *map(str, arguments)],
            check=False,
            env=environment | changes,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done

    return run


def test_a_spool_is_made_and_used_at_an_address(samba, run, tmp_path):
    spool = samba.address("a/new folder/spool").replace(" ", "%20")
    made = json.loads(run("init", spool, "--json").stdout)
    assert made["made"] and made["spool"] == samba.address("a/new folder/spool")
    assert (samba.disk / "a/new folder/spool/spool.yaml").is_file()
    assert not json.loads(run("init", spool, "--json").stdout)["made"]
    assert "lies inside a spool" in run("init", f"{spool}/incoming/x", code=18).stderr

    run("ticket", EXAMPLES / "bracket.inp", "--spool", spool)
    assert "bracket" in run("queue", "--spool", spool).stdout


def test_a_wrong_password_is_told_as_that(samba, run):
    told = run("status", "--spool", samba.address(), code=14, WAM_SMB_PASSWORD="no-good-one")
    assert "WAM_SMB_PASSWORD" in told.stderr and "Traceback" not in told.stderr
    assert "no-good-one" not in told.stdout + told.stderr


def test_what_is_no_spool_is_told_as_that(samba, run):
    samba.new_folder("plain")
    told = run("status", "--spool", samba.address("plain"), code=17)
    assert samba.address("plain") in told.stderr


def test_folders_are_made_with_those_above_them(samba):
    clock, environment = SystemClock(), samba.environment
    share = make_share(samba.address("x/y/z"), clock, environment=environment)
    assert share.list("") == []
    share.close()
    make_share(samba.address("x/y/z"), clock, environment=environment).close()
    above = shares_from(samba.address("x/y/z/absent"), clock, environment=environment)
    assert [place for place, _ in above] == [
        samba.address(folder) for folder in ("x/y/z", "x/y", "x", "")
    ]
    with pytest.raises(NotASpool):
        open_share("smb://jo:secret@nas/x", clock, environment=environment)


def test_no_connection_is_left_behind(samba, run):
    """Each command closes its own by ending."""
    run("init", samba.address("left"))
    before = len(samba.processes())
    for _ in range(3):
        run("status", "--spool", samba.address("left"))
    psutil.wait_procs(samba.processes()[before:], timeout=10)
    assert len(samba.processes()) <= before


def test_large_results_come_and_go_over_the_address(samba, run, tmp_path):
    """Staged out block by block, copied block by block, and removed."""
    spool, size_bytes = samba.address("large"), LARGE_BYTES + BLOCK_BYTES // 2
    run("init", spool)
    deck = tmp_path / "big.inp"
    deck.write_text(f"head -c {size_bytes} /dev/urandom >big.frd\nsha256sum <big.frd >sum.dat\n")
    run("ticket", deck, "--spool", spool, "--solver", "command")
    service = [sys.executable, "-m", "node_service", "run", "--spool", spool, "--until-idle"]
    service += ["--scratch", str(tmp_path / "scratch"), "--program", "command=/bin/sh"]
    environment = {**os.environ, **samba.environment}
    subprocess.run(service, check=True, env=environment, capture_output=True, timeout=120)
    (got,) = json.loads(run("get", "big", "*.frd", "--spool", spool, "--json").stdout)["files"]
    (told,) = (samba.disk / "large/done").glob("*/*/sum.dat")
    assert (got["size"], got["sha256"]) == (size_bytes, told.read_text().split()[0])
    assert json.loads(run("get", "big", "*.frd", "--spool", spool, "--json").stdout)["files"] == [
        got | {"copied": False}
    ]
    freed = json.loads(run("clean", "big", "--yes", "--spool", spool, "--json").stdout)["freed"]
    assert freed > size_bytes and not told.parent.exists()
    assert list((samba.disk / "large/done").glob("*/*")) == []
