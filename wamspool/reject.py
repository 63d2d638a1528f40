"""Setting aside what cannot become a job, with a text beside it that says why."""

from contextlib import suppress

from spool_layout import folders
from spool_layout.errors import WamError
from spool_layout.names import check_file_path, safe_stem
from spool_layout.states import Outcome
from wamspool.errors import Exists, Gone
from wamspool.share import Share

COPIES_MAX = 1000


def reject(share: Share, path: str, error: WamError) -> str | None:
    """The dropped file lies in ``rejected/`` beside a ``.why.txt``; returns its name there.

    Its content is untouched, and nothing that lay there before is overwritten. None when the
    file was gone meanwhile.
    """
    for name in _free_names(path.rpartition("/")[2]):
        why = f"{folders.REJECTED}/{name}{folders.WHY_SUFFIX}"
        try:
            share.create(why, _explanation(path, error).encode())
        except Exists:
            continue
        try:
            share.move(path, f"{folders.REJECTED}/{name}")
        except Exists:
            share.remove(why)
            continue
        except Gone:
            with suppress(Gone):
                share.remove(why)
            return None
        return name
    raise Exists(folders.REJECTED, f"holds {COPIES_MAX} files of this name")


def _free_names(name: str) -> list[str]:
    try:
        check_file_path(name)
    except WamError:
        stem, dot, suffix = name.rpartition(".")
        name = safe_stem(stem or suffix) + (f".{safe_stem(suffix)}" if dot and stem else "")
    stem, dot, suffix = name.rpartition(".")
    stem, suffix = (stem, dot + suffix) if stem else (suffix, "")
    return [name, *(f"{stem}~{number}{suffix}" for number in range(2, COPIES_MAX))]


def _explanation(path: str, error: WamError) -> str:
    shown = path.encode("utf-8", "backslashreplace").decode()
    problem = error.message.encode("utf-8", "backslashreplace").decode()
    return "\r\n".join(
        [
            f"{shown!r} did not become a job.",
            "",
            f"Why:        {problem}",
            f"What to do: {error.cure}",
            "",
            f"outcome: {Outcome.REJECTED}",
            "Nothing was changed in the file. Copy it into incoming again when it is corrected.",
            "",
        ]
    )
