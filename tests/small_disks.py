"""A disk that is soon full."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def small_disk_at(folder: Path, size: str) -> Iterator[Path]:
    """The folder is made, and is a file system of this size (``64k``); needs root, as CI has."""
    folder.mkdir()
    if os.geteuid() != 0 and "CI" not in os.environ:
        pytest.skip("mounting needs root")
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "wam", folder], check=True)
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)
