"""The folders of whose changes a node wants to be told."""

from spool_layout import folders
from wamspool.spool import Spool


def folders_to_watch(spool: Spool) -> tuple[str, ...]:
    """The queue and the presets' folders in it, as far as they are there; the requests, and
    ``cancel/``.
    """
    there = {entry.name for entry in spool.share.list(folders.INCOMING)}
    presets = (f"{folders.INCOMING}/{name}" for name in spool.settings.presets if name in there)
    return (folders.INCOMING, folders.REQUESTS, folders.CANCEL, *presets)
