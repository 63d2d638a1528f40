"""What the node asks about a run, whatever the solver; and who answers for which profile."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from node_service.solvers.abaqus import AbaqusSolver
from node_service.solvers.calculix import CalculixSolver
from node_service.solvers.command import CommandSolver
from node_service.solvers.evidence import Evidence
from node_service.solvers.verdict import Verdict
from spool_layout.profile import Family, Profile
from wamspool.decks.deck import Step
from wamspool.decks.progress import Progress


class Solver(Protocol):
    """One family of solvers, known by what it leaves in a run folder."""

    def judge(self, evidence: Evidence) -> Verdict:
        """How the run ended, by its evidence; the run has ended and nothing writes any more.

        Raises OSError when the run folder cannot be read.
        """
        ...

    def progress(self, run_folder: Path, job: str, steps: Sequence[Step]) -> Progress:
        """How far a running job is; ``percent`` is None where that cannot be told."""
        ...

    def says_it_ended(self, run_folder: Path, job: str) -> bool:
        """Whether the solver has written its last word, though processes of it may live on.

        False also where the solver leaves no such word.
        """
        ...


def solver_for(profile: Profile) -> Solver:
    """Who judges runs of this profile."""
    if profile.family is Family.CALCULIX:
        return CalculixSolver()
    if profile.family is Family.ABAQUS:
        return AbaqusSolver()
    return CommandSolver(profile)
