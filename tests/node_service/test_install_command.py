"""``wam-node install``, up to where the system is asked."""

import os
import sys

import pytest

from node_service.app import main
from node_service.processes.machine import Ran
from tests.node_service.installing.fake_services import FakeWindows


@pytest.fixture
def file(tmp_path):
    file = tmp_path / "node.yaml"
    file.write_text("spool: /srv/jobs/spool\nscratch: /var/lib/wam\n")
    return file


def test_a_dry_run_prints_the_unit(file, capsys):
    assert main(["install", "--dry-run", "--config", str(file), "--account", "solver"]) == 0
    out = capsys.readouterr().out
    assert "User=solver\n" in out
    assert f"-P -m node_service run --config {file}\n" in out


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("scratch: /var/lib/wam\n", "does not say which spool"),
        ("spool: /srv/jobs\n", "does not say where jobs run"),
        ("spool: /srv/jobs\nscrtch: /x\n", "Did you mean 'scratch'"),
    ],
)
def test_settings_that_would_not_do_are_refused_first(file, capsys, text, said):
    file.write_text(text)
    assert main(["install", "--dry-run", "--config", str(file)]) in {80, 81}
    assert said in capsys.readouterr().err


def test_secrets_that_others_can_read_are_refused(file, tmp_path, capsys):
    secrets = tmp_path / "node.env"
    secrets.write_text("WAM_SMB_PASSWORD=x\n")
    secrets.chmod(0o644)
    given = ["install", "--dry-run", "--config", str(file), "--credentials", str(secrets)]
    assert main(given) == 84
    assert f"chmod 600 {secrets}" in capsys.readouterr().err
    secrets.chmod(0o600)
    assert main(given) == 0
    assert f"EnvironmentFile={secrets}" in capsys.readouterr().out


def test_nothing_to_take_away(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert main(["uninstall", "--user", "--unit", "no-such-node"]) == 0
    assert "nothing to do" in capsys.readouterr().out


@pytest.fixture
def windows(monkeypatch):
    machine = FakeWindows()
    machine.answers["schtasks /Query"] = Ran(1, "")
    monkeypatch.setattr("node_service.install_command.ThisMachine", lambda: machine)
    monkeypatch.setattr("node_service.app.ThisMachine", lambda: machine)
    return machine


def test_on_windows_it_is_a_service_and_for_oneself_a_task(windows, file, capsys):
    assert main(["install", "--config", str(file), "--unit", "wam-b"]) == 0
    made = windows.services.there["wam-b"]
    assert made.command.endswith(f"run --config {file} --as-service wam-b")
    assert made.environment == (f"__PYVENV_LAUNCHER__={sys.executable}",)
    assert main(["status", "--config", str(file), "--scratch", str(file.parent / "none")]) == 50
    assert "service wam-b: running" in capsys.readouterr().out
    assert main(["uninstall", "--unit", "wam-b"]) == 0
    assert not windows.services.there
    assert main(["install", "--config", str(file), "--user", "--dry-run"]) == 0
    assert "LogonTrigger" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["--credentials", "node.env"], "no place on Windows"),
        (["--user", "--account", "jo"], "takes no --account"),
        (["--account", r"LAB\jo"], "password"),
    ],
)
def test_what_windows_has_no_place_for(windows, file, capsys, given, said):
    assert main(["install", "--config", str(file), *given]) == 84
    assert said in capsys.readouterr().err
    assert not windows.services.told and not windows.written


def test_what_a_services_account_may_not_read_is_refused_first(windows, file, monkeypatch, capsys):
    monkeypatch.setattr(windows, "home", lambda: file.parent)
    assert main(["install", "--config", str(file)]) == 84
    assert "your own folder" in capsys.readouterr().err


def test_an_account_of_windows_is_none_here(file, capsys):
    assert main(["install", "--dry-run", "--config", str(file), "--account", r"LAB\wam$"]) == 84
    assert "is no name for an account" in capsys.readouterr().err


def test_without_a_file_or_rights(monkeypatch, tmp_path, file, capsys):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert main(["install", "--config", str(file)]) == 84
    assert "--user" in capsys.readouterr().err
    for name in ("XDG_CONFIG_HOME", "PROGRAMDATA", "HOME"):
        monkeypatch.setenv(name, str(tmp_path / "empty"))
    monkeypatch.delenv("WAM_NODE_CONFIG", raising=False)
    assert main(["install", "--dry-run"]) == 81
