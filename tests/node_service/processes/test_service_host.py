"""The service manager's protocol, with pywin32's framework as the test plays it."""

# ruff: noqa: N802, N803

from types import ModuleType

import pytest

from node_service.processes.service_host import host
from tests.node_service.processes.fake_pywin32 import Refused, ServiceControl, put_in_place

PENDING, RUNNING, STOPPED = 3, 4, 1


class Framework:
    """What pywin32's ServiceFramework does around a service."""

    def __init__(self, args):
        self.reports = []

    def ReportServiceStatus(self, serviceStatus, waitHint=5000, win32ExitCode=0, svcExitCode=0):
        self.reports.append((serviceStatus, win32ExitCode, svcExitCode))


class Dispatcher:
    """Starts the hosted service as the dispatcher of servicemanager does, in this thread."""

    def __init__(self, monkeypatch):
        self.logged, self.hosted, self.service = [], None, None
        self.refuses: Refused | None = None
        module = ModuleType("servicemanager")
        module.Initialize = lambda: None
        module.PrepareToHostSingle = lambda kind: setattr(self, "hosted", kind)
        module.StartServiceCtrlDispatcher = self.dispatch
        module.LogErrorMsg = self.log
        modules = ServiceControl().modules()
        modules["win32serviceutil"].ServiceFramework = Framework
        put_in_place(monkeypatch, modules | {"servicemanager": module})

    def log(self, sentence):
        if sentence == "too much":
            raise Refused(1502, "ReportEvent", "The event log file is full.")
        self.logged.append(sentence)

    def dispatch(self):
        if self.refuses:
            raise self.refuses
        self.service = self.hosted(["wam-b"])
        self.service.SvcRun()


@pytest.fixture
def dispatcher(monkeypatch):
    return Dispatcher(monkeypatch)


def hosted(run, stop=lambda: None):
    return host("wam-b", run, stop=stop, incurable={80})


def test_a_service_that_ends_well(dispatcher):
    assert hosted(lambda say: say("hello") or 0) is True
    assert dispatcher.service._svc_name_ == "wam-b"
    assert dispatcher.service.reports == [(RUNNING, 0, 0)]
    assert dispatcher.logged == ["hello"]


def test_an_event_log_that_is_full_ends_nothing(dispatcher):
    assert hosted(lambda say: say("too much") or 0) is True
    assert dispatcher.service.reports == [(RUNNING, 0, 0)]


def test_a_failure_is_told_so_that_it_is_started_again(dispatcher):
    hosted(lambda say: 43)
    assert dispatcher.service.reports[-1] == (STOPPED, 1066, 43)


def test_what_waiting_does_not_cure_is_not_started_again(dispatcher):
    hosted(lambda say: 80)
    assert dispatcher.service.reports == [(RUNNING, 0, 0)]


@pytest.mark.parametrize("control", ["SvcStop", "SvcShutdown"])
def test_told_to_stop_it_stops(dispatcher, control):
    stops = []

    def run(say):
        getattr(dispatcher.service, control)()
        assert stops == [1]
        return 0

    hosted(run, stop=lambda: stops.append(1))
    assert [status for status, *_ in dispatcher.service.reports] == [RUNNING, PENDING]


def test_who_types_it_is_told(dispatcher):
    dispatcher.refuses = Refused(1063, "StartServiceCtrlDispatcher", "could not connect")
    assert hosted(lambda say: 0) is False
    dispatcher.refuses = Refused(5, "StartServiceCtrlDispatcher", "Access is denied.")
    with pytest.raises(OSError, match="Access is denied"):
        hosted(lambda say: 0)


def test_elsewhere_there_is_no_such_thing():
    with pytest.raises(ImportError):
        hosted(lambda say: 0)
