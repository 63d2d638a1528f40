"""What guests run, from Debian packages: fetched and unpacked in a cache folder, never installed.

A guest's root is this machine's own, read-only, with the packages that this machine lacks laid
over it. So nothing is built, guests have the very Python that runs the tests, and the machine
is left as it was. Only apt and a system of Debian's kind are needed.
"""

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

WANTED = (
    *("user-mode-linux", "kmod", "iproute2", "e2fsprogs", "busybox-static", "procps"),
    *("samba", "nfs-kernel-server", "nfs-common", "rpcbind", "cifs-utils", "dbus"),
)
# Read when this is loaded: tests run without the settings and the home of whoever starts them.
ASKED = os.environ.get("WAM_MOUNTS", "")
CACHE = Path(os.environ.get("WAM_MOUNTS_CACHE") or "~/.cache/wam-mounts").expanduser()
STATUS = Path("/var/lib/dpkg/status")
MERGED = ("bin", "sbin", "lib", "lib64")


class NoGuests(Exception):
    """Guests cannot be had on this machine; the message says why."""


def refuse_without_rights() -> None:
    """Raise NoGuests where no guest could be given a network."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        raise NoGuests("guests need a network of their own, and only root can make one")
    if not Path("/dev/net/tun").exists():
        raise NoGuests("there is no /dev/net/tun: guests would have no network")
    if shutil.which("apt-get") is None:
        raise NoGuests("guests are made of Debian packages, and there is no apt-get")


def _unpacked() -> Path:
    """The folder for this list of packages on this machine as it is."""
    text = repr(WANTED).encode() + STATUS.read_bytes()
    return CACHE / hashlib.sha256(text).hexdigest()[:12]


def find_packages() -> Path | None:
    """The unpacked packages, if they have been fetched."""
    found = _unpacked()
    return found if found.is_dir() else None


def fetch_packages() -> Path:
    """The unpacked packages, fetched if need be. Raises NoGuests when apt cannot."""
    target = _unpacked()
    if target.is_dir():
        return target
    unfinished = target.with_name(f"{target.name}.{os.getpid()}")
    (unfinished / "archives/partial").mkdir(parents=True)
    (unfinished / "root").mkdir()
    try:
        _download(unfinished / "archives")
        for package in sorted((unfinished / "archives").glob("*.deb")):
            subprocess.run(["dpkg-deb", "-x", package, unfinished / "root"], check=True)
        _merge(unfinished / "root")
        (unfinished / "root").rename(target)
    finally:
        shutil.rmtree(unfinished)
    return target


def _download(archives: Path) -> None:
    apt = [
        "apt-get",
        "-q",
        "-y",
        "-o",
        "Debug::NoLocking=1",
        "-o",
        f"Dir::Cache::archives={archives}",
    ]
    install = [*apt, "install", "--download-only", "--no-install-recommends"]
    said = ""
    # The lists of a new machine are empty or old.
    for command in ([*install, *WANTED], [*apt, "update"], [*install, *WANTED]):
        ran = subprocess.run(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
        )
        said = ran.stdout
        if command[:-1] != apt and ran.returncode == 0:
            return
    raise NoGuests(f"apt could not fetch {' '.join(WANTED)}:\n{said[-2000:]}")


def _merge(root: Path) -> None:
    """``bin``, ``sbin`` and ``lib`` are links to ``usr`` on the system below, and must stay so."""
    for name in MERGED:
        if (root / name).is_dir():
            shutil.copytree(root / name, root / "usr" / name, symlinks=True, dirs_exist_ok=True)
            shutil.rmtree(root / name)


def environment(packages: Path) -> dict[str, str]:
    """For programs of this machine that may have come with the packages."""
    paths = [str(packages / "usr/sbin"), str(packages / "usr/bin"), os.environ["PATH"]]
    libraries = [str(p) for p in (packages / "usr/lib").glob("*-linux-gnu")]
    return os.environ | {
        "PATH": ":".join([*paths, "/usr/sbin", "/sbin"]),
        "LD_LIBRARY_PATH": ":".join(libraries),
    }
