"""The service manager asked through pywin32, whose calls the test answers."""

import importlib
import sys

import pytest

from node_service.processes.services import Registration, ServiceState
from tests.node_service.processes.fake_pywin32 import Refused, ServiceControl, put_in_place

MODULE = "node_service.processes.windows_services"
KEY = r"SYSTEM\CurrentControlSet\Services\wam-node"
WANTED = Registration(
    name="wam-node",
    title="WAM node (wam-node)",
    description="Runs the jobs of a spool.",
    command="python -m node_service run",
    account=r"NT AUTHORITY\NetworkService",
    environment=(r"__PYVENV_LAUNCHER__=C:\wam\python.exe",),
    restart_after_s=15,
)


@pytest.fixture
def control():
    return ServiceControl()


@pytest.fixture
def services(monkeypatch, control):
    with monkeypatch.context() as windows:
        put_in_place(windows, control.modules())
        windows.delitem(sys.modules, MODULE, raising=False)
        module = importlib.import_module(MODULE)
        del sys.modules[MODULE]
    yield module.WindowsServices()
    assert not control.handles, "a handle was not given back"


def test_what_a_new_service_is(services, control):
    services.create(WANTED)
    made = control.services["wam-node"]
    assert (made["start"], made["password"], made["account"]) == (2, None, WANTED.account)
    assert made["command"] == WANTED.command
    again = (1, 15_000)
    assert made["set"] == {
        1: "Runs the jobs of a spool.",
        2: {"ResetPeriod": 86400, "RebootMsg": "", "Command": "", "Actions": [again] * 3},
        3: True,  # after the others
        4: True,  # also when it ends with an exit code
    }
    assert control.registry == {(KEY, "Environment"): list(WANTED.environment)}
    assert control.event_sources == {"wam-node"}


def test_what_is_found_of_it(services, control):
    assert services.find("wam-node") is None
    services.create(WANTED)
    found = services.find("wam-node")
    assert (found.command, found.account) == (WANTED.command, WANTED.account)
    assert (found.description, found.environment) == (WANTED.description, WANTED.environment)
    assert found.state is ServiceState.STOPPED
    control.services["wam-node"]["state"] = 3
    assert services.find("wam-node").state is ServiceState.CHANGING
    control.registry.clear()
    assert services.find("wam-node").environment == ()
    assert services.titled("WAM node") == ["wam-node"] and services.titled("Other") == []


def test_changing_leaves_the_account_that_is_not_named(services, control):
    services.create(WANTED)
    services.change(
        Registration("wam-node", "t", "d", "new", account=None, environment=(), restart_after_s=15)
    )
    kept = control.services["wam-node"]
    assert (kept["command"], kept["account"], kept["title"]) == ("new", WANTED.account, "t")
    assert control.registry == {(KEY, "Environment"): []}


def test_starting_and_stopping_twice(services, control):
    services.create(WANTED)
    for _ in range(2):
        services.start("wam-node")
    assert services.find("wam-node").state is ServiceState.RUNNING
    for _ in range(2):
        services.stop("wam-node", 120)
    assert control.waited == [("wam-node", 1, 120)] * 2
    services.delete("wam-node")
    assert services.find("wam-node") is None


def test_refusals_are_oserrors(services, control, monkeypatch):
    def refuse(*_):
        raise Refused(5, "OpenSCManager", "Access is denied.")

    services.create(WANTED)
    monkeypatch.setattr(services.find.__globals__["win32service"], "OpenSCManager", refuse)
    for call in (services.find, services.start, services.delete):
        with pytest.raises(OSError, match="Access is denied") as refused:
            call("wam-node")
        assert refused.value.errno == 5
