"""Installing and taking away, on a system that the test plays."""

from pathlib import Path

import pytest

from node_service.installing.errors import NoServices, NotInstalled, NotOurs
from node_service.installing.steps import Wish, install, uninstall
from node_service.processes.machine import Ran
from node_service.settings import NodeSettings

UNIT = Path("/etc/systemd/system/wam-node.service")


class FakeMachine:
    """Remembers what was asked of it; ``answers`` are by the beginning of a command."""

    is_privileged = True
    account = "jo"

    def __init__(self, *, windows=False, systemd=True):
        self.is_windows, self.has_systemd = windows, systemd
        self.files: dict[Path, str] = {}
        self.written: dict[Path, str] = {}
        self.folders: dict[Path, str | None] = {}
        self.commands: list[str] = []
        self.answers: dict[str, Ran] = {}

    def home(self):
        return Path("/home/jo")

    def run(self, *command):
        self.commands.append(" ".join(command))
        for begin, answer in self.answers.items():
            if self.commands[-1].startswith(begin):
                return answer
        return Ran(0, "")

    def read(self, path):
        return self.files.get(path)

    def write(self, path, text, *, encoding="utf-8"):
        self.files[path] = self.written[path] = text

    def remove(self, path):
        self.files.pop(path, None)

    def make_folder(self, path, *, owner):
        self.folders[path] = owner

    def mount_point(self, folder):
        return Path("/srv/jobs")

    def others_may_read(self, path):
        return False


def wish(**changed):
    settings = NodeSettings("cougar", Path("/var/lib/wam"), 4, 1, spool="/srv/jobs/spool")
    given = {"name": "wam-node", "command": ("/py", "-m", "x"), "settings": settings}
    return Wish(**(given | {"account": "wam"} | changed))


def told(lines):
    return "\n".join(lines)


def test_a_unit_is_written_enabled_and_started():
    machine = FakeMachine()
    machine.answers["id -u wam"] = Ran(1, "no such user")
    said = told(install(machine, wish(), dry=False))
    assert "account wam: made" in said
    assert machine.folders == {Path("/var/lib/wam"): "wam"}
    assert "Wants=srv-jobs.mount" in machine.files[UNIT]
    assert machine.commands[1].startswith("useradd --system")
    assert machine.commands[2:] == [
        "systemctl daemon-reload", "systemctl enable wam-node", "systemctl start wam-node",
    ]  # fmt: skip


def test_again_it_changes_nothing_and_a_change_restarts():
    machine = FakeMachine()
    told(install(machine, wish(), dry=False))
    machine.commands.clear()
    assert "is as it should be" in told(install(machine, wish(), dry=False))
    assert machine.commands == [
        "id -u wam", "systemctl enable wam-node", "systemctl start wam-node",
    ]  # fmt: skip
    told(install(machine, wish(command=("/new", "-m", "x")), dry=False))
    assert machine.commands[-1] == "systemctl restart wam-node"


def test_a_dry_run_touches_nothing_and_needs_no_systemd():
    for windows in (False, True):
        machine = FakeMachine(systemd=False, windows=windows)
        assert "node" in told(install(machine, wish(), dry=True))
        assert not machine.commands and not machine.files and not machine.folders


def test_a_users_own_unit_and_the_hint_at_lingering():
    machine = FakeMachine()
    machine.answers["loginctl show-user"] = Ran(0, "Linger=no")
    said = told(install(machine, wish(account=None), dry=False))
    assert Path("/home/jo/.config/systemd/user/wam-node.service") in machine.files
    assert "loginctl enable-linger jo" in said
    assert all(not c.startswith(("id", "useradd")) for c in machine.commands)
    assert "systemctl --user enable wam-node" in machine.commands
    machine.answers["loginctl show-user"] = Ran(0, "Linger=yes")
    assert "linger" not in told(install(machine, wish(account=None), dry=False))


def test_without_systemd_the_cure_is_said():
    with pytest.raises(NoServices) as refused:
        told(install(FakeMachine(systemd=False), wish(), dry=False))
    assert "wam-node run --config" in refused.value.cure


def test_somebody_elses_unit_is_left():
    machine = FakeMachine()
    machine.files[UNIT] = "[Unit]\nDescription=mine\n"
    with pytest.raises(NotOurs):
        told(install(machine, wish(), dry=False))
    with pytest.raises(NotOurs):
        told(uninstall(machine, "wam-node", system=True, dry=False))
    assert not machine.commands and not machine.written


def test_what_the_system_refuses_is_said_in_its_words():
    machine = FakeMachine()
    machine.answers["systemctl enable"] = Ran(1, "Access denied")
    with pytest.raises(NotInstalled, match="systemctl enable wam-node' ended with 1: Access"):
        told(install(machine, wish(), dry=False))


def test_a_unit_is_taken_away_once():
    machine = FakeMachine()
    told(install(machine, wish(), dry=False))
    assert "would be" in told(uninstall(machine, "wam-node", system=True, dry=True))
    assert UNIT in machine.files
    machine.commands.clear()
    assert "removed" in told(uninstall(machine, "wam-node", system=True, dry=False))
    assert machine.commands == ["systemctl disable --now wam-node", "systemctl daemon-reload"]
    assert UNIT not in machine.files
    assert "nothing to do" in told(uninstall(machine, "wam-node", system=True, dry=False))


def test_a_task_of_windows():
    machine = FakeMachine(windows=True)
    said = told(install(machine, wish(account=None), dry=False))
    file = Path("/var/lib/wam/wam-node.task.xml")
    assert "starts when jo logs on" in said
    assert machine.commands == [
        rf"schtasks /Create /F /TN \WAM\wam-node /XML {file}", r"schtasks /Run /TN \WAM\wam-node",
    ]  # fmt: skip
    assert "LogonTrigger" in machine.written[file] and file not in machine.files
    assert "deleted" in told(uninstall(machine, "wam-node", system=False, dry=False))
    machine.answers["schtasks /Query"] = Ran(1, "")
    assert "nothing to do" in told(uninstall(machine, "wam-node", system=False, dry=False))


def test_a_task_that_windows_refuses():
    machine = FakeMachine(windows=True)
    machine.answers["schtasks /Create"] = Ran(1, "ERROR: Access is denied.")
    with pytest.raises(NotInstalled, match="Access is denied") as refused:
        told(install(machine, wish(account=None), dry=False))
    assert "shell:startup" in refused.value.cure
