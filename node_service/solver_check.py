"""``wam-node doctor --solver``: a profile's own check deck, run on this machine as a job would be.

Needs no spool and no running service. The run is judged as a job's is, and its folder removed.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Final

from node_service.processes import Ended, Launch, Processes, Running, Vanished
from node_service.scratch import AttemptFolder, Scratch
from node_service.solvers.evidence import Evidence
from node_service.solvers.solver import solver_for
from node_service.solvers.verdict import NO_LICENCE
from node_service.stage_in import furnish
from spool_layout.errors import WamError
from spool_layout.probe_record import Mark
from spool_layout.profile import Profile
from spool_layout.solver_command import SolverArguments, build_command, build_environment
from spool_layout.states import Outcome
from spool_layout.units import format_duration
from wamspool.clock import Clock
from wamspool.decks.deck import Step
from wamspool.decks.reader import read_deck
from wamspool.gather import ShareSource
from wamspool.open_share import local_folder

LIMIT_S: Final = 300.0
LOOK_S: Final = 0.1
STEM: Final = "check"
MEMORY_MB: Final = 1024


class NoSuchProfile(WamError):
    """There is no solver profile of this name on this machine."""

    exit_code = 86
    remedy = "Choose one of the profiles that the message names, or say --profiles FOLDER."


@dataclass(frozen=True, slots=True)
class Bench:
    """What solvers are tried with; as in Node, but without a spool."""

    scratch: Scratch
    processes: Processes
    profiles: Mapping[str, Profile]
    programs: Mapping[str, str]
    versions: Mapping[str, str]
    environment: Mapping[str, str]
    clock: Clock
    limit_s: float = LIMIT_S


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """How one profile did. ``mark``: ok; failed; limited: it is not offered here; unknown: it could
    not be tried, or no licence was to be had.
    """

    solver: str
    mark: Mark
    sentence: str
    cure: str = ""
    program: str = ""
    version: str = ""
    took_s: float | None = None
    reason: str = ""
    description: str = ""


def try_solvers(bench: Bench, names: list[str]) -> Iterator[Trial]:
    """Each named profile's trial; all of them where none is named. Raises NoSuchProfile."""
    for name in names:
        if name not in bench.profiles:
            known = ", ".join(sorted(bench.profiles))
            raise NoSuchProfile(f"there is no solver profile '{name}'; known are: {known}")
    for name in names or sorted(bench.profiles):
        profile = bench.profiles[name]
        yield replace(_try(bench, profile), description=profile.description)


def _try(bench: Bench, profile: Profile) -> Trial:
    program = bench.programs.get(profile.name)
    if program is None:
        wanted = f"'{profile.program}' is not on this machine" if profile.program else "has none"
        return Trial(
            solver=profile.name, mark=Mark.LIMITED, sentence=f"is not offered: its program {wanted}",
            cure=f"Name it in the settings file: 'programs: {{{profile.name}: /path/to/program}}'.",
        )  # fmt: skip
    version = bench.versions.get(profile.name, "")
    if not profile.check_deck:
        return Trial(
            solver=profile.name, mark=Mark.UNKNOWN, program=program, version=version,
            sentence="cannot be tried: its profile has no check deck",
            cure="Put a small deck under 'check: {deck: ...}' into the profile.",
        )  # fmt: skip
    # No attempt's name: a service on this scratch leaves it alone.
    folder = AttemptFolder(bench.scratch.root / f"doctor-{profile.name}")
    try:
        return _run(bench, profile, folder, program, version)
    except (OSError, WamError) as error:
        said = error.message if isinstance(error, WamError) else str(error)
        cure = error.cure if isinstance(error, WamError) else "Look at the scratch folder."
        return Trial(
            solver=profile.name, mark=Mark.FAILED, sentence=f"could not be started: {said}",
            cure=cure, program=program, version=version,
        )  # fmt: skip
    finally:
        bench.processes.stop(folder.path, force=True)
        folder.remove()


def _run(
    bench: Bench, profile: Profile, folder: AttemptFolder, program: str, version: str
) -> Trial:
    steps = _prepare(bench, profile, folder, program)
    began_s = bench.clock.monotonic_s()
    ended = _wait(bench, profile, folder)
    took_s = round(bench.clock.monotonic_s() - began_s, 2)
    if not isinstance(ended, Ended):
        return Trial(
            solver=profile.name, mark=Mark.FAILED, sentence=ended, program=program,
            version=version, took_s=took_s, cure="Try the deck of the profile's 'check' by hand.",
        )  # fmt: skip
    verdict = solver_for(profile).judge(
        Evidence(
            run_folder=folder.run,
            job=STEM,
            steps=steps,
            exit_code=ended.exit_code,
            signal=ended.signal,
            free_scratch_bytes=bench.scratch.free_bytes(),
        )
    )
    fine = verdict.outcome is Outcome.COMPLETED
    not_fine = Mark.UNKNOWN if verdict.reason == NO_LICENCE else Mark.FAILED
    return Trial(
        solver=profile.name,
        mark=Mark.OK if fine else not_fine,
        sentence=verdict.sentence,
        cure="" if fine else "Try the deck of the profile's 'check' by hand, by this account.",
        program=program,
        version=version,
        took_s=took_s,
        reason=verdict.reason,
    )


def _prepare(
    bench: Bench, profile: Profile, folder: AttemptFolder, program: str
) -> tuple[Step, ...]:
    """The deck lies in the run folder, and the solver runs; the deck's steps."""
    deck = f"{STEM}.inp"
    arguments = SolverArguments(
        program=program, job=STEM, input=deck, run=str(folder.run), cpus=1, gpus=0,
        memory_mb=MEMORY_MB,
    )  # fmt: skip
    bench.scratch.new_attempt(folder)
    folder.append(deck, profile.check_deck)
    furnish(folder, profile, arguments)
    source = ShareSource(local_folder(folder.run, bench.clock), "")
    steps = read_deck(source, deck, family=profile.family).steps
    bench.processes.start(
        Launch(
            attempt_folder=folder.path,
            command=build_command(profile, arguments, {}),
            environment=build_environment(profile, arguments, bench.environment),
        )
    )
    return steps


def _wait(bench: Bench, profile: Profile, folder: AttemptFolder) -> Ended | str:
    """How the run ended; in words, where it has not or nobody knows how."""
    end_s = bench.clock.monotonic_s() + bench.limit_s
    while bench.clock.monotonic_s() < end_s:
        state = bench.processes.examine(folder.path, whole_tree=profile.background)
        if isinstance(state, Ended):
            return state
        if isinstance(state, Vanished) or (isinstance(state, Running) and state.orphaned):
            return "was killed from outside"
        bench.clock.sleep(LOOK_S)
    return f"had not ended after {format_duration(bench.limit_s)}, and was killed"


def trial_lines(trial: Trial) -> Iterator[str]:
    """One trial for people."""
    took = f" ({format_duration(trial.took_s)})" if trial.took_s is not None else ""
    yield f"{trial.mark:8} {trial.solver:15} {trial.sentence}{took}"
    if trial.description:
        yield f"{'':8} {'':15} {trial.description}"
    if trial.program:
        version = f", {trial.version}" if trial.version else ""
        yield f"{'':8} {'':15} {trial.program}{version}"
    if trial.cure:
        yield f"{'':8} {'':15} -> {trial.cure}"


def trials_json(trials: list[Trial]) -> str:
    """The same for programs."""
    return json.dumps({"wam": 1, "solvers": [asdict(trial) for trial in trials]}, indent=2) + "\n"
