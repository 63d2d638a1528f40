"""The files that a solver profile knows of and no deck names: its options', and those beside.

A restart's earlier results, a submodel's global ones and a user subroutine are named by an option
of the ticket alone; a job without them starts, and fails on the node.
"""

from dataclasses import replace

from spool_layout.profile import Profile
from spool_layout.ticket import Draft
from wamspool.decks.deck import Deck, Kind, Reference
from wamspool.decks.options import wish
from wamspool.decks.source import DeckSource
from wamspool.errors import BadInput


def with_option_files(deck: Deck, draft: Draft, profile: Profile, source: DeckSource) -> Deck:
    """The deck, as if it named the files that the job's options name.

    An option none of whose files is there counts as one missing file. What the deck's remarks
    ask for is not asked for again. Options that the profile does not permit are left to others.
    Raises BadInput for an earlier job that has the name of this one: it would be written over.
    """
    found: list[Reference] = []
    missing: list[Reference] = []
    for name, value in draft.options.items():
        option = profile.options.get(name)
        if option is None or not option.files or not option.permits(value):
            continue
        if option.earlier_job:
            _refuse_own_name(deck, name, value)
        there = [file for file in option.files_for(value) if _is_there(source, file)]
        found += [_reference(deck, name, value, file) for file in there]
        if not there:
            missing.append(_reference(deck, name, value, value))
    answered = [wish(name) for name in draft.options]
    return replace(
        deck,
        references=(*deck.references, *found, *missing),
        missing=(*deck.missing, *missing),
        remarks=tuple(r for r in deck.remarks if not any(w in r.text for w in answered)),
    )


def files_beside(profile: Profile, source: DeckSource) -> tuple[str, ...]:
    """The files of the deck's folder that the profile takes along unasked."""
    return tuple(name for name in profile.run_folder.beside if _is_there(source, name))


def _is_there(source: DeckSource, name: str) -> bool:
    return source.read(name) is not None


def _reference(deck: Deck, option: str, value: str, file: str) -> Reference:
    line = next((o.line for o in deck.options if o.name == f"option.{option}"), 0)
    return Reference(
        name=file,
        written=value,
        keyword=f"the option {option}",
        file=deck.name,
        line=line,
        kind=Kind.RESULTS,
        required=True,
    )


def _refuse_own_name(deck: Deck, option: str, value: str) -> None:
    stem = deck.name.rpartition("/")[2].rpartition(".")[0]
    if value.partition(".")[0].lower() == stem.lower():
        raise BadInput(
            f"{deck.name}: the option {option} names '{value}', and the job itself would write "
            "over those files",
            cure="Give the deck another name than the job whose results it reads.",
        )
