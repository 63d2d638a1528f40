"""What a service is told from outside."""

from node_service.config_file import NothingConfigured
from node_service.told import Told, ending


def test_whoever_listens_is_told():
    told, heard = Told(), []
    told.stops.append(lambda: heard.append("stop"))
    told.reloads.append(lambda: heard.append("reload"))
    told.reload()
    assert not told.ended.is_set()
    told.stop()
    assert told.ended.is_set() and heard == ["reload", "stop"]


def test_errors_end_with_what_to_do():
    assert ending(NothingConfigured("nothing", cure="Say it.")) == ("nothing\n  -> Say it.", 81)
    assert ending(OSError(28, "No space left")) == ("No space left", 3)
    assert ending(OSError("odd")) == ("odd", 3)
