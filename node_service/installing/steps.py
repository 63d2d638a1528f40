"""Installing a node as a service and taking it away again, step by step.

Each step leaves alone what is as it should be, so that all may be done again. ``dry``: nothing is
done, and what would be is told. Each function gives the lines to tell people.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from node_service.installing.errors import NoServices, NotInstalled, NotOurs
from node_service.installing.service_steps import TASKS, uninstall_service
from node_service.installing.task_text import TaskPlan, task_text
from node_service.installing.unit_text import MADE_BY, UnitPlan, mount_unit, unit_text
from node_service.processes.machine import Machine
from node_service.settings import NodeSettings

SYSTEM_UNITS: Final = Path("/etc/systemd/system")
USER_UNITS: Final = Path(".config/systemd/user")
NOWHERE: Final = "/nonexistent"


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be installed. ``command`` starts the service; ``account`` is for the whole
    system's service alone, and None where the service is to be the user's own.
    """

    name: str
    command: tuple[str, ...]
    settings: NodeSettings
    account: str | None
    credentials: Path | None = None


def install(machine: Machine, wish: Wish, *, dry: bool) -> Iterator[str]:
    """The service is there, starts with the system (or at logon), and runs.

    On Windows the user's own alone; ``install_service`` is for the system's. Raises NoServices, NotInstalled, NotOurs.
    """
    if machine.is_windows:
        return _install_task(machine, wish, dry=dry)
    return _install_unit(machine, wish, dry=dry)


def uninstall(machine: Machine, name: str, *, system: bool, dry: bool) -> Iterator[str]:
    """The service is gone. Its solvers, scratch, settings and account are left."""
    if machine.is_windows and system:
        return uninstall_service(machine, name, dry=dry)
    if machine.is_windows:
        return _uninstall_task(machine, name, dry=dry)
    return _uninstall_unit(machine, name, system=system, dry=dry)


def _install_unit(machine: Machine, wish: Wish, *, dry: bool) -> Iterator[str]:
    text = unit_text(_unit_plan(machine, wish))
    if dry:
        yield text.rstrip("\n")
        return
    _need_systemd(machine)
    path = _unit_path(machine, wish.name, system=wish.account is not None)
    there = machine.read(path)
    _refuse_foreign(there, path)
    if wish.account:
        yield from _make_account(machine, wish.account)
        machine.make_folder(wish.settings.scratch, owner=wish.account)
    systemctl = _systemctl(system=wish.account is not None)
    if there != text:
        machine.write(path, text)
        _must(machine, *systemctl, "daemon-reload")
        yield f"{path}: written"
    else:
        yield f"{path}: is as it should be"
    _must(machine, *systemctl, "enable", wish.name)
    # A restart harms no run; without a change there is no reason for one.
    _must(machine, *systemctl, "start" if there in {None, text} else "restart", wish.name)
    yield f"{wish.name}: runs, and starts with the system"
    if wish.account is None:
        yield from _lingering(machine)


def _unit_plan(machine: Machine, wish: Wish) -> UnitPlan:
    mount = None
    if wish.account and "://" not in wish.settings.spool:
        point = machine.mount_point(Path(wish.settings.spool))
        mount = None if point == point.parent else mount_unit(str(point))
    return UnitPlan(
        name=wish.name,
        command=wish.command,
        scratch=str(wish.settings.scratch),
        account=wish.account,
        mount=mount,
        credentials=str(wish.credentials) if wish.credentials else None,
    )


def _need_systemd(machine: Machine) -> None:
    if not machine.has_systemd:
        raise NoServices(
            "systemd does not run this machine",
            cure="Have the system's own init, or a supervisor, start 'wam-node run --config FILE'; "
            "'wam-node install --dry-run' shows what a unit would say.",
        )


def _unit_path(machine: Machine, name: str, *, system: bool) -> Path:
    folder = SYSTEM_UNITS if system else machine.home() / USER_UNITS
    return folder / f"{name}.service"


def _refuse_foreign(text: str | None, path: Path) -> None:
    if text is not None and not text.startswith(MADE_BY):
        raise NotOurs(f"{path} is there, and was not made by 'wam-node install'")


def _make_account(machine: Machine, account: str) -> Iterator[str]:
    if machine.run("id", "-u", account).exit_code == 0:
        return
    _must(
        machine, "useradd", "--system", "--user-group", "--home-dir", NOWHERE,
        "--shell", "/usr/sbin/nologin", account,
    )  # fmt: skip
    yield f"account {account}: made; give it the right to read and write in the spool"


def _lingering(machine: Machine) -> Iterator[str]:
    shown = machine.run("loginctl", "show-user", machine.account, "--property=Linger")
    if "Linger=yes" not in shown.said:
        yield "When you log out, systemd ends the service and every solver with it, unless you type:"
        yield f"  loginctl enable-linger {machine.account}"


def _systemctl(*, system: bool) -> tuple[str, ...]:
    return ("systemctl",) if system else ("systemctl", "--user")


def _must(machine: Machine, *command: str) -> None:
    ran = machine.run(*command)
    if ran.exit_code != 0:
        raise NotInstalled(f"'{' '.join(command)}' ended with {ran.exit_code}: {ran.said}")


def _uninstall_unit(machine: Machine, name: str, *, system: bool, dry: bool) -> Iterator[str]:
    path = _unit_path(machine, name, system=system)
    there = machine.read(path)
    if there is None:
        yield f"{path}: is not there; nothing to do"
        return
    _refuse_foreign(there, path)
    if dry:
        yield f"{path}: would be stopped, disabled and removed"
        return
    _need_systemd(machine)
    systemctl = _systemctl(system=system)
    _must(machine, *systemctl, "disable", "--now", name)
    machine.remove(path)
    _must(machine, *systemctl, "daemon-reload")
    yield f"{path}: removed. Solvers that run go on; scratch, settings and account are left."


def _install_task(machine: Machine, wish: Wish, *, dry: bool) -> Iterator[str]:
    user = machine.account
    text = task_text(TaskPlan(wish.command[0], wish.command[1:], user))
    if dry:
        yield text.rstrip("\n")
        return
    name, file = rf"\{TASKS}\{wish.name}", wish.settings.scratch / f"{wish.name}.task.xml"
    machine.make_folder(wish.settings.scratch, owner=None)
    machine.write(file, text, encoding="utf-16")
    try:
        ran = machine.run("schtasks", "/Create", "/F", "/TN", name, "/XML", str(file))
    finally:
        machine.remove(file)
    if ran.exit_code != 0:
        raise NotInstalled(
            f"the Task Scheduler has refused the task {name}: {ran.said}",
            cure="Type it once as an administrator; or put a shortcut to "
            f"'{' '.join(wish.command)}' into the folder that 'shell:startup' opens.",
        )
    _must(machine, "schtasks", "/Run", "/TN", name)
    yield f"task {name}: runs, and starts when {user} logs on"


def _uninstall_task(machine: Machine, name: str, *, dry: bool) -> Iterator[str]:
    task = rf"\{TASKS}\{name}"
    if machine.run("schtasks", "/Query", "/TN", task).exit_code != 0:
        yield f"task {task}: is not there; nothing to do"
        return
    if dry:
        yield f"task {task}: would be deleted"
        return
    # Deleting leaves the running service alone; ending it would end what its job object holds.
    _must(machine, "schtasks", "/Delete", "/F", "/TN", task)
    yield f"task {task}: deleted. The service that runs goes on until you log off, or end it."
