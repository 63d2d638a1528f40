"""A share that lets its users wait."""

import threading

from client_tools.first_contact import first_contact


def test_a_share_that_answers_is_not_spoken_of():
    said = []
    with first_contact("/mnt/spool", said.append):
        pass
    assert said == []


def test_one_that_hangs_is_named_once():
    said, heard = [], threading.Event()

    def say(sentence):
        said.append(sentence)
        heard.set()

    with first_contact("/mnt/spool", say, patience_s=0.0):
        assert heard.wait(10)
    assert len(said) == 1 and "/mnt/spool" in said[0] and "Ctrl-C" in said[0]
