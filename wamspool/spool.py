"""A spool that has been opened: its share, its settings, and the clock of whoever opened it."""

from contextlib import suppress
from dataclasses import dataclass

from spool_layout import folders
from spool_layout.names import SUFFIX_LENGTH, suffix_from_bytes
from spool_layout.settings import README_TEXT, SpoolSettings, parse_settings, settings_text
from wamspool.clock import Clock
from wamspool.door import Doors
from wamspool.errors import Exists, Gone, NotASpool, UnfitFolder
from wamspool.share import Kind, Share


@dataclass(frozen=True, slots=True)
class Spool:
    """What every operation on a spool needs."""

    share: Share
    clock: Clock
    settings: SpoolSettings
    doors: Doors

    def new_suffix(self) -> str:
        """Five characters for a new job's name."""
        return suffix_from_bytes(self.clock.random_bytes(8))


def open_spool(share: Share, clock: Clock) -> Spool:
    """The spool in the share. Raises NotASpool, or FormatError for unusable settings."""
    try:
        text = share.read(folders.SETTINGS)
    except Gone:
        raise NotASpool(f"{share.location} holds no {folders.SETTINGS}") from None
    settings = parse_settings(text)
    return Spool(share, clock, settings, Doors(share, clock, grace_s=settings.door_grace_s))


_SYNCHRONISERS = {
    ".dropbox": "Dropbox",
    ".dropbox.cache": "Dropbox",
    ".stfolder": "Syncthing",
    ".stignore": "Syncthing",
    ".tmp.driveupload": "Google Drive",
    ".tmp.drivedownload": "Google Drive",
    ".owncloudsync.log": "ownCloud",
    ".sync_journal.db": "Nextcloud",
    ".849c9593-d756-4e56-8d6e-42412f2a707b": "OneDrive",
}
_SYNCHRONISED_PARTS = {
    "dropbox": "Dropbox",
    "onedrive": "OneDrive",
    "google drive": "Google Drive",
    "googledrive": "Google Drive",
    "icloud drive": "iCloud Drive",
    "icloud~": "iCloud Drive",
    "mobile documents": "iCloud Drive",
    "nextcloud": "Nextcloud",
    "owncloud": "ownCloud",
    "seafile": "Seafile",
    "syncthing": "Syncthing",
}
_HARMLESS = {"thumbs.db", "desktop.ini", ".ds_store", "lost+found", "$recycle.bin"}


def synchroniser_of(location: str) -> str | None:
    """The cloud synchroniser that a path's own words give away, or None."""
    for part in location.replace("\\", "/").lower().split("/"):
        for word, product in _SYNCHRONISED_PARTS.items():
            if part == word or part.startswith((f"{word} ", f"{word}-", f"{word}(")):
                return product
    return None


def refuse_synchronised(location: str, parents: tuple[tuple[str, Share], ...]) -> None:
    """Raise UnfitFolder when the folder, or one above it, is kept by a cloud synchroniser.

    Such a folder is a copy on each machine: two nodes would each win the same door.
    """
    product = synchroniser_of(location)
    for place, share in parents:
        with suppress(Gone):
            for entry in share.list(""):
                if found := _SYNCHRONISERS.get(entry.name.lower()):
                    product = product or found
                    location = place if product is found else location
    if product:
        raise UnfitFolder(
            f"{location} is kept by {product}, which copies files between machines in its own time",
            cure="Use a folder on a shared drive (SMB, NFS) that all machines see as one.",
        )


def create_spool(share: Share, clock: Clock) -> SpoolSettings:
    """The folder is a spool; one that is a spool already keeps its settings.

    Raises UnfitFolder for a folder that holds something else.
    """
    entries = {entry.name: entry.kind for entry in share.list("")}
    if folders.SETTINGS not in entries:
        others = sorted(name for name in entries if not _belongs(name))
        if others:
            raise UnfitFolder(
                f"{share.location} holds something else already: {', '.join(others[:5])}"
            )
    for folder in folders.ALL:
        if entries.get(folder) is not Kind.FOLDER:
            with suppress(Exists):
                share.make_folder(folder)
    with suppress(Exists):
        share.create(folders.README, README_TEXT.replace("\n", "\r\n").encode())
    with suppress(Exists):
        # Last: a folder becomes a spool by this file, so that nobody finds half of one.
        share.create(folders.SETTINGS, settings_text(_spool_id(clock)).encode())
    settings = parse_settings(share.read(folders.SETTINGS))
    for preset in settings.presets:
        with suppress(Exists):
            share.make_folder(f"{folders.INCOMING}/{preset}")
    return settings


def _belongs(name: str) -> bool:
    if name.startswith(folders.PROBE_GROUND):  # of a doctor that was killed, or runs now
        return True
    return name in folders.ALL or name == folders.README or name.lower() in _HARMLESS


def _spool_id(clock: Clock) -> str:
    return "".join(suffix_from_bytes(clock.random_bytes(8)) for _ in range(2))[: 2 * SUFFIX_LENGTH]
