"""The demo's folder: the spool, the scratch folders and the logs of its nodes."""

import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path

from client_tools.demo.examples import Example
from client_tools.errors import DemoImpossible
from spool_layout import folders

PREFIX = "wam-demo-"


def demo_folder(given: Path | None) -> Path:
    """A new folder, or the given one, which must be new or empty. Raises DemoImpossible."""
    if given is None:
        return Path(tempfile.mkdtemp(prefix=PREFIX)).resolve()
    folder = given.expanduser().resolve()
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise DemoImpossible(f"{folder} is not empty", cure="Name a new folder with --dir.")
    return folder


def drop(examples: Iterable[Example], source: Path, spool: Path) -> None:
    """Copies of the decks lie in the spool's drop folder, as if dragged there."""
    for example in examples:
        shutil.copyfile(source / example.path, spool / folders.INCOMING / example.deck)


def remove_demo(folder: Path) -> None:
    """The folder is gone, as far as the system lets us."""
    shutil.rmtree(folder, ignore_errors=True)
