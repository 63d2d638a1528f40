"""The promises on which everything rests: rights, the door, and that nothing is written over."""

from collections.abc import Callable
from contextlib import suppress

from spool_layout import folders
from spool_layout.names import suffix_from_bytes
from spool_layout.probe_record import Finding, Mark
from spool_layout.units import count
from wamspool.errors import Denied, Exists, Gone, ShareError
from wamspool.probe.ground import Ground
from wamspool.probe.race import Raced, race
from wamspool.probe.sentences import ANOTHER_WAY, MUST_NOT

MOVES_SHARE = 4  # of the rounds, one in so many: a move is for information


def check_rights(ground: Ground) -> Finding:
    """Whether this account may do all that WAM does, in each folder of the spool."""
    place, refused = ground.place("rights"), []
    for what, act in _acts(ground, place):
        try:
            act()
        except Denied as error:
            refused.append(f"{what} ({error.message})")
        except Gone:
            if not refused:  # else it is not there because it could not be made
                raise
    refused += _refused_folders(ground)
    if refused:
        return Finding(
            "rights",
            Mark.FAILED,
            f"This account may not {'; nor '.join(refused)}.",
            cure="Give it the right to read, write, rename and delete in the whole spool.",
            figures={"refused": len(refused)},
        )
    where = f", in each of {len(ground.spool_folders)} folders" if ground.spool_folders else ""
    return Finding(
        "rights",
        Mark.OK,
        f"This account may make, read, write, rename and remove files and folders{where}.",
        figures={"refused": 0, "folders": len(ground.spool_folders)},
    )


def _acts(ground: Ground, place: str) -> list[tuple[str, Callable[[], object]]]:
    share = ground.mine
    return [
        ("make folders", lambda: share.make_folder(f"{place}/folder")),
        ("list folders", lambda: share.list(place)),
        ("make files", lambda: share.create(f"{place}/file", b"1")),
        ("read files", lambda: share.read(f"{place}/file")),
        ("change files", lambda: share.replace(f"{place}/file", b"2")),
        ("append to files", lambda: share.append(f"{place}/file", b"3")),
        ("rename files", lambda: share.move(f"{place}/file", f"{place}/folder/moved")),
        ("remove files", lambda: share.remove(f"{place}/folder/moved")),
        ("remove folders", lambda: share.remove(f"{place}/folder")),
    ]


def _refused_folders(ground: Ground) -> list[str]:
    """A file is moved through all folders of the spool, as a ticket is, under a hidden name."""
    if not ground.spool_folders:
        return []
    share, refused = ground.mine, []
    name = f"{folders.PROBE_GROUND}{suffix_from_bytes(ground.clock.random_bytes(8))}"
    lies = f"{ground.folder}/{name}"
    try:
        share.create(lies, b"")
    except Denied:
        return []  # said already
    try:
        for folder in ground.spool_folders:
            try:
                share.move(lies, f"{folder}/{name}")
                lies = f"{folder}/{name}"
            except Denied as error:
                refused.append(f"move a ticket into {folder}/ ({error.message})")
            except Gone:
                refused.append(f"find {folder}/")
    finally:
        with suppress(ShareError):
            share.remove(lies)
    return refused


def check_door(ground: Ground) -> Finding:
    """The door: that of all who make one folder exactly one is told that he has made it."""
    place = ground.place("door")
    ground.mine.make_folder(f"{place}/first")
    with suppress(Exists):
        ground.other.make_folder(f"{place}/first")
        return _door_failed("A second client was told that it had made a folder that was there", {})
    raced = race(
        ground,
        ground.effort.rounds,
        lambda share, round_, _: share.make_folder(f"{place}/{round_}"),
    )
    return judge_door(raced, len(ground.clients), whose="clients")


def judge_door(raced: Raced, number: int, *, whose: str) -> Finding:
    """What a race of this many for the door means; ``whose``: clients, or machines."""
    total = len(raced.winners)
    figures = _figures(raced, number)
    if raced.double:
        return _door_failed(
            f"In {raced.double} of {count(total, 'round')} two {whose} were told that both had made the "
            "same folder",
            figures,
        )
    if raced.nobody or raced.unclear:
        return Finding(
            "door",
            Mark.LIMITED,
            f"Never did two {whose} make the same folder, but in {count(raced.nobody, 'round')} of {total} "
            f"nobody was told of success, and {count(raced.unclear, 'answer')} told nothing: such "
            "a ticket waits for the door's grace.",
            cure="Look for a network or server that loses replies; no harm but delay follows.",
            figures=figures,
        )
    return Finding(
        "door",
        Mark.OK,
        f"Of {number} {whose} that made the same folder exactly one succeeded, in {count(total, 'round')}.",
        figures=figures,
    )


def _door_failed(what: str, figures: dict[str, int]) -> Finding:
    sentence = f"{what}: {MUST_NOT} Two nodes would run one job, and neither would know."
    return Finding("door", Mark.FAILED, sentence, cure=ANOTHER_WAY, figures=figures)


def _figures(raced: Raced, number: int) -> dict[str, int]:
    return {
        "clients": number,
        "rounds": len(raced.winners),
        "double": raced.double,
        "nobody": raced.nobody,
        "unclear": raced.unclear,
    }


def check_create(ground: Ground) -> Finding:
    """That a file is never created over another, by one after the other or at once."""
    place = ground.place("create")
    ground.mine.create(f"{place}/first", b"first")
    with suppress(Exists):
        ground.other.create(f"{place}/first", b"second")
        return _written_over("create", "A file was created over one that was there")
    if ground.mine.read(f"{place}/first") != b"first":
        return _written_over("create", "A refused creation changed the file that was there")
    raced = race(
        ground,
        ground.effort.rounds // 2,
        lambda share, round_, number: share.create(f"{place}/{round_}", b"%d" % number),
    )
    return judge_create(raced, len(ground.clients), whose="clients")


def judge_create(raced: Raced, number: int, *, whose: str) -> Finding:
    """What a race of creators means: nothing contended rests on it."""
    total, figures = len(raced.winners), _figures(raced, number)
    if raced.double or raced.nobody:
        return Finding(
            "create",
            Mark.LIMITED,
            f"Of several {whose} that created one file at once, two were told of success in "
            f"{count(raced.double, 'round')} of {total}, and nobody in {raced.nobody}. WAM decides nothing "
            "by that: what is contended goes through the door.",
            cure="Do not let programs of your own claim anything there by creating a file.",
            figures=figures,
        )
    sentence = f"Of {number} {whose} that created one file exactly one succeeded, in {count(total, 'round')}."
    return Finding("create", Mark.OK, sentence, figures=figures)


def _written_over(check: str, what: str) -> Finding:
    sentence = f"{what}: {MUST_NOT} Tickets and results would be lost."
    return Finding(check, Mark.FAILED, sentence, cure=ANOTHER_WAY, figures={"written_over": True})


def check_move(ground: Ground) -> Finding:
    """That nothing is moved onto an existing name: a file on a file, a folder on an empty one."""
    share, place = ground.mine, ground.place("move")
    makings = {"file": lambda path: share.create(path, path.encode()), "folder": share.make_folder}
    for kind, make in makings.items():
        source, target = f"{kind}-mine", f"{kind}-theirs"
        make(f"{place}/{source}")
        make(f"{place}/{target}")
        with suppress(Exists):
            ground.other.move(f"{place}/{source}", f"{place}/{target}")
            return _written_over("move", f"A {kind} was moved onto an existing one")
        if not {source, target} <= {entry.name for entry in share.list(place)}:
            return _written_over("move", f"A refused move of a {kind} changed something")
    if share.read(f"{place}/file-theirs") != f"{place}/file-theirs".encode():
        return _written_over("move", "A refused move changed the file that was there")
    return Finding(
        "move",
        Mark.OK,
        "Nothing is moved onto an existing name: neither a file nor a folder.",
        figures={"written_over": False},
    )


def check_contended_move(ground: Ground) -> Finding:
    """What happens when several move one file at once; information, but that it is there once."""
    place, total = ground.place("contended"), max(1, ground.effort.rounds // MOVES_SHARE)
    for round_ in range(total):
        ground.mine.create(f"{place}/s{round_}", b"x")
    raced = race(
        ground,
        total,
        lambda share, round_, number: share.move(
            f"{place}/s{round_}", f"{place}/t{round_}-{number}"
        ),
    )
    names = [entry.name.partition("-")[0].lstrip("st") for entry in ground.mine.list(place)]
    astray = sum(names.count(str(round_)) != 1 for round_ in range(total))
    return judge_contended_move(raced, astray, whose="clients")


def judge_contended_move(raced: Raced, astray: int, *, whose: str) -> Finding:
    """``astray``: rounds after which the file was not there exactly once."""
    total = len(raced.winners)
    figures = {"rounds": total, "double": raced.double, "nobody": raced.nobody, "astray": astray}
    if astray:
        what = f"After {count(astray, 'round')} of {total} a file that several {whose} moved was gone or double"
        sentence = f"{what}: {MUST_NOT} Tickets would be lost."
        return Finding("contended-move", Mark.FAILED, sentence, cure=ANOTHER_WAY, figures=figures)
    told = (
        f"two {whose} were told of success in {count(raced.double, 'round')} of {total}"
        if raced.double
        else f"exactly one was told of success, in {count(total, 'round')}"
    )
    return Finding(
        "contended-move",
        Mark.OK,
        f"When several {whose} move one file, {told}; WAM does not rely on it.",
        figures=figures,
    )
