"""``wam-node install``, up to where the system is asked."""

import os

import pytest

from node_service.app import main


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


def test_without_a_file_or_rights(monkeypatch, tmp_path, file, capsys):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert main(["install", "--config", str(file)]) == 84
    assert "--user" in capsys.readouterr().err
    for name in ("XDG_CONFIG_HOME", "PROGRAMDATA", "HOME"):
        monkeypatch.setenv(name, str(tmp_path / "empty"))
    monkeypatch.delenv("WAM_NODE_CONFIG", raising=False)
    assert main(["install", "--dry-run"]) == 81
