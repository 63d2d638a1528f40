"""A deck from Windows, whose includes are named with backslashes, on a node that is none."""

import shutil
from pathlib import Path

from spool_layout.states import Outcome
from tests.real.real_spool import Service, done_folder, make_spool, need_ccx, outcomes

EXAMPLE = Path(__file__).parents[2] / "examples" / "assembly"


def test_backslashes_in_includes_are_respelt_for_the_run_alone(tmp_path):
    need_ccx()
    root = make_spool(tmp_path / "spool", default_solver="calculix")
    dropped = root / "incoming" / "study"
    shutil.copytree(EXAMPLE, dropped)
    deck = dropped / "assembly.inp"
    text = deck.read_text().replace("mesh/part.inc", "mesh\\part.inc")
    assert "mesh\\part.inc" in text
    deck.write_text(text)
    service = Service(root, tmp_path / "scratch", "--until-idle")
    service.start()
    assert service.wait() == 0
    ((job, outcome),) = outcomes(root).items()
    assert outcome.outcome is Outcome.COMPLETED, outcome.sentence
    assert outcome.solver_version.startswith("This is Version 2.")
    assert (done_folder(root, job) / "inputs" / "assembly.inp").read_text() == text
