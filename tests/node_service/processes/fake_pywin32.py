"""pywin32's modules as far as WAM asks them, with the signatures of its own; they only remember."""

# ruff: noqa: N802

import sys
from types import ModuleType, SimpleNamespace

CONSTANTS = {
    "SC_MANAGER_CONNECT": 1, "SC_MANAGER_CREATE_SERVICE": 2, "SC_MANAGER_ENUMERATE_SERVICE": 4,
    "SERVICE_QUERY_CONFIG": 1, "SERVICE_QUERY_STATUS": 4, "SERVICE_START": 16, "SERVICE_STOP": 32,
    "SERVICE_ALL_ACCESS": 0xF01FF, "SERVICE_WIN32_OWN_PROCESS": 16, "SERVICE_AUTO_START": 2,
    "SERVICE_ERROR_NORMAL": 1, "SERVICE_STOPPED": 1, "SERVICE_STOP_PENDING": 3,
    "SERVICE_RUNNING": 4, "SERVICE_CONFIG_DESCRIPTION": 1, "SERVICE_CONFIG_FAILURE_ACTIONS": 2,
    "SERVICE_CONFIG_DELAYED_AUTO_START_INFO": 3, "SERVICE_CONFIG_FAILURE_ACTIONS_FLAG": 4,
    "SERVICE_CONTROL_STOP": 1, "SC_ACTION_RESTART": 1,
}  # fmt: skip
NO_SUCH_SERVICE, ALREADY_RUNNING, NOT_ACTIVE = 1060, 1056, 1062


class Refused(Exception):
    def __init__(self, winerror, funcname, strerror):
        super().__init__(winerror, funcname, strerror)
        self.winerror, self.funcname, self.strerror = winerror, funcname, strerror


class ServiceControl:
    """Services by name, with what was set of each; ``handles`` are those that are open."""

    def __init__(self):
        self.services: dict[str, dict] = {}
        self.registry: dict[tuple[str, str], object] = {}
        self.handles: set[str] = set()
        self.waited: list[tuple] = []
        self.event_sources: set[str] = set()

    def open(self, what):
        self.handles.add(what)
        return what

    def modules(self):
        service = ModuleType("win32service")
        vars(service).update(CONSTANTS)
        for name in dir(self):
            if name[0].isupper():
                setattr(service, name, getattr(self, name))
        service.OpenSCManager = self.open_scm
        error = ModuleType("pywintypes")
        error.error = Refused
        codes = ModuleType("winerror")
        codes.ERROR_SERVICE_DOES_NOT_EXIST = NO_SUCH_SERVICE
        codes.ERROR_SERVICE_ALREADY_RUNNING = ALREADY_RUNNING
        codes.ERROR_SERVICE_NOT_ACTIVE = NOT_ACTIVE
        framework = ModuleType("win32serviceutil")
        framework.WaitForServiceStatus = lambda name, status, wait: self.waited.append(
            (name, status, wait)
        )
        events = ModuleType("servicemanager")
        events.SetEventSourceName = self._name_source
        return {
            "servicemanager": events, "win32service": service, "pywintypes": error, "winerror": codes,
            "win32serviceutil": framework, "winreg": self._winreg(),
        }  # fmt: skip

    def _name_source(self, name, register_now=False, /):
        if register_now:
            self.event_sources.add(name)

    def _winreg(self):
        reg = ModuleType("winreg")
        reg.HKEY_LOCAL_MACHINE, reg.KEY_SET_VALUE, reg.REG_MULTI_SZ, reg.KEY_READ = 1, 2, 7, 3

        class Key(SimpleNamespace):
            def __enter__(self):
                return self.path

            def __exit__(self, *_):
                pass

        def query(path, name):
            if (path, name) not in self.registry:
                raise FileNotFoundError(path)
            return self.registry[path, name], 7

        def put(path, name, _reserved, kind, value):
            assert kind == 7
            self.registry[path, name] = value

        reg.OpenKey = lambda key, path, reserved=0, access=3: Key(path=path)
        reg.QueryValueEx, reg.SetValueEx = query, put
        return reg

    def open_scm(self, machine, database, access, /):
        return self.open("manager")

    def CloseServiceHandle(self, handle, /):
        self.handles.remove(handle)

    def OpenService(self, manager, name, access, /):
        assert manager in self.handles
        if name not in self.services:
            raise Refused(NO_SUCH_SERVICE, "OpenService", "The service does not exist.")
        return self.open(name)

    def CreateService(
        self, manager, name, title, access, kind, start, error, command, group, tag, needs,
        account, password, /,
    ):  # fmt: skip
        self.services[name] = {
            "title": title, "start": start, "command": command, "account": account,
            "password": password, "state": 1, "set": {},
        }  # fmt: skip
        return self.open(name)

    def ChangeServiceConfig(
        self, service, kind, start, error, command, group, tag, needs, account, password, title, /
    ):
        assert needs is None
        kept = self.services[service]
        kept |= {"title": title, "start": start, "command": command}
        kept["account"] = account or kept["account"]

    def ChangeServiceConfig2(self, service, level, value, /):
        self.services[service]["set"][level] = value

    def QueryServiceConfig(self, service, /):
        kept = self.services[service]
        return (16, kept["start"], 1, kept["command"], "", 0, None, kept["account"], kept["title"])

    def QueryServiceConfig2(self, service, level, /):
        return self.services[service]["set"].get(level)

    def QueryServiceStatus(self, service, /):
        return (16, self.services[service]["state"], 1, 0, 0, 0, 0)

    def EnumServicesStatus(self, manager, /):
        return tuple((name, kept["title"], ()) for name, kept in self.services.items())

    def StartService(self, service, args, /):
        if self.services[service]["state"] == 4:
            raise Refused(ALREADY_RUNNING, "StartService", "is already running")
        self.services[service]["state"] = 4

    def ControlService(self, service, code, /):
        if self.services[service]["state"] != 4:
            raise Refused(NOT_ACTIVE, "ControlService", "has not been started")
        self.services[service]["state"] = code

    def DeleteService(self, service, /):
        del self.services[service]


def put_in_place(monkeypatch, modules):
    """The next imports of these names get these modules, on a system that says it is Windows."""
    monkeypatch.setattr(sys, "platform", "win32")
    for name, module in modules.items():
        monkeypatch.setitem(sys.modules, name, module)
