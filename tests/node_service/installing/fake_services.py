"""Windows' service manager, and a machine that has it, as far as installing asks them."""

from dataclasses import replace

from node_service.processes.services import Registered, ServiceState
from tests.node_service.installing.test_steps import FakeMachine


class FakeServices:
    """Remembers what was asked of it; ``refuses`` names the calls that fail."""

    def __init__(self):
        self.there: dict[str, Registered] = {}
        self.titles: dict[str, str] = {}
        self.told: list[str] = []
        self.refuses: tuple[str, ...] = ()

    def _tell(self, verb, name):
        self.told.append(f"{verb} {name}")
        if verb in self.refuses:
            raise OSError(5, "Access is denied. (OpenService)")

    def find(self, name):
        return self.there.get(name)

    def titled(self, beginning):
        return [name for name, title in self.titles.items() if title.startswith(beginning)]

    def create(self, wanted):
        self._tell("create", wanted.name)
        assert wanted.account is not None and wanted.name not in self.there
        self._keep(wanted, wanted.account, ServiceState.STOPPED)

    def change(self, wanted):
        self._tell("change", wanted.name)
        old = self.there[wanted.name]
        self._keep(wanted, wanted.account or old.account, old.state)

    def _keep(self, wanted, account, state):
        self.titles[wanted.name] = wanted.title
        self.there[wanted.name] = Registered(
            wanted.description, wanted.command, account, wanted.environment, state
        )

    def start(self, name):
        self._tell("start", name)
        self._put(name, ServiceState.RUNNING)

    def stop(self, name, limit_s):
        self._tell("stop", name)
        self._put(name, ServiceState.STOPPED)

    def _put(self, name, state):
        self.there[name] = replace(self.there[name], state=state)

    def delete(self, name):
        self._tell("delete", name)
        assert self.there.pop(name).state is ServiceState.STOPPED


class FakeWindows(FakeMachine):
    interpreter = r"C:\Python\python.exe"

    def __init__(self):
        super().__init__(windows=True, systemd=False)
        self.services = FakeServices()
