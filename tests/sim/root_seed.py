"""How much is simulated, and with which seeds: others at each commit, and the same again on wish.

WAM_SIM=N runs N times as much; WAM_SEED=WORD takes the seeds of that word.
"""

import hashlib
import os
import subprocess
from functools import cache
from pathlib import Path

HERE = Path(__file__).resolve().parent
SCALE = float(os.environ.get("WAM_SIM", "1"))
GIVEN = os.environ.get("WAM_SEED", "")


@cache
def root_seed() -> str:
    """From the commit; where there is no git, from the protocol's text."""
    if GIVEN:
        return GIVEN
    command = ["git", "rev-parse", "--short=12", "HEAD"]
    try:
        run = subprocess.run(command, cwd=HERE, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        digest = hashlib.sha256()
        for path in sorted([*HERE.glob("*.py"), *(HERE.parents[1] / "wamspool").glob("*.py")]):
            digest.update(path.read_bytes())
        return digest.hexdigest()[:12]
    return run.stdout.strip()
