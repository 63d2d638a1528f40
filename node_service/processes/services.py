"""What installing asks of Windows' service manager; tests answer in its place."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class ServiceState(StrEnum):
    """What a service does now."""

    RUNNING = "running"
    STOPPED = "stopped"
    CHANGING = "starting or stopping"


@dataclass(frozen=True, slots=True)
class Registration:
    """A service as the service manager is to keep it: started with the machine, after the others,
    and anew some seconds after it has failed.

    ``command`` is the whole command line, quoted. ``account`` is None where it is to stay who it
    is; ``environment`` are lines of ``NAME=value``, which every user of the machine can read.
    """

    name: str
    title: str
    description: str
    command: str
    account: str | None
    environment: tuple[str, ...]
    restart_after_s: int


@dataclass(frozen=True, slots=True)
class Registered:
    """A service that is there."""

    description: str
    command: str
    account: str
    environment: tuple[str, ...]
    state: ServiceState


class Services(Protocol):
    """The services of this machine. What cannot be done raises OSError."""

    def find(self, name: str) -> Registered | None:
        """The service of that name, None where there is none; needs no rights."""
        ...

    def titled(self, beginning: str) -> list[str]:
        """The names of the services whose titles begin so."""
        ...

    def create(self, wanted: Registration) -> None:
        """The service is there; it has not been started. Its ``account`` is not None."""
        ...

    def change(self, wanted: Registration) -> None:
        """The service, which is there, is kept so from its next start on."""
        ...

    def start(self, name: str) -> None:
        """The service has been told to start; nobody waits until it has."""
        ...

    def stop(self, name: str, limit_s: int) -> None:
        """The service has stopped; one that has not within the limit raises OSError."""
        ...

    def delete(self, name: str) -> None:
        """The service, which is stopped, is not there any more."""
        ...
