"""The systemd unit: what it must say, what it must not, and that systemd reads it."""

import os
import shutil
import subprocess

import pytest

from node_service.app import AlreadyRunning
from node_service.installing.unit_text import UnitPlan, mount_unit, unit_text
from wamspool.errors import NotASpool, Unreachable

WORDS = ("/opt/my tools/python", "-P", "-m", "node_service", "run", "--config", "/etc/100%.yaml")


def plan(**changed):
    given = {"name": "wam-node", "command": WORDS, "scratch": "/var/lib/my wam", "account": "wam"}
    return UnitPlan(**(given | changed))


def directives(text):
    return dict(line.split("=", 1) for line in text.splitlines() if "=" in line and line[0] != "#")


def test_solvers_survive_the_service_and_each_other():
    for account in ("wam", None):
        said = directives(unit_text(plan(account=account)))
        assert said["KillMode"] == "process"
        assert said["OOMPolicy"] == "continue"
        assert said["Restart"] == "on-failure"


@pytest.mark.parametrize(
    "directive",
    [
        *("PrivateTmp", "PrivateDevices", "ProtectClock", "MemoryDenyWriteExecute", "DynamicUser"),
        *("SystemCallFilter", "RestrictNamespaces", "ProtectHome", "RuntimeDirectory", "UMask"),
    ],
)
def test_nothing_that_breaks_solvers(directive):
    assert directive not in directives(unit_text(plan()))


def test_what_waiting_cures_is_tried_again_and_what_it_does_not_is_not():
    final = directives(unit_text(plan()))["RestartPreventExitStatus"].split()
    assert "80" in final and "5" in final
    assert not {str(k.exit_code) for k in (NotASpool, Unreachable, AlreadyRunning)} & set(final)


def test_a_users_own_unit_asks_for_nothing_that_a_user_cannot_give():
    said = directives(unit_text(plan(account=None)))
    assert not {"User", "ProtectSystem", "LimitMEMLOCK", "NoNewPrivileges"} & set(said)
    assert said["WantedBy"] == "default.target"


def test_the_spools_mount_is_wanted_and_its_secrets_are_read_by_systemd():
    text = unit_text(plan(mount="srv-jobs.mount", credentials="/etc/wam/node.env"))
    assert "\nWants=srv-jobs.mount\nAfter=srv-jobs.mount\n" in text
    assert directives(text)["EnvironmentFile"] == "/etc/wam/node.env"


@pytest.mark.parametrize("folder", ["/srv/jobs", "/mnt/my jobs-2", "/mnt/.hidden", "/mnt/größe"])
def test_a_mount_is_called_as_systemd_calls_it(folder):
    command = ["systemd-escape", "--path", "--suffix=mount", folder]
    _need("systemd-escape")
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    assert mount_unit(folder) == said


@pytest.mark.parametrize("account", ["wam", None])
def test_systemd_reads_the_unit_without_complaint(tmp_path, account):
    _need("systemd-analyze")
    words = (shutil.which("true"), *WORDS[1:])  # systemd looks whether the program is there
    given = plan(account=account, command=words, mount="tmp.mount", credentials="/etc/wam/env")
    verify(tmp_path, unit_text(given), account=account)


def test_what_systemd_would_not_understand_is_noticed(tmp_path):
    _need("systemd-analyze")
    text = unit_text(plan(command=("/bin/true",))).replace("KillMode=process", "KillMode=proces")
    with pytest.raises(AssertionError, match="kill mode"):
        verify(tmp_path, text, account="wam")


def verify(folder, text, *, account):
    unit = folder / "wam-node.service"
    unit.write_text(text)
    mode = ["--system"] if account else ["--user"]
    (folder / "runtime").mkdir(mode=0o700)
    ran = subprocess.run(
        ["systemd-analyze", *mode, "verify", "--man=no", str(unit)],
        capture_output=True, text=True, check=False,
        env=os.environ | {"XDG_RUNTIME_DIR": str(folder / "runtime")},
    )  # fmt: skip
    ours = [line for line in (ran.stdout + ran.stderr).splitlines() if "wam-node" in line]
    assert not ours, "\n".join(ours)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def _need(program):
    if shutil.which(program) is None:
        if os.environ.get("CI"):
            pytest.fail(f"{program} is not installed")
        pytest.skip(f"{program} is not installed")
