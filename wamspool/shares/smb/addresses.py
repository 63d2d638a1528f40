"""Where a share is: ``smb://[user@]host[:port]/share[/folder...]`` and UNC paths."""

from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from wamspool.errors import NotASpool

PORT = 445
_FORM = "Write smb://SERVER/SHARE/FOLDER, or \\\\SERVER\\SHARE\\FOLDER."
_YES = {"yes": True, "no": False}


@dataclass(frozen=True, slots=True)
class SmbAddress:
    """A folder of a share of a server. Holds no secret."""

    host: str
    share: str
    folder: str = ""
    port: int = PORT
    user: str = ""
    encrypt: bool = False

    def __str__(self) -> str:
        user = f"{quote(self.user, safe='')}@" if self.user else ""
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = f":{self.port}" if self.port != PORT else ""
        place = f"{self.share}/{self.folder}" if self.folder else self.share
        for sign in "%#?":  # what a person can read as it is stays so
            place = place.replace(sign, quote(sign))
        return f"smb://{user}{host}{port}/{place}" + "?encrypt=yes" * self.encrypt

    def at(self, folder: str) -> "SmbAddress":
        """Another folder of the same share."""
        return replace(self, folder=folder)

    @property
    def unc(self) -> str:
        """The share as SMB calls it."""
        return f"\\\\{self.host}\\{self.share}"


def is_smb_address(location: str) -> bool:
    """Whether this names a share of a server, and no folder of this machine."""
    return location.lower().startswith("smb://") or _is_unc(location)


def _is_unc(location: str) -> bool:
    slashed = location.replace("\\", "/")
    return slashed.startswith("//") and not slashed.startswith(("///", "//./", "//?/"))


def parse_address(location: str) -> SmbAddress:
    """The folder that an address or UNC path names. Raises NotASpool for one that names none."""
    if _is_unc(location):
        host, *parts = location.replace("\\", "/")[2:].split("/")
        return _checked(SmbAddress(host=host, share="", folder="/".join(parts)), location)
    try:
        split = urlsplit(location)
        host, port = split.hostname or "", split.port or PORT
    except ValueError as error:
        raise NotASpool(f"{_hidden(location)}: {error}", cure=_FORM) from None
    if split.password is not None:
        raise NotASpool(
            f"{_hidden(location)}: an address must not hold a password: others can see it",
            cure="Leave it out, and put it into WAM_SMB_PASSWORD, the keyring or the file of "
            "credentials (docs/shares.md).",
        )
    options = dict(parse_qsl(split.query, keep_blank_values=True))
    encrypt = _YES.get(options.pop("encrypt", "no"))
    if encrypt is None or options or split.fragment:
        raise NotASpool(
            f"{location}: only ?encrypt=yes may follow the folder",
            cure="Write a '#' or '?' of a folder's name as %23 or %3F.",
        )
    address = SmbAddress(
        host=host,
        share="",
        folder=unquote(split.path),
        port=port,
        user=unquote(split.username or ""),
        encrypt=encrypt,
    )
    return _checked(address, location)


def _hidden(location: str) -> str:
    scheme, _, rest = location.partition("://")
    return f"{scheme}://...@{rest.rpartition('@')[2]}" if "@" in rest else location


def _checked(address: SmbAddress, location: str) -> SmbAddress:
    parts = [part for part in address.folder.replace("\\", "/").split("/") if part]
    if not address.host or not parts:
        raise NotASpool(f"{location}: names no server and share", cure=_FORM)
    if any(part in {".", ".."} for part in parts):
        raise NotASpool(f"{location}: '.' and '..' have no meaning in an address", cure=_FORM)
    return replace(address, share=parts[0], folder="/".join(parts[1:]))
