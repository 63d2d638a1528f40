"""What installing a service asks of its system; tests answer in its place."""

import ctypes
import errno
import getpass
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from node_service.processes.services import Services

LIMIT_S: Final = 120.0
_SYSTEMD: Final = Path("/run/systemd/system")


@dataclass(frozen=True, slots=True)
class Ran:
    """How a command of the system ended, and what it said."""

    exit_code: int
    said: str


class Machine(Protocol):
    """The system of this machine. What cannot be done raises OSError."""

    @property
    def is_windows(self) -> bool:
        """Whether services and tasks of Windows are the way, not units."""

    @property
    def has_systemd(self) -> bool:
        """Whether systemd runs this machine."""

    @property
    def is_privileged(self) -> bool:
        """Whether this account may change the system."""

    @property
    def account(self) -> str:
        """This account's name."""

    @property
    def interpreter(self) -> str:
        """The Python that this one's virtual environment was made from; itself without one."""

    @property
    def services(self) -> Services:
        """Windows' services; there are none elsewhere."""

    def home(self) -> Path:
        """This account's folder."""

    def run(self, *command: str) -> Ran:
        """The command has ended; one that is not there has exit code 127."""

    def read(self, path: Path) -> str | None:
        """The text of a file, None where there is none."""

    def write(self, path: Path, text: str, *, encoding: str = "utf-8") -> None:
        """The file holds the text; the folders above it are there."""

    def remove(self, path: Path) -> None:
        """There is no such file."""

    def make_folder(self, path: Path, *, owner: str | None) -> None:
        """The folder is there; one that was made belongs to the owner."""

    def mount_point(self, folder: Path) -> Path:
        """Where the file system begins in which the folder lies."""

    def others_may_read(self, path: Path) -> bool:
        """Whether the rights of a file let its group or others read it. Raises OSError."""


class ThisMachine:
    """The real one. Windows' half was never run."""

    is_windows = sys.platform == "win32"

    @property
    def has_systemd(self) -> bool:
        return _SYSTEMD.is_dir() and shutil.which("systemctl") is not None

    @property
    def is_privileged(self) -> bool:
        if sys.platform == "win32":
            return bool(ctypes.windll.shell32.IsUserAnAdmin())
        return os.geteuid() == 0

    @property
    def account(self) -> str:
        domain = os.environ.get("USERDOMAIN") if self.is_windows else None
        return f"{domain}\\{getpass.getuser()}" if domain else getpass.getuser()

    @property
    def interpreter(self) -> str:
        return str(getattr(sys, "_base_executable", "") or sys.executable)

    @property
    def services(self) -> Services:
        if sys.platform == "win32":
            from node_service.processes.windows_services import WindowsServices  # noqa: PLC0415

            return WindowsServices()
        raise OSError(errno.ENOSYS, "there is no service manager of Windows")

    def home(self) -> Path:
        return Path.home()

    def run(self, *command: str) -> Ran:
        try:
            ended = subprocess.run(
                command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT, timeout=LIMIT_S, check=False,
            )  # fmt: skip
        except FileNotFoundError:
            return Ran(127, f"{command[0]} is not there")
        except subprocess.TimeoutExpired:
            return Ran(124, f"{command[0]} has not ended within {LIMIT_S:.0f} s")
        return Ran(ended.returncode, ended.stdout.decode("utf-8", "replace").strip())

    def read(self, path: Path) -> str | None:
        try:
            return path.read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            return None

    def write(self, path: Path, text: str, *, encoding: str = "utf-8") -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(f".{path.name}.new")
        fresh.write_text(text, encoding=encoding)
        fresh.replace(path)

    def remove(self, path: Path) -> None:
        path.unlink(missing_ok=True)

    def make_folder(self, path: Path, *, owner: str | None) -> None:
        if not path.is_dir():
            path.mkdir(parents=True)
            if owner and not self.is_windows:
                shutil.chown(path, owner)

    def mount_point(self, folder: Path) -> Path:
        return next(p for p in (folder, *folder.parents) if os.path.ismount(p) or p == p.parent)

    def others_may_read(self, path: Path) -> bool:
        mode = path.stat().st_mode
        return not self.is_windows and bool(mode & 0o077)
