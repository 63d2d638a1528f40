"""A screen as an HTML page."""

from html.parser import HTMLParser

from client_tools.views.page import html_page
from client_tools.views.screen import Bar, Column, Line, Table, Tone

VOID = {"meta"}


class Reader(HTMLParser):
    """The texts of the page, and whether its elements are closed in order."""

    def __init__(self, page):
        super().__init__()
        self.open, self.texts, self.seen = [], [], []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] != "style" and data.strip():
            self.texts.append(data.strip())


def made(parts, **more):
    return html_page("WAM: /spool", parts, made="now", **{"refresh_s": None, **more})


def test_lines_and_tables():
    table = Table(
        (Column("job"), Column("progress"), Column("cpus", right=True)),
        [("plate-k7f3x", Bar(62.4, "62 %"), "4"), ("press", "no word yet", "1")],
        {1: Tone.BAD},
        beyond=3,
        see="wam queue",
    )
    page = Reader(made([Line("! look", Tone.BAD), Line(""), table]))
    assert page.open == []
    assert page.texts == [
        "WAM: /spool", "WAM: /spool", "as of now", "! look", "job", "progress", "cpus",
        "plate-k7f3x", "62 %", "4", "press", "no word yet", "1", "... and 3 more (wam queue)",
    ]  # fmt: skip
    assert ("meter", {"max": "100", "value": "62"}) in page.seen
    assert [attrs for tag, attrs in page.seen if tag == "tr"] == [{}, {}, {"class": "bad"}]


def test_a_name_is_no_markup():
    page = made(
        [Line("<script>alert(1)</script> & \x1b[2J"), Table((Column("<b>"),), [('"><i>',)])]
    )
    assert "<script" not in page
    assert "<i>" not in page
    assert "<b>" not in page
    read = Reader(page)
    assert "<script>alert(1)</script> & \\x1b[2J" in read.texts
    assert '"><i>' in read.texts


def test_it_needs_nothing_from_elsewhere():
    page = made([Line("x")])
    assert "http:" not in page
    assert "https:" not in page
    assert "default-src 'none'" in page


def test_it_is_loaded_again_when_asked():
    assert "refresh" not in made([])
    assert '<meta http-equiv="refresh" content="30">' in made([], refresh_s=30.0)
