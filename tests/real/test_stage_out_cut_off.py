"""A service killed in the middle of a large stage-out: the next one carries the rest alone."""

import hashlib
import json
import os
from pathlib import Path

import pytest

from spool_layout.states import Outcome
from tests.real.real_spool import (
    Service,
    done_folder,
    left_over,
    make_spool,
    open_at,
    outcomes,
    submit_deck,
    wait_for,
)
from wamspool.piecewise import BLOCK_BYTES

pytestmark = pytest.mark.real
SIZE_BYTES = int(os.environ.get("WAM_STAGE_OUT_MB", "64")) << 20
DECK = f"head -c {SIZE_BYTES} /dev/urandom >big.frd\nsha256sum <big.frd >sum.dat\n"


def written_bytes(service: Service) -> int:
    """What the process has asked the system to write, anywhere (proc(5))."""
    text = Path(f"/proc/{service._process.pid}/io").read_text()
    return int(dict(line.split(": ") for line in text.splitlines())["wchar"])


def arrived_bytes(scratch: Path) -> int:
    """How far the large result has come, by the service's own notes."""
    lines = [line for p in scratch.glob("*/control/carried") for line in p.read_text().splitlines()]
    far = [json.loads(line) for line in lines if line.endswith("]")]
    return max((entry[4] for entry in far if entry[1] == "big.frd"), default=0)


def test_what_had_arrived_is_not_carried_again(tmp_path):
    root, scratch = make_spool(tmp_path / "spool"), tmp_path / "scratch"
    deck = tmp_path / "big.inp"
    deck.write_text(DECK)
    ticket = submit_deck(open_at(root), deck)
    slow = Service(root, scratch, "--stage-out-rate", f"{4 * BLOCK_BYTES}")
    slow.start()
    try:
        wait_for(lambda: arrived_bytes(scratch) >= 3 * BLOCK_BYTES, "three blocks")
    finally:
        slow.kill()
    arrived = arrived_bytes(scratch)
    assert 3 * BLOCK_BYTES <= arrived < SIZE_BYTES and outcomes(root) == {}
    fast = Service(root, scratch)
    fast.start()
    try:
        wait_for(lambda: ticket.job in outcomes(root), "the end")
        written = written_bytes(fast)
    finally:
        fast.stop()
    rest = SIZE_BYTES - arrived
    print(f"{arrived} of {SIZE_BYTES} bytes had arrived; the next service wrote {written}")
    assert rest <= written < rest + BLOCK_BYTES
    folder = done_folder(root, ticket.job)
    told = (folder / "sum.dat").read_text().split()[0]
    with (folder / "big.frd").open("rb") as file:
        assert hashlib.file_digest(file, "sha256").hexdigest() == told
    assert outcomes(root)[ticket.job].outcome is Outcome.COMPLETED
    assert left_over(root) == []
