"""What installing asks of this very system."""

from pathlib import Path

from node_service.processes.machine import ThisMachine


def test_commands_end_with_what_they_said():
    machine = ThisMachine()
    assert machine.run("sh", "-c", "echo no; exit 3").exit_code == 3
    assert machine.run("sh", "-c", "echo no >&2").said == "no"
    assert machine.run("no-such-program").exit_code == 127


def test_files(tmp_path):
    machine, file = ThisMachine(), tmp_path / "a/b.service"
    assert machine.read(file) is None
    machine.write(file, "one\n")
    machine.write(file, "two\n")
    assert machine.read(file) == "two\n" and list((tmp_path / "a").iterdir()) == [file]
    file.chmod(0o600)
    assert not machine.others_may_read(file)
    file.chmod(0o640)
    assert machine.others_may_read(file)
    machine.remove(file)
    machine.remove(file)
    machine.make_folder(tmp_path / "c/d", owner=None)
    machine.make_folder(tmp_path / "c/d", owner="nobody-of-this-name")
    assert (tmp_path / "c/d").is_dir()


def test_the_place_of_a_mount():
    assert ThisMachine().mount_point(Path("/proc/self")) == Path("/proc")
    assert ThisMachine().mount_point(Path("/")) == Path("/")
