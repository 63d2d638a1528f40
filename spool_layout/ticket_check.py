"""Whether a ticket that was just written can be read back: said to its writer, not to each node.

Reading it back is the proof, and takes five times as long as writing it; so the plain ticket,
whose every value is seen to be within the limits of reading, is not read.
"""

from typing import Final

from spool_layout.errors import BadName
from spool_layout.names import check_file_path, is_job_name
from spool_layout.ticket import (
    CPUS_MAX,
    FILES_MAX,
    GPUS_MAX,
    RETRIES_MAX,
    TOKENS_MAX,
    Draft,
    Ticket,
    parse_ticket,
)
from spool_layout.units import DURATION_MAX_S, SIZE_MAX_BYTES
from spool_layout.yaml_text import SIZE_LIMIT_BYTES

_WORD_LENGTH_MAX: Final = 64
_WIDEST: Final = 4  # bytes of a character in UTF-8


def refuse_unreadable(ticket: Ticket, text: str) -> None:
    """Raise FormatError unless ``parse_ticket`` reads the text that stands for the ticket."""
    if not _is_plain(ticket, text):
        parse_ticket(text, source=ticket.job)


def _is_plain(ticket: Ticket, text: str) -> bool:
    """Whether the ticket is readable at a glance; what is not is for the reader to judge.

    Text without a backslash has no character that had to be escaped, so none that is refused.
    """
    draft, inputs = ticket.draft, ticket.inputs
    return (
        len(text) * _WIDEST <= SIZE_LIMIT_BYTES
        and "\\" not in text
        and not (
            draft.extra
            or draft.options
            or draft.parameters
            or draft.email
            or draft.note
            or ticket.remarks
        )
        and not (draft.nodes or draft.tags or draft.after)
        and max(len(draft.name), len(draft.solver), len(draft.batch), len(ticket.owner))
        <= _WORD_LENGTH_MAX
        and _is_modest(draft)
        and is_job_name(ticket.job)
        and len(inputs) <= FILES_MAX
        and all(0 <= f.size_bytes <= SIZE_MAX_BYTES and len(f.sha256) <= 64 for f in inputs)
        and any(f.name == draft.input for f in inputs)
        and _are_paths({*draft.files, *(f.name for f in inputs), *(f.staged for f in inputs)})
    )


def _is_modest(draft: Draft) -> bool:
    asked = draft.resources
    return (
        1 <= asked.cpus <= CPUS_MAX
        and 0 <= asked.gpus <= GPUS_MAX
        and 0 <= draft.retries <= RETRIES_MAX
        and 0 <= (asked.tokens or 0) <= TOKENS_MAX
        and 0 <= (asked.memory_bytes or 0) <= SIZE_MAX_BYTES
        and 0 <= (asked.scratch_bytes or 0) <= SIZE_MAX_BYTES
        and (asked.walltime_s is None or 1 <= asked.walltime_s <= DURATION_MAX_S)
    )


def _are_paths(paths: set[str]) -> bool:
    try:
        for path in paths:
            check_file_path(path)
    except BadName:
        return False
    return True
