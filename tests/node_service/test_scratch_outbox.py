"""The outbox: a letter is pending, then to be sent, then gone or aside; never half of one."""

from node_service.scratch_outbox import Outbox


def test_a_letter_s_life(tmp_path):
    outbox = Outbox(tmp_path)
    assert (outbox.pending(), outbox.letters()) == ([], [])
    assert not (tmp_path / "outbox").exists(), "who sends no mail has no folder for it"
    outbox.keep("a-aaaaa", 3, b"first")
    outbox.keep("a-aaaaa", 3, b"second")
    assert (outbox.pending(), outbox.letters()) == ([("a-aaaaa", 3)], [])
    assert outbox.release("a-aaaaa", 3) == "a-aaaaa.g3"
    assert outbox.release("a-aaaaa", 3) is None
    assert (outbox.pending(), outbox.letters()) == ([], ["a-aaaaa.g3"])
    assert outbox.read("a-aaaaa.g3") == b"second"
    outbox.remove("a-aaaaa.g3")
    outbox.remove("a-aaaaa.g3")
    assert list((tmp_path / "outbox").iterdir()) == []


def test_what_is_dropped_or_put_aside_is_not_sent(tmp_path):
    outbox = Outbox(tmp_path)
    for job in ("a-aaaaa", "b-aaaaa"):
        outbox.keep(job, 1, b"x")
    outbox.drop("a-aaaaa", 1)
    outbox.drop("a-aaaaa", 1)
    outbox.release("b-aaaaa", 1)
    assert outbox.put_aside("b-aaaaa.g1").read_bytes() == b"x"
    assert (outbox.pending(), outbox.letters()) == ([], [])


def test_foreign_files_are_no_letters(tmp_path):
    outbox = Outbox(tmp_path)
    outbox.keep("a-aaaaa", 1, b"x")
    for name in ("note.eml", "b.pending", "c-aaaaa.g1.unfinished"):
        (tmp_path / "outbox" / name).write_text("x")
    assert (outbox.pending(), outbox.letters()) == ([("a-aaaaa", 1)], [])
