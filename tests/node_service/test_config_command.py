"""``wam-node config``."""

import json

import pytest

from node_service.app import main
from node_service.config_file import read_filed
from node_service.settings_table import SETTINGS


@pytest.fixture
def file(tmp_path, monkeypatch):
    monkeypatch.setenv("WAM_NODE_CONFIG", str(tmp_path / "node.yaml"))
    return tmp_path / "node.yaml"


def test_check_says_every_problem(file, capsys):
    file.write_text("cpu: 8\nmemory: lots\n")
    assert main(["config", "check"]) == 1
    out = capsys.readouterr().out
    assert f"{file}:1: cpu: is not a setting of a node\n  -> Did you mean 'cpus'?" in out
    assert f"{file}:2: memory: 'lots' is not a size" in out
    assert main(["config", "check", "--json", str(file)]) == 1
    document = json.loads(capsys.readouterr().out)
    assert (document["wam"], document["usable"]) == (1, False)
    assert [p["line"] for p in document["problems"]] == [1, 2]
    file.write_text("cpus: 8\n")
    assert main(["config", "check"]) == 0
    assert "can be used (1 setting)\n  It names no spool" in capsys.readouterr().out
    file.write_text("spool: /srv/spool\n")
    assert main(["config", "check"]) == 0
    assert "no spool" not in capsys.readouterr().out


def test_explain_gives_a_file_that_changes_nothing_and_whose_lines_can_be_used(capsys):
    assert main(["config", "explain"]) == 0
    text = capsys.readouterr().out
    assert read_filed(text.encode(), source="x").values == {}
    opened = text
    for setting in SETTINGS:
        assert f"\n# {setting.name}: " in text
        opened = opened.replace(f"\n# {setting.name}: ", f"\n{setting.name}: ")
    filed = read_filed(opened.encode(), source="x")
    assert filed.problems == () and len(filed.values) == len(SETTINGS)


def test_explain_one(capsys):
    assert main(["config", "explain", "memory"]) == 0
    assert "default: all\nexample: memory: 64 GB\noption:  --memory SIZE" in capsys.readouterr().out
    assert main(["config", "explain", "memory", "--json"]) == 0
    (one,) = json.loads(capsys.readouterr().out)["settings"]
    assert (one["setting"], one["live"], one["option"]) == ("memory", True, "--memory")
    assert main(["config", "explain", "memry"]) == 82
    assert "Did you mean 'memory'?" in capsys.readouterr().err


def test_show_tells_where_each_value_comes_from(file, capsys):
    file.write_text("cpus: 3\nmemory: 1 GB\nkeep_scratch: yes\n")
    assert main(["config", "show"]) == 0
    out = capsys.readouterr().out
    assert f"cpus: 3  (from {file}:1)" in out
    assert "keep_scratch: yes  (from " in out and "pin_cores: no  (from default)" in out
    assert main(["config", "show", "--json"]) == 0
    rows = {row["setting"]: row for row in json.loads(capsys.readouterr().out)["settings"]}
    assert rows["memory"] == {"setting": "memory", "value": 1 << 30, "from": f"{file}:2"}
    assert rows["keep_scratch"]["value"] is True


def test_no_file_is_said(monkeypatch, tmp_path, capsys):
    for name in ("XDG_CONFIG_HOME", "PROGRAMDATA", "HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.delenv("WAM_NODE_CONFIG", raising=False)
    assert main(["config", "check"]) == 81
    assert "wam-node config explain" in capsys.readouterr().err
