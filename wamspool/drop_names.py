"""What the job of a drop is called: by what was seen of it, so that all who look mean the same job."""

import hashlib
from contextlib import suppress
from typing import Final

from spool_layout.errors import FormatError
from spool_layout.names import (
    STEM_LENGTH_MAX,
    job_name,
    marked_suffix,
    safe_stem,
    suffix_from_bytes,
)
from spool_layout.yaml_text import load_mapping
from wamspool.drops import Dropped
from wamspool.settling import Sight
from wamspool.share import Share

MORE_LETTERS: Final = 2


def job_of_drop(share: Share, spool_id: str, drop: Dropped, sight: Sight) -> str:
    """The job's name: another one for another file of the same name, the same for every adopter.

    A job of a batch has the batch's mark in its suffix (see ``batch_mark``), and in its name as many
    letters of the digest as the mark has taken: two hundred tickets of one batch may all be called
    ``job.yaml``, each in a folder of its own. Costs a trip for a dropped ticket. Raises ShareError.
    """
    # Shares cut times to 100 ns; whole microseconds look the same through all of them.
    times = f"{sight.modified_ns // 1000}/{sight.changed_ns // 1000}"
    seen = f"{spool_id}/{drop.path}/{sight.size_bytes}/{times}"
    digest = hashlib.sha256(seen.encode("utf-8", "surrogateescape")).digest()
    stem, suffix = drop.name.rpartition(".")[0], suffix_from_bytes(digest)
    batch = _batch_of(share, drop)
    if not batch:
        return job_name(stem, suffix)
    more = suffix_from_bytes(digest[8:])[:MORE_LETTERS]
    short = safe_stem(stem)[: STEM_LENGTH_MAX - MORE_LETTERS - 1]
    return job_name(f"{short}-{more}", marked_suffix(suffix, batch))


def _batch_of(share: Share, drop: Dropped) -> str:
    """The batch that the ticket names, else the innermost preset; what cannot be read names none."""
    said = [preset["batch"] for preset in drop.presets if "batch" in preset]
    if drop.is_ticket:
        with suppress(FormatError):
            ticket = load_mapping(share.read(drop.path), source=drop.name)
            said += [ticket["batch"]] if "batch" in ticket else []
    return str(said[-1] or "").lower() if said else ""
