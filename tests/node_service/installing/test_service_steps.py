"""Installing as a service of Windows, on a service manager that the test plays."""

from dataclasses import replace
from pathlib import Path

import pytest

from node_service.installing.errors import NotInstalled, NotOurs
from node_service.installing.service_plan import registration
from node_service.installing.service_steps import install_service, service_lines, uninstall_service
from node_service.processes.machine import Ran
from node_service.processes.services import Registered, ServiceState
from tests.node_service.installing.fake_services import FakeWindows

SCRATCH = Path("C:/ProgramData/wam/scratch")
FOREIGN = Registered("somebody's", "x.exe", "LocalSystem", (), ServiceState.RUNNING)


@pytest.fixture
def machine():
    made = FakeWindows()
    made.answers["schtasks /Query"] = Ran(1, "")
    return made


def wanted(account=None, python=r"C:\Python\python.exe"):
    command = (python, "-m", "node_service", "run")
    return registration("wam-node", command, interpreter=python, account=account)


def install(machine, plan=None, *, dry=False):
    return "\n".join(install_service(machine, plan or wanted(), SCRATCH, dry=dry))


def uninstall(machine, *, dry=False):
    return "\n".join(uninstall_service(machine, "wam-node", dry=dry))


def test_a_service_is_made_let_into_scratch_and_started(machine):
    said = install(machine)
    assert r"runs as NT AUTHORITY\NetworkService" in said
    assert machine.services.told == ["create wam-node", "start wam-node"]
    assert machine.folders == {SCRATCH: None}
    assert machine.commands[-1] == f"icacls {SCRATCH} /grant *S-1-5-20:(OI)(CI)M"


def test_again_it_changes_nothing_and_a_change_restarts(machine):
    install(machine)
    machine.services.told.clear()
    assert "is as it should be" in install(machine)
    assert machine.services.told == ["start wam-node"]
    machine.services.told.clear()
    install(machine, wanted(python=r"D:\Python\python.exe"))
    assert machine.services.told == ["stop wam-node", "change wam-node", "start wam-node"]


def test_who_it_is_stays_unless_said(machine):
    install(machine, wanted(r"NT SERVICE\wam-node"))
    assert r"/grant NT SERVICE\wam-node:(OI)(CI)M" in machine.commands[-1]
    assert r"runs as NT SERVICE\wam-node" in install(machine)
    assert r"NT SERVICE" in install(machine, wanted(python="D:/python.exe"))
    install(machine, wanted("LAB\\wam$"))
    assert machine.services.there["wam-node"].account == "LAB\\wam$"


def test_a_dry_run_touches_nothing(machine):
    said = install(machine, wanted("LAB\\wam$"), dry=True)
    assert "LAB\\wam$" in said and "--as-service wam-node" in said and "after 15 s" in said
    install_service(machine, wanted(), SCRATCH, dry=True)
    assert not machine.services.told and not machine.commands and not machine.folders


def test_somebody_elses_service_is_left(machine):
    machine.services.there["wam-node"] = FOREIGN
    for change in (install, uninstall):
        with pytest.raises(NotOurs, match="wam-node"):
            change(machine)
    assert not machine.services.told


def test_beside_a_task_of_the_same_node_it_is_refused(machine):
    machine.answers.clear()
    with pytest.raises(NotInstalled, match="starts this node already") as refused:
        install(machine)
    assert "uninstall --user --unit wam-node" in refused.value.cure
    assert not machine.services.told


def test_what_windows_refuses_is_said(machine):
    machine.services.refuses = ("create",)
    with pytest.raises(NotInstalled, match="Access is denied"):
        install(machine)
    machine.services.refuses = ()
    machine.answers["icacls"] = Ran(1332, "No mapping between account names")
    with pytest.raises(NotInstalled, match="No mapping") as refused:
        install(machine)
    assert "right to change" in refused.value.cure
    assert machine.services.told[-1] == "create wam-node", "it was started without its scratch"


def test_taking_away(machine):
    install(machine)
    machine.services.told.clear()
    assert "would be" in uninstall(machine, dry=True) and not machine.services.told
    assert "Solvers that run go on" in uninstall(machine)
    assert machine.services.told == ["stop wam-node", "delete wam-node"]
    assert "nothing to do" in uninstall(machine)


def test_one_that_is_stopped_is_not_stopped(machine):
    install(machine)
    services = machine.services
    services.there["wam-node"] = replace(services.there["wam-node"], state=ServiceState.STOPPED)
    services.told.clear()
    uninstall(machine)
    assert services.told == ["delete wam-node"]


def test_what_status_tells(machine):
    install(machine)
    machine.services.titles["other"] = "WAM node of somebody else"
    machine.services.there["other"] = FOREIGN
    assert list(service_lines(machine)) == [
        r"service wam-node: running, as NT AUTHORITY\NetworkService"
    ]
    machine.is_windows = False
    assert list(service_lines(machine)) == []
