"""Large files go block by block, in bounded memory."""

import hashlib
import os
import tracemalloc

import pytest

from tests.clocks import FakeClock
from wamspool.errors import CopyDiffers
from wamspool.piecewise import BLOCK_BYTES, copy_blocks
from wamspool.shares.local import LocalShare

LARGE_MB = int(os.environ.get("WAM_LARGE_MB", "96"))


@pytest.fixture
def share(tmp_path):
    (tmp_path / "share").mkdir()
    return LocalShare(tmp_path / "share", FakeClock(), durable=False)


def reading(content):
    return lambda offset, most: content[offset : offset + most]


@pytest.mark.parametrize("start", [0, 3, 7])
def test_only_what_is_missing_is_copied(share, monkeypatch, start):
    monkeypatch.setattr("wamspool.piecewise.BLOCK_BYTES", 4)
    share.write_at("a", 0, b"abcdefghij"[:start] or b"?")
    arrived = []
    copy_blocks(reading(b"abcdefghij"), share, "a", start=start, size_bytes=10,
                arrived=lambda at, block: arrived.append((at, block)))  # fmt: skip
    assert share.read("a") == b"abcdefghij"
    assert b"".join(block for _, block in arrived) == b"abcdefghij"[start:]
    assert arrived[-1][0] == 10


@pytest.mark.parametrize(("size", "word"), [(9, "grown"), (11, "shorter")])
def test_a_source_that_changes_is_not_taken_for_whole(share, size, word):
    with pytest.raises(CopyDiffers, match=word):
        copy_blocks(reading(b"abcdefghij"), share, "a", start=0, size_bytes=size,
                    arrived=lambda at, block: None)  # fmt: skip


def test_a_block_that_reads_back_differently_has_not_arrived(share, monkeypatch):
    monkeypatch.setattr("wamspool.shares.streams.os.read", lambda _, count: b"?" * count)
    with pytest.raises(CopyDiffers):
        share.write_at("a", 0, b"abc")


def test_memory_does_not_grow_with_the_file(share, tmp_path):
    source = tmp_path / "large"
    with source.open("wb") as file:
        file.truncate(LARGE_MB << 20)
        file.seek(5 << 20)
        file.write(os.urandom(BLOCK_BYTES))
    digest = hashlib.sha256()
    with source.open("rb", buffering=0) as file:

        def read(offset, most_bytes):
            file.seek(offset)
            return file.read(most_bytes)

        tracemalloc.start()
        copy_blocks(read, share, "a", start=0, size_bytes=LARGE_MB << 20,
                    arrived=lambda _, block: digest.update(block))  # fmt: skip
        piecewise = tracemalloc.get_traced_memory()[1]
        tracemalloc.reset_peak()
        held = share.copy_in(source, "b")
        whole = tracemalloc.get_traced_memory()[1]
        tracemalloc.reset_peak()
        assert share.copy_out("a", tmp_path / "c") == held
        out = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert digest.hexdigest() == held.sha256
    assert max(piecewise, whole, out) < 3 * BLOCK_BYTES < (LARGE_MB << 20)
