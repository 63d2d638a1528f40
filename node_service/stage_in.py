"""From the spool to local scratch, verified; then the start."""

from node_service.attempt import Attempt, Phase
from node_service.gpus import gpu_environment
from node_service.node import Node
from node_service.processes import Launch
from node_service.scratch import AttemptFolder
from spool_layout import folders
from spool_layout.errors import WamError
from spool_layout.profile import Profile
from spool_layout.solver_command import SolverArguments, build_command, build_environment
from spool_layout.ticket import format_time
from spool_layout.units import format_size
from wamspool.decks.reader import read_deck
from wamspool.decks.rewrite import redirect
from wamspool.gather import ShareSource
from wamspool.open_share import local_folder
from wamspool.transition import start


class ScratchShort(WamError):
    """The node's scratch has too little room for the job; the claim is handed back."""

    exit_code = 40
    remedy = "Make room on the node's scratch, or name a larger place with --scratch."


class InputsDiffer(WamError):
    """An input on the spool is not what was submitted."""

    exit_code = 41
    remedy = "Submit the deck again; find out who changed the file in jobs/."


def stage_in(node: Node, attempt: Attempt) -> None:
    """The run folder holds all inputs, each as it was submitted.

    Raises InputsDiffer, ScratchShort, ShareError, OSError; then the attempt was not started.
    Breaks off, with the folder not marked as staged, when the job is not wanted any more.
    """
    profile = node.profiles[attempt.ticket.draft.solver]
    _refuse_short_scratch(node, attempt, profile)
    node.scratch.new_attempt(attempt.folder)
    for expected in attempt.ticket.inputs:
        if attempt.granted is not None:
            return
        source = f"{folders.job(attempt.job)}/{expected.name}"
        copied = node.spool.share.copy_out(source, attempt.folder.place_for(expected.staged))
        if (copied.size_bytes, copied.sha256) != (expected.size_bytes, expected.sha256):
            raise InputsDiffer(f"{source} is not the file that was submitted")
    if any("/" in expected.name for expected in attempt.ticket.inputs):
        _respell_paths(node, attempt)
    furnish(attempt.folder, profile, solver_arguments(node, attempt))
    attempt.folder.mark_staged(attempt.gpus, attempt.processors)


def _respell_paths(node: Node, attempt: Attempt) -> None:
    r"""The run's decks name files in folders with '/', which solvers take on every system.

    Decks from Windows say ``mesh\part.inc``; CalculiX on Linux finds no such file, and ends
    with exit code 0. The submitted inputs stay as they are.
    """
    source = ShareSource(local_folder(attempt.folder.run, node.spool.clock), "")
    family = node.family_of(attempt.ticket.draft.solver)
    try:
        deck = read_deck(source, attempt.ticket.staged_deck, family=family)
    except WamError:  # the solver will say what is wrong with it
        return
    changes: dict[str, dict[int, tuple[str, str]]] = {}
    for reference in deck.references:
        if "\\" in reference.written:
            lines = changes.setdefault(reference.file, {})
            lines[reference.line] = (reference.written, reference.name)
    for file, lines in changes.items():
        attempt.folder.rewrite(file, redirect(source.read(file) or (), changes=lines, file=file))
        node.log.info("respelt", extra={"job": attempt.job, "file": file, "lines": sorted(lines)})


def furnish(folder: AttemptFolder, profile: Profile, arguments: SolverArguments) -> None:
    """The run's folder has what the profile wants there. Raises OSError."""
    for name in profile.run_folder.folders:
        folder.make_folder(name)
    for name, text in profile.run_folder.append.items():
        folder.append(name, arguments.fill(text))


def _refuse_short_scratch(node: Node, attempt: Attempt, profile: Profile) -> None:
    inputs = sum(f.size_bytes for f in attempt.ticket.inputs)
    asked = attempt.ticket.draft.resources.scratch_bytes or 0
    needed = max(asked, inputs + profile.min_free_scratch_bytes)
    free = node.scratch.free_bytes()
    if free < needed:
        raise ScratchShort(
            f"{node.scratch.root} has {format_size(free)} free, "
            f"{attempt.job} needs {format_size(needed)}"
        )


def start_solver(node: Node, attempt: Attempt) -> None:
    """The ticket lies in ``running/`` and the solver has been started, once.

    A crash in between is made good by whoever finds the ticket there: an attempt starts at most
    once, whoever tries. Raises LaunchFailed, OptionNotPermitted, TicketGone,
    LeaseUnsure.
    """
    launch = _launch(node, attempt)
    node.lease.check()
    attempt.place = start(node.spool.share, attempt.place)
    launch_solver(node, attempt, launch)
    node.journal.note(
        "start", attempt.job, generation=attempt.generation, attempt=attempt.place.name.attempt
    )


def launch_solver(node: Node, attempt: Attempt, launch: Launch | None = None) -> None:
    """The solver of an attempt whose ticket lies in ``running/`` has been started, once."""
    node.processes.start(launch or _launch(node, attempt))
    attempt.started = format_time(node.spool.clock.utc_now())
    attempt.started_s = node.spool.clock.monotonic_s()
    attempt.phase = Phase.SOLVING


def solver_arguments(node: Node, attempt: Attempt) -> SolverArguments:
    """What the profile's placeholders stand for in this attempt."""
    draft = attempt.ticket.draft
    return SolverArguments(
        program=node.programs[draft.solver],
        job=attempt.stem,
        input=attempt.ticket.staged_deck,
        run=str(attempt.folder.run),
        cpus=draft.resources.cpus,
        gpus=draft.resources.gpus,
        memory_mb=(draft.resources.memory_bytes or node.settings.memory_bytes) >> 20,
    )


def _launch(node: Node, attempt: Attempt) -> Launch:
    draft = attempt.ticket.draft
    profile = node.profiles[draft.solver]
    arguments = solver_arguments(node, attempt)
    environment = build_environment(profile, arguments, node.environment)
    return Launch(
        attempt_folder=attempt.folder.path,
        command=build_command(profile, arguments, draft.options),
        environment=environment | gpu_environment(attempt.gpus),
        processors=attempt.processors,
    )


def read_steps(node: Node, attempt: Attempt) -> None:
    """The attempt knows the steps of its deck, for its progress and for the verdict."""
    source = ShareSource(local_folder(attempt.folder.run, node.spool.clock), "")
    family = node.family_of(attempt.ticket.draft.solver)
    try:
        attempt.steps = read_deck(source, attempt.ticket.staged_deck, family=family).steps
    except WamError as error:
        node.log.warning("steps unknown", extra={"job": attempt.job, "why": error.message})
