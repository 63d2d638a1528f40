"""Who signs in to a server, and with what password: never from a command line, never shown.

In this order: WAM_SMB_USER and WAM_SMB_PASSWORD, the system's keyring (where the package keyring
is installed; service ``wam:HOST``), a file that nobody else can read; else no password at all:
then pyspnego uses the Kerberos ticket, or on Windows the account, of whoever runs this.
"""

import os
import stat
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from spool_layout.errors import FormatError
from spool_layout.fields import Fields
from spool_layout.yaml_text import Section, load_mapping
from wamspool.errors import UnsafeCredentials
from wamspool.shares.smb.addresses import SmbAddress

USER = "WAM_SMB_USER"
PASSWORD = "WAM_SMB_PASSWORD"  # noqa: S105 - the variable's name
FILE = "WAM_SMB_CREDENTIALS"
FILE_NAME = "smb-credentials"
_FIELDS = ("username", "password", "domain")

Keyring = Callable[[str, str | None], tuple[str, str] | None]


@dataclass(frozen=True, slots=True)
class Credentials:
    """A name and a password; without a password, whatever ticket the system has."""

    username: str | None = None
    password: str | None = field(default=None, repr=False)
    found_in: str = ""

    @property
    def cure(self) -> str:
        """What to do when the server does not let these in."""
        if self.password is None:
            return (
                f"Set {USER} and {PASSWORD}, or write the file of credentials (docs/shares.md), "
                "or get a Kerberos ticket with kinit."
            )
        return f"Check the name '{self.username}' and the password from {self.found_in}."


def installed_keyring(service: str, username: str | None) -> tuple[str, str] | None:
    """What the system's keyring knows; nothing where there is none, or where it is locked."""
    try:
        import keyring  # type: ignore[import-not-found, unused-ignore] # noqa: PLC0415 - optional
    except ImportError:
        return None
    try:
        found = keyring.get_credential(service, username)
    except Exception:  # noqa: BLE001 - each system's keyring raises what it likes
        return None
    return (found.username, found.password) if found and found.password else None


def find_credentials(
    address: SmbAddress, environment: Mapping[str, str], *, keyring: Keyring = installed_keyring
) -> Credentials:
    """The first that are found. Raises UnsafeCredentials, or FormatError for an unusable file."""
    wanted = address.user or environment.get(USER) or None
    if password := environment.get(PASSWORD):
        return Credentials(wanted, password, PASSWORD)
    if kept := keyring(f"wam:{address.host}", wanted):
        return Credentials(wanted or kept[0], kept[1], f"the keyring (wam:{address.host})")
    if file := credentials_file(environment):
        found = _in_file(file, address.host, wanted, is_named=FILE in environment)
        if found:
            return found
    return Credentials(wanted, None)


def credentials_file(environment: Mapping[str, str]) -> Path | None:
    """Where the file is, or would be; None where the environment names no home."""
    if named := environment.get(FILE):
        return Path(named)
    if sys.platform == "win32":
        base = environment.get("APPDATA")
    else:
        home = environment.get("HOME")
        base = environment.get("XDG_CONFIG_HOME") or (f"{home}/.config" if home else None)
    return Path(base, "wam", FILE_NAME) if base else None


def _in_file(file: Path, host: str, wanted: str | None, *, is_named: bool) -> Credentials | None:
    try:
        with file.open("rb") as opened:
            _refuse_shown(file, os.fstat(opened.fileno()))
            text = opened.read()
    except FileNotFoundError as error:
        if is_named:
            raise UnsafeCredentials(
                f"{file}: {error.strerror}", cure=f"Write it, or take {FILE} away."
            ) from None
        return None
    except OSError as error:
        raise UnsafeCredentials(f"{file}: {error.strerror or error}") from None
    hosts = load_mapping(text, source=str(file)) if text.strip() else {}
    for name, entry in hosts.items():
        if name.lower() == host.lower():
            return _entry(entry, file, name, wanted)
    return None


def _entry(entry: object, file: Path, host: str, wanted: str | None) -> Credentials | None:
    if not isinstance(entry, Section):
        raise FormatError(f"{host} must hold 'username:' and 'password:'", source=str(file))
    fields = Fields(entry)
    if not isinstance(fields.raw("password") or "", str):  # 00123 would be signed in with as 123
        fields.refuse("password", "is no text", cure="Put the password in quotes.")
    username = fields.text("username", length_max=200)
    password = fields.text("password", length_max=500)
    domain = fields.text("domain", length_max=200)
    fields.refuse_unknown(_FIELDS)
    if wanted and username and wanted.lower() != username.lower():
        return None
    name = wanted or username or None
    return Credentials(
        f"{domain}\\{name}" if domain and name else name, password or None, str(file)
    )


def _refuse_shown(file: Path, found: os.stat_result) -> None:
    """POSIX only: elsewhere the mode says nothing, and a user's own folder is the user's own."""
    if sys.platform == "win32":
        return
    if stat.S_IMODE(found.st_mode) & 0o077:
        raise UnsafeCredentials(
            f"{file} holds passwords, and others may read it", cure=f"Type: chmod 600 '{file}'"
        )
    if found.st_uid not in {os.getuid(), 0}:
        raise UnsafeCredentials(
            f"{file} belongs to somebody else, who can read and change it",
            cure="Write a file of your own.",
        )
