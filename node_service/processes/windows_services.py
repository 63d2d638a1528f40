"""Windows' service manager, asked through pywin32. Never run on Windows.

Sources: winsvc.h (learn.microsoft.com, "Service Functions"); the variables of a service stand in
its key of the registry as ``Environment``, a text of several lines.
"""

import contextlib
import sys
import winreg
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

import pywintypes
import servicemanager
import win32service
import win32serviceutil
import winerror

from node_service.processes.services import Registered, Registration, ServiceState

if TYPE_CHECKING:
    import _win32typing

assert sys.platform == "win32"  # noqa: S101 - a type checker looking as Linux stops here

_KEY: Final = r"SYSTEM\CurrentControlSet\Services"
_ENVIRONMENT: Final = "Environment"
_LOOK: Final = win32service.SERVICE_QUERY_CONFIG | win32service.SERVICE_QUERY_STATUS
_STATES: Final = {
    win32service.SERVICE_RUNNING: ServiceState.RUNNING,
    win32service.SERVICE_STOPPED: ServiceState.STOPPED,
}
# Places in what QueryServiceConfig gives
_COMMAND, _ACCOUNT = 3, 7


class WindowsServices:
    """See Services."""

    def find(self, name: str) -> Registered | None:
        """See Services."""
        try:
            with _open(name, win32service.SC_MANAGER_CONNECT, _LOOK) as service:
                config = win32service.QueryServiceConfig(service)
                description = win32service.QueryServiceConfig2(
                    service, win32service.SERVICE_CONFIG_DESCRIPTION
                )
                state = win32service.QueryServiceStatus(service)[1]
        except OSError as error:
            if error.errno == winerror.ERROR_SERVICE_DOES_NOT_EXIST:
                return None
            raise
        return Registered(
            description=description or "",
            command=config[_COMMAND],
            account=config[_ACCOUNT] or "",
            environment=_environment(name),
            state=_STATES.get(state, ServiceState.CHANGING),
        )

    def titled(self, beginning: str) -> list[str]:
        """See Services."""
        with _said_as_oserror(), _scm(win32service.SC_MANAGER_ENUMERATE_SERVICE) as scm:
            found = win32service.EnumServicesStatus(scm)
        return [name for name, title, _ in found if title.startswith(beginning)]

    def create(self, wanted: Registration) -> None:
        """See Services."""
        with _said_as_oserror(), _scm(win32service.SC_MANAGER_CREATE_SERVICE) as scm:
            service = win32service.CreateService(
                scm, wanted.name, wanted.title, win32service.SERVICE_ALL_ACCESS,
                win32service.SERVICE_WIN32_OWN_PROCESS, win32service.SERVICE_AUTO_START,
                win32service.SERVICE_ERROR_NORMAL, wanted.command, None, False, None,
                wanted.account, None,
            )  # fmt: skip
            with _closing(service):
                _set_the_rest(service, wanted)

    def change(self, wanted: Registration) -> None:
        """See Services."""
        access = win32service.SERVICE_ALL_ACCESS
        with _open(wanted.name, win32service.SC_MANAGER_CONNECT, access) as service:
            win32service.ChangeServiceConfig(
                service, win32service.SERVICE_WIN32_OWN_PROCESS, win32service.SERVICE_AUTO_START,
                win32service.SERVICE_ERROR_NORMAL, wanted.command, None, False, None,
                wanted.account, None, wanted.title,
            )  # fmt: skip
            _set_the_rest(service, wanted)

    def start(self, name: str) -> None:
        """See Services."""
        access = win32service.SERVICE_START
        with _open(name, win32service.SC_MANAGER_CONNECT, access) as service:
            try:
                win32service.StartService(service, None)
            except pywintypes.error as error:
                if error.winerror != winerror.ERROR_SERVICE_ALREADY_RUNNING:
                    raise

    def stop(self, name: str, limit_s: int) -> None:
        """See Services."""
        access = win32service.SERVICE_STOP
        with _open(name, win32service.SC_MANAGER_CONNECT, access) as service:
            try:
                win32service.ControlService(service, win32service.SERVICE_CONTROL_STOP)
            except pywintypes.error as error:
                if error.winerror != winerror.ERROR_SERVICE_NOT_ACTIVE:
                    raise
            win32serviceutil.WaitForServiceStatus(name, win32service.SERVICE_STOPPED, limit_s)

    def delete(self, name: str) -> None:
        """See Services."""
        # Its name in winnt.h is DELETE; win32service has it in SERVICE_ALL_ACCESS only.
        access = win32service.SERVICE_ALL_ACCESS
        with _open(name, win32service.SC_MANAGER_CONNECT, access) as service:
            win32service.DeleteService(service)


def _set_the_rest(service: "_win32typing.PySC_HANDLE", wanted: Registration) -> None:
    change = win32service.ChangeServiceConfig2
    change(service, win32service.SERVICE_CONFIG_DESCRIPTION, wanted.description)
    change(service, win32service.SERVICE_CONFIG_DELAYED_AUTO_START_INFO, True)
    again = (win32service.SC_ACTION_RESTART, wanted.restart_after_s * 1000)
    change(
        service,
        win32service.SERVICE_CONFIG_FAILURE_ACTIONS,
        # The last one is for all failures that follow.
        {"ResetPeriod": 86400, "RebootMsg": "", "Command": "", "Actions": [again, again, again]},
    )
    # An end that was reported with an exit code is a failure too, not the process's death alone.
    change(service, win32service.SERVICE_CONFIG_FAILURE_ACTIONS_FLAG, True)
    access = winreg.KEY_SET_VALUE
    with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, rf"{_KEY}\{wanted.name}", 0, access) as key:
        lines = list(wanted.environment)
        winreg.SetValueEx(key, _ENVIRONMENT, 0, winreg.REG_MULTI_SZ, lines)
    # Its account may not do that, and without it the event log shows each sentence with the
    # complaint that it has no description for it.
    servicemanager.SetEventSourceName(wanted.name, True)


def _environment(name: str) -> tuple[str, ...]:
    try:
        with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, rf"{_KEY}\{name}") as key:
            return tuple(winreg.QueryValueEx(key, _ENVIRONMENT)[0])
    except FileNotFoundError:
        return ()


@contextlib.contextmanager
def _open(name: str, manager: int, access: int) -> Iterator["_win32typing.PySC_HANDLE"]:
    with _said_as_oserror(), _scm(manager) as scm:
        service = win32service.OpenService(scm, name, access)
        with _closing(service):
            yield service


@contextlib.contextmanager
def _scm(access: int) -> Iterator["_win32typing.PySC_HANDLE"]:
    scm = win32service.OpenSCManager(None, None, access)
    with _closing(scm):
        yield scm


@contextlib.contextmanager
def _closing(handle: "_win32typing.PySC_HANDLE") -> Iterator[None]:
    try:
        yield
    finally:
        win32service.CloseServiceHandle(handle)


@contextlib.contextmanager
def _said_as_oserror() -> Iterator[None]:
    """What pywin32 raises is no OSError by itself."""
    try:
        yield
    except pywintypes.error as error:
        raise OSError(error.winerror, f"{error.strerror} ({error.funcname})") from error
