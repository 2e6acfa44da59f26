"""The review page as a file: what stands in it, and that nothing in it can act."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from despin import Lexicon, batch, cli, report
from despin.types import Reason, Restoration, Substitution

HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(1)>\u2028&amp;\"'$data${script}"


def restoration(source: str, *substitutions: Substitution, suspected: tuple[Substitution, ...] = ()) -> Restoration:
    return Restoration(source, substitutions, suspected, 0.4, 0.9, 0.5, "x", "0")


def edit(source: str, start: int, end: int, restored: str, confidence: float = 0.9, note: str = "") -> Substitution:
    reasons = (Reason(note or "context", 1.0), Reason("document", -2.0))
    return Substitution(start, end, source[start:end], restored, confidence, ((note or "other", 0.1),), note, reasons)


class Elements(HTMLParser):
    """The elements of a page, with the text of scripts and styles."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.inside: list[tuple[str, str]] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self.found and self.found[-1][0] in ("script", "style") and data.strip():
            self.inside.append((self.found[-1][0], data))


def data_of(page: str) -> dict[str, object]:
    match = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    assert match
    data: dict[str, object] = json.loads(match[1])
    return data


def test_page_is_self_contained_and_its_policy_fits() -> None:
    page = report.page([("a.txt", restoration("solely", edit("solely", 0, 6, "only")))])
    elements = Elements(page)
    policy = next(a["content"] for t, a in elements.found if a.get("http-equiv") == "Content-Security-Policy")
    assert policy and "default-src 'none'" in policy
    assert "unsafe" not in policy
    texts = dict(elements.inside)  # the last script is the one that runs
    for name, tag in (("script-src", "script"), ("style-src", "style")):
        digest = base64.b64encode(hashlib.sha256(texts[tag].encode()).digest()).decode()
        assert f"{name} 'sha256-{digest}'" in policy
    for tag, attributes in elements.found:
        assert not [a for a in attributes if a.startswith("on") or a in ("style", "src")], tag
        assert attributes.get("href", "data:,") == "data:,"
    assert "http://" not in texts["style"]
    assert re.findall(r"https?://\S+", texts["script"]) == ['http://www.w3.org/2000/svg";']  # a name, nothing is fetched


def test_hostile_words_stay_words() -> None:
    found = restoration(HOSTILE, edit(HOSTILE, 0, 9, HOSTILE, 0.9, HOSTILE))
    page = report.page([(HOSTILE, found)])
    plain = report.page([("a", restoration("b"))])
    assert [t for t, _ in Elements(page).found] == [t for t, _ in Elements(plain).found]
    document = data_of(page)["documents"][0]  # type: ignore[index]
    assert document["name"] == document["source"] == HOSTILE
    assert document["edits"][0]["restored"] == document["edits"][0]["entry"] == HOSTILE
    assert document["edits"][0]["alternatives"] == [[HOSTILE, 0.1]]


@given(st.text(max_size=100), st.text(max_size=30))
def test_any_text_survives_the_page(source: str, name: str) -> None:
    page = report.page([(name, restoration(source))])
    document = data_of(page)["documents"][0]  # type: ignore[index]
    assert document["source"] == source
    page.encode("utf-8")


def test_suspected_edits_never_overlap() -> None:
    source = "abcdefghij"
    found = restoration(
        source, edit(source, 2, 4, "X"),
        suspected=(edit(source, 3, 6, "Y", 0.4), edit(source, 5, 7, "Z", 0.2), edit(source, 6, 9, "W", 0.3)),
    )  # fmt: skip
    edits = data_of(report.page([("a", found)]))["documents"][0]["edits"]  # type: ignore[index]
    assert [e["restored"] for e in edits] == ["X", "W"]


class Toy:
    lexicon = Lexicon()

    def restore(self, text: str) -> Restoration:
        return restoration(text)


def test_command_writes_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(batch.Settings, "restorer", lambda self: Toy())
    one, two, out = tmp_path / "<one>.txt", tmp_path / "two.txt", tmp_path / "r.html"
    for path in (one, two):
        path.write_text(f"solely {path.name}", encoding="utf-8")
    assert cli.main(["report", str(one), str(two), "-o", str(out)]) == 0
    names = [d["name"] for d in data_of(out.read_text(encoding="utf-8"))["documents"]]  # type: ignore[attr-defined]
    assert names == [str(one), str(two)]
    assert cli.main(["report", str(one), "-o", "-"]) == 0
    assert capsys.readouterr().out.startswith("<!doctype html>")
    assert cli.main(["report", str(one), "-o", str(one)]) == 2
    assert one.read_text(encoding="utf-8") == "solely <one>.txt"
