"""From a named deck to a submission that is known to be complete; nothing is written."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from client_tools.decks_named import NamedDeck
from client_tools.errors import UnknownSolver
from client_tools.sweeping import Case, name_of
from spool_layout.asked import laid_over
from spool_layout.profile import Profile
from spool_layout.records import NodeStatus
from spool_layout.settings import SpoolSettings
from spool_layout.solver_command import SolverArguments, build_command
from spool_layout.ticket import Draft, parse_draft
from spool_layout.yaml_text import Section, load_mapping
from wamspool.bundle_outside import BundledSource, bundle_outside
from wamspool.clock import Clock
from wamspool.decks.placeholders import FilledSource, filled
from wamspool.decks.reader import read_deck
from wamspool.decks.source import DeckSource
from wamspool.errors import BadInput, Denied, Gone
from wamspool.gather import Gathered, ShareSource, explain_missing, gather, mail_remarks
from wamspool.open_share import local_folder
from wamspool.pools import refuse_tokens, rules_for
from wamspool.submit import Submission, submission_of


@dataclass(frozen=True, slots=True)
class Prepared:
    """A job that could be queued, and the bytes that would be copied for it."""

    deck: Path
    submission: Submission
    size_bytes: int


class LocalOutside:
    """Files outside of a deck's folder, by the paths that the deck writes."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._folder = folder
        self._clock = clock

    def path(self, written: str) -> Path:
        """The file of this machine; backslashes separate folders here too."""
        plain = Path(written.strip())
        if not plain.exists():
            plain = Path(written.strip().replace("\\", "/"))
        return (self._folder / plain.expanduser()).resolve()

    def read(self, written: str) -> Iterator[bytes] | None:
        """The file's bytes in pieces, or None."""
        path = self.path(written)
        if not path.is_file():
            return None
        return local_folder(path.parent, self._clock).chunks(path.name)


class Preparer:
    """Prepares decks that share one command line. Raises what is wrong with a deck or with it."""

    def __init__(
        self,
        *,
        clock: Clock,
        profiles: Mapping[str, Profile],
        announced: frozenset[str],
        nodes: Sequence[NodeStatus],
        settings: SpoolSettings,
        asked: Section,
        owner: str,
        include_outside: bool,
        usual: Section | None = None,
    ) -> None:
        self._clock = clock
        self._profiles = profiles
        self._announced = announced
        self._nodes = nodes
        self._settings = settings
        self._default_solver = settings.default_solver
        self._asked = asked
        self._owner = owner
        self._include_outside = include_outside
        self._usual = laid_over(usual or {})
        if settings.mail is None:  # nobody has asked for mail in this spool
            self._usual.pop("email", None)

    def family_of(self, solver: str) -> str:
        """The family whose decks the solver reads. Raises UnknownSolver."""
        solver = solver.lower()
        if profile := self._profiles.get(solver):
            return profile.family
        if solver in self._announced:
            return "command"  # only its nodes know the profile; nothing is assumed of its decks
        known = ", ".join(sorted({*self._profiles, *self._announced}))
        raise UnknownSolver(f"there is no solver '{solver}'; known are: {known}")

    def refuse_uncounted(self, draft: Draft) -> None:
        """Raise BadInput for licence tokens that no pool could ever give."""
        rules = rules_for(draft.solver, self._nodes)
        if not rules and draft.solver in self._profiles:
            rules = (self._profiles[draft.solver].tokens,)
        refuse_tokens(draft, rules, self._settings.pools)

    def prepare(self, named: NamedDeck, case: Case | None = None) -> Prepared:
        """The complete submission of the deck, with the values of the case in it."""
        share = local_folder(named.folder, self._clock)
        source: DeckSource = ShareSource(share, "")
        try:
            name, strong = self._strong(named, source)
            if case:
                strong = laid_over(strong, _of_case(name, case))
                source = FilledSource(source, name, case.values)
            bundled = self._bundled(source, named.folder, name, strong)
            gathered = self._gathered(bundled or source, name, strong)
        except Denied as error:
            raise self._unreadable(named, error) from None
        self._check(gathered, named)
        submission = submission_of(gathered, named.folder, owner=self._owner)
        remarks = (*submission.remarks, *mail_remarks(gathered.draft, self._settings))
        submission = replace(submission, remarks=remarks)
        if bundled:
            submission = self._with_outside(submission, bundled, named.folder)
        if case:
            submission = _with_values(submission, name, case.values)
        return Prepared(named.folder / named.name, submission, _size_bytes(submission))

    def _strong(self, named: NamedDeck, source: DeckSource) -> tuple[str, Section]:
        if not named.is_ticket:
            return named.name, self._asked
        text = b"".join(source.read(named.name) or ())
        draft = parse_draft(text, source=named.name)
        for name in (draft.input, *draft.files):
            if source.read(name) is None:
                raise BadInput(
                    f"{named.name} names '{name}', which is not beside it",
                    cure="Put the file beside the ticket, or correct the ticket.",
                )
        return draft.input, laid_over(load_mapping(text, source=named.name), self._asked)

    def _bundled(
        self, source: DeckSource, folder: Path, name: str, strong: Section
    ) -> BundledSource | None:
        if not self._include_outside:
            return None
        solver = str(strong.get("solver") or self._default_solver).lower()
        outside = LocalOutside(folder, self._clock)
        bundled = bundle_outside(source, outside, name, family=self.family_of(solver))
        return bundled if bundled.bundle.names else None

    def _gathered(self, source: DeckSource, name: str, strong: Section) -> Gathered:
        try:
            return gather(
                source,
                name,
                family_of=self.family_of,
                default_solver=self._default_solver,
                weaker=(self._usual,),
                stronger=strong,
                profiles=self._profiles,
                takes_beside=True,
            )
        except BadInput as error:
            if read_deck(source, name, family=self.family_of(self._default_solver)).outside:
                cure = f"{error.cure} Or say --include-outside: then a copy of it travels along."
                raise BadInput(error.message, cure=cure) from None
            raise

    def _check(self, gathered: Gathered, named: NamedDeck) -> None:
        place = named.folder / gathered.deck.name
        if gathered.missing:
            raise BadInput(
                f"{place} names files that are not there: {explain_missing(gathered.missing)}",
                cure="Put those files beside the deck, or correct the names in it.",
            )
        if gathered.breaks_off:
            raise BadInput(
                f"{place} is not whole: {gathered.breaks_off}",
                cure="Write the deck again; when it is complete, the solver computes all of it.",
            )
        self._check_profile(gathered.draft)

    def _check_profile(self, draft: Draft) -> None:
        profile = self._profiles.get(draft.solver)
        if profile is None:
            return
        arguments = SolverArguments(
            program="", job="", input="", run="", cpus=1, gpus=0, memory_mb=0
        )
        build_command(profile, arguments, draft.options)
        suffixes = tuple(suffix.lower() for suffix in profile.deck_suffixes)
        if suffixes and not draft.input.lower().endswith(suffixes):
            raise BadInput(
                f"{draft.input} is no deck for {draft.solver}: its decks end in "
                f"{', '.join(suffixes)}",
                cure="Name the deck itself; what it includes is found by reading it.",
            )

    def _with_outside(
        self, submission: Submission, bundled: BundledSource, folder: Path
    ) -> Submission:
        outside = LocalOutside(folder, self._clock)
        names = bundled.bundle.names
        return replace(
            submission,
            transforms=bundled.bundle.transforms(),
            sources={new: outside.path(written) for new, written in names.items()},
        )

    @staticmethod
    def _unreadable(named: NamedDeck, error: Denied) -> BadInput:
        path = named.folder / error.path
        if path.is_symlink():
            return BadInput(f"{path} is a link", cure="Name the file itself, not a link to it.")
        return BadInput(
            f"{path} cannot be read by this account", cure="Ask its owner for the right to read it."
        )


def _of_case(deck: str, case: Case) -> Section:
    stem = deck.rpartition("/")[2].rpartition(".")[0] or deck
    section, parameters = Section("", 0), Section("", 0)
    parameters.update(case.values)
    section.update(name=name_of(stem, case), parameters=parameters)
    return section


def _with_values(submission: Submission, deck: str, values: Mapping[str, str]) -> Submission:
    # Values first: what stands outside is found, and renamed, in the deck that the solver gets.
    transforms = dict(submission.transforms or {})
    then = transforms.get(deck)

    def transform(pieces: Iterator[bytes]) -> Iterator[bytes]:
        with_values = filled(pieces, values)
        return then(with_values) if then else with_values

    return replace(submission, transforms=transforms | {deck: transform})


def _size_bytes(submission: Submission) -> int:
    sizes: Sequence[int] = [
        source_of(submission, item.name).stat().st_size for item in submission.items
    ]
    return sum(sizes)


def source_of(submission: Submission, name: str) -> Path:
    """The file of this machine that will be copied under this name. May be gone by now."""
    path = (submission.sources or {}).get(name, submission.folder / name)
    if not path.exists():
        raise Gone(str(path), "was there a moment ago, and is gone")
    return path
