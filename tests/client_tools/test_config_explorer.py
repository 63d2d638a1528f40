"""The files for Explorer, as text: no Windows is needed for that."""

import json
import sys
from pathlib import Path

from client_tools.config_explorer import explorer_files


def test_the_files_in_their_folders(monkeypatch):
    monkeypatch.setenv("APPDATA", "/roaming")
    monkeypatch.setenv("LOCALAPPDATA", "/local")
    command, menu = explorer_files(r"C:\100% mine\python.exe", None)
    assert command.path == Path("/local/Microsoft/WindowsApps/wam.cmd")
    assert menu.path == Path("/roaming/Microsoft/Windows/SendTo/Send to WAM.cmd")
    assert command.text.split("\r\n") == [
        "@echo off",
        "chcp 65001 >nul",
        r'"C:\100%% mine\python.exe" -m client_tools %*',
        "exit /b %errorlevel%",
        "",
    ]
    assert menu.text.split("\r\n")[2:] == [
        r'"C:\100%% mine\python.exe" -m client_tools ticket %*',
        "pause",
        "",
    ]


def test_a_dry_run_writes_nothing(wam, tmp_path):
    run = wam("setup-explorer", "--dry-run", "--into", tmp_path / "bin")
    assert run.code == 0
    assert f"would write {tmp_path / 'bin' / 'wam.cmd'}" in run.out
    assert sys.executable in run.out
    assert not (tmp_path / "bin").exists()


def test_both_are_written_where_that_is_said(wam, tmp_path):
    told = json.loads(wam("setup-explorer", "--into", tmp_path / "bin", "--json").out)
    assert told["written"] is True
    for file in told["files"]:
        assert Path(file["path"]).read_bytes().decode() == file["text"]
    assert wam("setup-explorer", "--into", tmp_path / "bin").code == 0


def test_elsewhere_it_is_refused(wam, monkeypatch):
    monkeypatch.setattr("client_tools.commands.setup_explorer.is_windows", lambda: False)
    run = wam("setup-explorer")
    assert (run.code, "there is no Explorer on this system" in run.err) == (33, True)


def test_a_folder_that_cannot_be_made_is_named(wam, tmp_path):
    (tmp_path / "file").write_text("")
    run = wam("setup-explorer", "--into", tmp_path / "file" / "bin")
    assert (run.code, str(tmp_path / "file") in run.err) == (61, True)
