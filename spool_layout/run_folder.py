"""What a solver profile wants to find in the run folder, beside the job's inputs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from spool_layout.errors import BadName
from spool_layout.fields import Fields
from spool_layout.names import check_file_path
from spool_layout.profile_fields import PLACEHOLDERS, check_placeholders, section_of

_TEXT_LENGTH_MAX: Final = 16_000


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFolder:
    """Made ready before the solver starts.

    ``folders`` are there, empty. ``beside`` names files that are taken along from beside a deck
    that is submitted, although nothing names them. ``append`` has texts, with placeholders, that
    stand at the end of files: of the user's own where one travels with the job.
    """

    folders: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    append: Mapping[str, str] = field(default_factory=dict)


def parse_run_folder(f: Fields) -> RunFolder:
    """The profile's ``run_folder``; nothing where it has none. Raises FormatError."""
    section = section_of(f, "run_folder", ("folders", "beside", "append"))
    appended = section.section("append")
    texts = {}
    for name in appended.names():
        texts[_path(appended, name, name)] = text = appended.text(name, length_max=_TEXT_LENGTH_MAX)
        check_placeholders(appended, name, text, PLACEHOLDERS)
    return RunFolder(
        folders=tuple(_path(section, "folders", p) for p in section.texts("folders")),
        beside=tuple(_path(section, "beside", p) for p in section.texts("beside")),
        append=texts,
    )


def _path(f: Fields, name: str, path: str) -> str:
    try:
        return check_file_path(path)
    except BadName as error:
        f.refuse(name, error.message)
