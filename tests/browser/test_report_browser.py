"""The review page at work in a browser. Needs playwright and Debian's chromium; skipped without."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from despin import cli, report
from despin.types import Reason, Restoration, Substitution

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"{CHROMIUM} is missing (apt-get install chromium)"),
]

# Beyond the first letter, code points and UTF-16 units differ.
SOURCE = "😀 It solely rains, whereas the bank\r\nis dry within\nthe town.\n\nSolely <b>evil</b> &amp; more."
ATTACK = "<img src=x onerror=\"document.title='attacked'\">"


def edit(spun: str, restored: str, confidence: float, *alternatives: tuple[str, float], source: str = SOURCE) -> Substitution:
    start = source.index(spun)
    reasons = (Reason("context", 2.5), Reason("document", -0.5))
    return Substitution(start, start + len(spun), spun, restored, confidence, alternatives, f"toy.yaml: {spun}", reasons)


def restoration() -> Restoration:
    return Restoration(
        SOURCE,
        (
            edit("solely", "only", 0.9, ("just", 0.06), ("merely", 0.02)),
            edit("whereas", "while", 0.7),
            edit("within\nthe", "in the", 0.95),
            edit("Solely", "Only", 0.55),
        ),
        (edit("bank", "shore", 0.3, ("bench", 0.1)),),
        0.5, 0.9, 0.5, "x", "0",
    )  # fmt: skip


def hostile() -> Restoration:
    source = f"one {ATTACK} two"
    s = Substitution(4, 4 + len(ATTACK), ATTACK, ATTACK + "!", 0.9, ((ATTACK, 0.1),), ATTACK, (Reason(ATTACK, 1.0),))
    return Restoration(source, (s,), (), 0.5, 0.9, 0.5, "x", "0")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is missing (pip install playwright)")
    with playwright.sync_playwright() as p:
        found = p.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield found
        found.close()


@pytest.fixture
def troubles() -> list[str]:
    """What the browser complained of, and what it tried to fetch."""
    return []


@pytest.fixture
def page(browser: Any, tmp_path: Path, troubles: list[str]) -> Iterator[Any]:
    path = tmp_path / "r.html"
    path.write_text(report.page([("ferry.txt", restoration()), (f"{ATTACK}.txt", hostile())]), encoding="utf-8")
    context = browser.new_context(accept_downloads=True)
    tab = context.new_page()
    tab.on("console", lambda message: troubles.append(message.text))
    tab.on("pageerror", lambda error: troubles.append(str(error)))
    tab.on("request", lambda request: troubles.append(request.url) if request.url.startswith("http") else None)
    tab.goto(path.as_uri())
    yield tab
    context.close()
    assert troubles == []


def saved(page: Any, button: str) -> str:
    with page.expect_download() as waiting:
        page.click(button)
    return Path(waiting.value.path()).read_bytes().decode("utf-8")


def checked(page: Any) -> tuple[str, list[dict[str, Any]]]:
    """Return saved text and decisions; `despin apply` must make one of the other."""
    text = saved(page, "#export-text")
    data = json.loads(saved(page, "#export-decisions"))
    assert list(data) == ["despin", "source", "decisions"]
    assert data["source"] == SOURCE
    assert cli.decided(data) == cli.decided(data, SOURCE) == text
    return text, data["decisions"]


def mark(page: Any, index: int) -> Any:
    return page.locator(f"#article [data-edit='{index}'][tabindex]")


def slide(page: Any, value: float) -> None:
    page.locator("#threshold").fill(str(value))


def test_untouched_page_saves_the_restoration(page: Any) -> None:
    text, decisions = checked(page)
    assert text == restoration().text
    assert [d["accepted"] for d in decisions] == [True, True, False, True, True]
    assert [(d["start"], d["end"], d["spun"], d["restored"]) for d in decisions] == sorted(
        (s.start, s.end, s.spun, s.restored) for s in (*restoration().substitutions, *restoration().suspected)
    )


def test_slider_applies_live(page: Any) -> None:
    assert "4 of 5" in page.inner_text("#summary")
    slide(page, 0.8)
    assert "2 of 5" in page.inner_text("#summary")
    assert "on" not in mark(page, 1).get_attribute("class").split()
    assert mark(page, 1).inner_text() == "whereas"
    text, _ = checked(page)
    assert text == SOURCE.replace("solely", "only").replace("within\nthe", "in the")
    slide(page, 0.2)
    assert "5 of 5" in page.inner_text("#summary")
    assert "the shore" in checked(page)[0]


def test_reject_outlives_the_slider(page: Any) -> None:
    mark(page, 0).click()
    page.locator("#detail button", has_text="keep “solely”").click()
    slide(page, 0)
    text, decisions = checked(page)
    assert "It solely rains, while the shore" in text
    assert decisions[0]["accepted"] is False


def test_accept_and_back_to_the_threshold(page: Any) -> None:
    mark(page, 2).click()
    page.keyboard.press("a")
    assert "the shore" in checked(page)[0]
    mark(page, 2).click()
    page.keyboard.press("u")
    assert "the bank" in checked(page)[0]


def test_alternatives_by_pointer_and_key(page: Any) -> None:
    mark(page, 0).click()
    detail = page.inner_text("#detail")
    for part in ("solely → only", "90 %", "just", "6 %", "merely", "context", "+2.50", "−0.50", "toy.yaml: solely"):
        assert part in detail
    page.locator("#detail button", has_text="just").click()
    assert "It just rains" in checked(page)[0]
    mark(page, 0).click()
    page.keyboard.press("2")
    text, decisions = checked(page)
    assert "It merely rains" in text
    assert decisions[0]["restored"] == "merely"
    mark(page, 0).click()
    page.keyboard.press("5")  # there is no fifth
    assert "It merely rains" in checked(page)[0]


def test_keyboard_alone(page: Any) -> None:
    def focused() -> str | None:
        found: str | None = page.evaluate("document.activeElement.dataset.edit ?? null")
        return found

    assert focused() is None
    for key, expected in (("j", "0"), ("j", "1"), ("ArrowRight", "2"), ("ArrowDown", "3"), ("j", "4"), ("j", "4"), ("k", "3"), ("ArrowLeft", "2")):
        page.keyboard.press(key)
        assert focused() == expected
    page.keyboard.press("1")  # the alternative of "bank"
    page.keyboard.press("k")
    page.keyboard.press("r")
    text, _ = checked(page)
    assert "only rains, whereas the bench" in text
    assert "rejected" in mark(page, 1).get_attribute("aria-label")
    page.focus("#threshold")  # arrows belong to the slider there
    page.keyboard.press("ArrowRight")
    assert page.inner_text("#threshold-value") == "0.51"


def test_hover_and_focus_show_reasons(page: Any) -> None:
    mark(page, 0).hover()
    assert "solely → only" in page.inner_text("#detail")
    page.hover("h1")
    assert "solely" not in page.inner_text("#detail")
    mark(page, 1).focus()
    assert "whereas → while" in page.inner_text("#detail")
    assert page.inner_text("#status").startswith("Edit 2 of 5")


def test_side_by_side_shows_both(page: Any) -> None:
    page.check("input[value=side]")
    assert page.locator(".cell.source [data-edit='0']").inner_text() == "solely"
    assert mark(page, 0).inner_text() == "only"
    page.locator(".cell.source [data-edit='1']").click()
    page.keyboard.press("r")
    assert mark(page, 1).inner_text() == "whereas"
    assert "whereas the bank" in checked(page)[0]


def test_confidence_is_told_without_colour(page: Any) -> None:
    styles = page.evaluate(
        """[...document.querySelectorAll("#article [data-edit]")].map((e) => [
            getComputedStyle(e).borderBottomStyle, getComputedStyle(e, "::after").content])"""
    )
    assert styles == [["solid", '"90"'], ["dashed", '"70"'], ["dotted", '"?30"'], ["solid", '"95"'], ["dashed", '"55"']]


def test_plots(page: Any) -> None:
    assert page.locator("#histogram .bar.on").count() == 10
    assert page.locator("#course .tick.on").count() == 4
    slide(page, 0.8)
    assert page.locator("#histogram .bar.on").count() == 4
    assert page.locator("#course .tick.on").count() == 2
    page.locator("#course .tick").nth(2).dispatch_event("click")
    assert "bank → shore" in page.inner_text("#detail")


def test_hostile_input_is_only_text(page: Any) -> None:
    page.select_option("#document", "1")
    mark(page, 0).click()
    assert ATTACK in page.inner_text("#detail")
    assert ATTACK in page.inner_text("#article")
    assert f"{ATTACK}.txt" in page.inner_text("#summary")
    assert page.locator("img").count() == 0
    assert page.title() == f"ferry.txt, {ATTACK}.txt – despin review"
    assert saved(page, "#export-text") == f"one {ATTACK}! two"
    page.select_option("#document", "0")
    assert checked(page)[0] == restoration().text


def test_policy_stops_scripts_that_got_in(page: Any, troubles: list[str]) -> None:
    """If escaping failed one day, the policy would still hold."""
    page.evaluate("window.addEventListener('securitypolicyviolation', (e) => { window.stopped = e.effectiveDirective; })")
    page.evaluate("(html) => document.querySelector('main').insertAdjacentHTML('beforeend', html)", "<b onclick='window.hit=1' id='trap'>x</b>")
    page.locator("#trap").dispatch_event("click")
    assert page.evaluate("[window.hit ?? null, window.stopped]") == [None, "script-src-attr"]
    assert len(troubles) == 1
    assert "Content Security Policy" in troubles.pop()
