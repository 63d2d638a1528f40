"""Installing a node as a service of Windows, and taking it away again; as in ``steps``."""

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

from node_service.installing.errors import NotInstalled, NotOurs
from node_service.installing.service_plan import (
    NETWORK_SERVICE,
    STOP_LIMIT_S,
    TITLE,
    grantee,
)
from node_service.installing.task_text import MADE_BY
from node_service.processes.machine import Machine
from node_service.processes.services import Registered, Registration, ServiceState

TASKS: Final = "WAM"


def install_service(
    machine: Machine, wanted: Registration, scratch: Path, *, dry: bool
) -> Iterator[str]:
    """The service is there, starts with the machine, and runs. Raises NotInstalled, NotOurs."""
    if dry:
        yield from _shown(wanted)
        return
    with _refused(wanted.name):
        there = machine.services.find(wanted.name)
        _refuse_foreign(there, wanted.name)
        _refuse_two(machine, wanted.name)
        account = wanted.account or (there.account if there else NETWORK_SERVICE)
        yield from _put(machine, wanted, there, account)
        machine.make_folder(scratch, owner=None)
        _grant(machine, scratch, account)
        machine.services.start(wanted.name)
    yield f"service {wanted.name}: runs as {account}, and starts with the machine"


def uninstall_service(machine: Machine, name: str, *, dry: bool) -> Iterator[str]:
    """The service is gone. Its solvers, scratch, settings and account are left."""
    with _refused(name):
        there = machine.services.find(name)
        if there is None:
            yield f"service {name}: is not there; nothing to do"
            return
        _refuse_foreign(there, name)
        if dry:
            yield f"service {name}: would be stopped and deleted"
            return
        if there.state is not ServiceState.STOPPED:
            machine.services.stop(name, STOP_LIMIT_S)
        machine.services.delete(name)
    yield f"service {name}: deleted. Solvers that run go on; scratch and settings are left."


def service_lines(machine: Machine) -> Iterator[str]:
    """What is to be told of the nodes that are services of this machine; nothing elsewhere."""
    if not machine.is_windows:
        return
    with contextlib.suppress(OSError):
        for name in machine.services.titled(TITLE):
            there = machine.services.find(name)
            if there is not None and MADE_BY in there.description:
                yield f"service {name}: {there.state}, as {there.account}"


def _put(
    machine: Machine, wanted: Registration, there: Registered | None, account: str
) -> Iterator[str]:
    if there is None:
        machine.services.create(replace(wanted, account=account))
        yield f"service {wanted.name}: made"
    elif _fits(there, wanted):
        yield f"service {wanted.name}: is as it should be"
    else:
        # A restart harms no run; without a change there is no reason for one.
        if there.state is not ServiceState.STOPPED:
            machine.services.stop(wanted.name, STOP_LIMIT_S)
        machine.services.change(wanted)
        yield f"service {wanted.name}: changed"


def _fits(there: Registered, wanted: Registration) -> bool:
    same_account = wanted.account is None or wanted.account.lower() == there.account.lower()
    return same_account and (there.command, there.environment, there.description) == (
        wanted.command, wanted.environment, wanted.description,
    )  # fmt: skip


def _shown(wanted: Registration) -> Iterator[str]:
    yield f"service {wanted.name}: {wanted.title}"
    yield f"  command:     {wanted.command}"
    yield f"  account:     {wanted.account or NETWORK_SERVICE}"
    for line in wanted.environment:
        yield f"  environment: {line}"
    yield "  starts:      with the machine, after the others"
    yield f"  failed:      started again after {wanted.restart_after_s} s"


def _refuse_foreign(there: Registered | None, name: str) -> None:
    if there is not None and MADE_BY not in there.description:
        raise NotOurs(f"the service {name} is there, and was not made by 'wam-node install'")


def _refuse_two(machine: Machine, name: str) -> None:
    task = rf"\{TASKS}\{name}"
    if machine.run("schtasks", "/Query", "/TN", task).exit_code == 0:
        raise NotInstalled(
            f"the task {task} starts this node already, and two would be in each other's way",
            cure=f"Type 'wam-node uninstall --user --unit {name}' first, and end what it started.",
        )


def _grant(machine: Machine, scratch: Path, account: str) -> None:
    given = f"{grantee(account)}:(OI)(CI)M"  # to change all that is in it, now and later
    ran = machine.run("icacls", str(scratch), "/grant", given)
    if ran.exit_code != 0:
        raise NotInstalled(
            f"{account} could not be let into {scratch}: {ran.said}",
            cure="Give it the right to change that folder, and try again.",
        )


@contextlib.contextmanager
def _refused(name: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise NotInstalled(
            f"the service manager has refused the service {name}: {error.strerror or error}"
        ) from error
