"""What is prose in a Markdown or HTML text: markup gives way to neutral text at the same offsets."""

from __future__ import annotations

import html
import re
from bisect import bisect_right
from collections.abc import Callable, Iterable
from dataclasses import replace

from .errors import DespinError
from .types import Restoration, Substitution

FORMATS = ("text", "markdown", "html")
_SUFFIXES = {
    ".md": "markdown", ".markdown": "markdown", ".mdown": "markdown", ".mkd": "markdown",
    ".html": "html", ".htm": "html", ".xhtml": "html",
}  # fmt: skip

# A letter of no English word: what it is part of is in no lexicon.
GLUE = "ǂ"

# What a character is. Everything but prose is blanked.
_PROSE, _INLINE, _BREAK, _OBJECT, _WORD, _SPACE, _SIGN = range(7)

_ENTITY = r"&(?:\#\d{1,7}|\#[xX][\da-fA-F]{1,6}|[a-zA-Z][a-zA-Z\d]{1,31});"
_BLANK_LINE = re.compile(r"\n[ \t\r]*(?=\n)")


def guess_format(name: str) -> str:
    """Return the format a file name speaks of.

    >>> guess_format("news/ferry.MD"), guess_format("ferry.txt")
    ('markdown', 'text')
    """
    dot = name.rfind(".")
    return _SUFFIXES.get(name[dot:].lower(), "text") if dot >= 0 else "text"


def decode(raw: bytes, name: str) -> str:
    """Return the text of a file's bytes, unchanged; raise DespinError when they are none."""
    if b"\0" in raw:
        raise DespinError(f"{name}: holds NUL bytes, so it is binary or not UTF-8; name a UTF-8 text file")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise DespinError(f"{name}: line {line} is not UTF-8 (byte {error.start}); save the file as UTF-8") from error


def restore(restorer: Callable[[str], Restoration], text: str, form: str = "text") -> Restoration:
    """Return the restoration of the prose of a text; `restorer` restores plain text.

    Offsets are those of `text`, substitutions that touch markup are left out, and characters that
    mean markup are escaped in `restored` and in the alternatives.
    """
    if form == "text":
        return restorer(text)
    mask = _mask(text, form)
    found = restorer(mask.neutral())

    def kept(substitutions: Iterable[Substitution]) -> tuple[Substitution, ...]:
        return tuple(
            replace(
                s,
                restored=escape(s.restored, form),
                alternatives=tuple((escape(t, form), p) for t, p in s.alternatives),
            )
            for s in substitutions
            if not any(mask.kinds[s.start : s.end])
        )

    return replace(found, source=text, substitutions=kept(found.substitutions), suspected=kept(found.suspected))


def escape(phrase: str, form: str) -> str:
    """Return a phrase as it is written in a format.

    >>> escape("R&D", "html"), escape("a*b", "markdown")
    ('R&amp;D', 'a\\\\*b')
    """
    if form == "html":
        return html.escape(phrase, quote=False)
    return re.sub(r"([\\`*_\[\]<>|])", r"\\\1", phrase) if form == "markdown" else phrase


def neutral(text: str, form: str) -> str:
    """Return `text` with its markup blanked, as long as before.

    >>> neutral("In <b>the</b> sea", "html")
    'In    the     sea'
    """
    return text if form == "text" else _mask(text, form).neutral()


def _mask(text: str, form: str) -> _Mask:
    if form == "html":
        return _html_mask(text)
    if form == "markdown":
        return _markdown_mask(text)
    raise DespinError(f"format {form!r}; known are {', '.join(FORMATS)}")


class _Mask:
    """A text and the kind of each of its characters."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.kinds = bytearray(len(text))
        self.signs: dict[int, str] = {}  # where a sign stands that the reader sees, such as a dash

    def mark(self, start: int, end: int, kind: int, sign: str = "") -> None:
        self.kinds[start:end] = bytes([kind]) * (end - start)
        if sign:
            self.signs[start] = sign

    def mark_entity(self, start: int, end: int) -> None:
        char = html.unescape(self.text[start:end])
        if not char.strip():
            self.mark(start, end, _SPACE)
        elif char[0].isalnum() or char in "'’\u00ad\u200b\u200c\u200d\u2060":
            self.mark(start, end, _WORD)
        else:
            self.mark(start, end, _SIGN, char[0])

    def prose(self) -> str:
        """Return the text with everything marked so far as spaces; line breaks stay."""
        out = list(self.text)
        for run in re.finditer(rb"[^\0]+", self.kinds):
            start, end = run.span()
            out[start:end] = [c if c == "\n" else " " for c in out[start:end]]
        return "".join(out)

    def neutral(self) -> str:
        out = list(self.text)
        for run in re.finditer(rb"[^\0]+", self.kinds):
            (start, end), kinds = run.span(), run[0]
            out[start:end] = self.fill(start, end, kinds)
        return "".join(out)

    def fill(self, start: int, end: int, kinds: bytes) -> Iterable[str]:
        size = end - start
        if _BREAK in kinds:
            # A line break before a small letter is white space to the tokenizer; before "|" it never is.
            return "\n|".ljust(size) if size > 1 else ";"
        if _SPACE not in kinds and _SIGN not in kinds:
            before, after = self.text[start - 1 : start] if start else "", self.text[end : end + 1]
            if _WORD in kinds or (before.isalnum() and after.isalnum()):
                # Inside a word: "un<b>able</b>" must not become the word "able".
                return GLUE * size
        return [self.signs.get(start + i, GLUE if k in (_OBJECT, _WORD) else " ") for i, k in enumerate(kinds)]


# -- HTML ---------------------------------------------------------------

# Elements whose content is no prose.
_RAW = frozenset((
    "code", "kbd", "math", "noscript", "pre", "samp", "script", "style", "svg", "template", "textarea", "tt",
    "var",
))  # fmt: skip
_INLINE_TAGS = frozenset((
    "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em", "font", "i",
    "img", "ins", "kbd", "label", "mark", "math", "noscript", "q", "rp", "rt", "ruby", "s", "samp", "script",
    "small", "span", "strike", "strong", "style", "sub", "sup", "svg", "template", "time", "tt", "u", "var",
    "wbr",
))  # fmt: skip
_EMPTY_TAGS = frozenset((
    "br", "hr", "img", "input", "link", "meta", "wbr",
))  # fmt: skip


_RAW_TEXT = ("script", "style", "textarea")  # no tags inside, only their own end
_TAG_RE = re.compile(r"</?([a-zA-Z][^\s/<>]*)")
_TAG_STOP_RE = re.compile(r"""[>]|=[ \t\r\n\f]*(["'])""")
_UNTRANSLATED_RE = re.compile(r"""\stranslate\s{0,9}=\s{0,9}["']?no\b""", re.IGNORECASE)
_ENTITY_RE = re.compile(_ENTITY)


def _html_mask(text: str) -> _Mask:
    # Not html.parser: it takes minutes for 200 KB of "<a <a <a" in the Pythons we support.
    mask = _Mask(text)
    lower = text.lower() if len(text.lower()) == len(text) else text
    skipped, depth = "", 0  # the element that is being left alone
    at = skipped_from = 0
    while (at := text.find("<", at)) >= 0:
        start = at
        tag = _TAG_RE.match(text, at)
        if not tag:
            if text.startswith(("<!", "<?", "</"), at):
                at = _end_of(text, "-->" if text.startswith("<!--", at) else ">", at + 2)
                mask.mark(start, at, _INLINE)
            else:
                at += 1
            continue
        at = _end_of_tag(text, tag.end())
        name, opening = tag[1].lower(), text[start + 1] != "/"
        mask.mark(start, at, _SIGN if name == "br" else _INLINE if name in _INLINE_TAGS else _BREAK, "\n" if name == "br" else "")
        if opening and name in _RAW_TEXT:
            end = lower.find(f"</{name}", at)
            end = len(text) if end < 0 else end
            mask.mark(at, end, _OBJECT)
            at = end
        elif skipped:
            if name == skipped:
                depth += 1 if opening else -1
            if not depth:
                mask.mark(skipped_from, start, _OBJECT)
                skipped = ""
        elif opening and (name in _RAW or (_UNTRANSLATED_RE.search(text, start, at) and name not in _EMPTY_TAGS)):
            skipped, depth, skipped_from = name, 1, at
    if skipped:
        mask.mark(skipped_from, len(text), _OBJECT)
    for match in _ENTITY_RE.finditer(mask.prose()):
        mask.mark_entity(*match.span())
    return mask


def _end_of(text: str, closer: str, start: int) -> int:
    end = text.find(closer, start)
    return len(text) if end < 0 else end + len(closer)


def _end_of_tag(text: str, at: int) -> int:
    while stop := _TAG_STOP_RE.search(text, at):
        if not stop[1]:
            return stop.end()
        at = _end_of(text, stop[1], stop.end())
    return len(text)


# -- Markdown -----------------------------------------------------------

_QUOTE_RE = re.compile(r"(?:[ \t]{0,3}>)+[ \t]?")
_FENCE_RE = re.compile(r"[ \t]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)?(`{3,}(?=[^`]*$)|~{3,})")
_HEADING_RE = re.compile(r"[ \t]{0,3}#{1,6}(?=[ \t]|$)[ \t]*")
_LIST_RE = re.compile(r"([ \t]*(?:[-*+]|\d{1,9}[.)])[ \t]+)(?:\[[ xX]\][ \t]+)?")
_DEFINITION_RE = re.compile(r"[ \t]{0,3}\[(\^?)([^\[\]]+)\]:[ \t]*")
_RULE_CHARS = frozenset("-=*_|:+ \t\r")
_TICKS_RE = re.compile(r"`+")
_RAW_OPEN_RE = re.compile(r"<!--|<(pre|script|style|code|kbd|samp|svg|math|textarea)\b[^<>]*>", re.IGNORECASE)
# Each repeat excludes the sign that opens its construct or is bounded: hostile input stays linear.
_INLINE_RE = re.compile(
    r"(?P<escape>\\[!-/:-@\[-`{-~])"
    r"|(?P<object>!\[[^\[\]]*\]\([^()\n]*(?:\([^()\n]*\)[^()\n]*)*\)"  # image
    r"|!\[[^\[\]]*\]\[[^\[\]]*\]"
    r"|\[\[[^\[\]]*\]\]"
    r"|\{\{[^{}]*\}\}|\{%[^{}]*%\}"  # templates
    r"|\$\$[^$]+\$\$|\$[^\s$](?:[^$\n]{0,200}[^\s$])?\$(?!\d)"  # mathematics
    r"|<(?:https?://|mailto:)[^<>\s]*>|https?://[^\s<>()\[\]]+)"
    r"|(?P<inline>\[\^[^\[\]\s]+\]"  # footnote
    r"|\]\([^()\n]*(?:\([^()\n]*\)[^()\n]*)*\)"
    r"|\]\[[^\[\]]+\]"
    r"|\{[:\#.][^{}\n]*\}"
    r"|</?[a-zA-Z][^<>]*>"
    r"|\*+|~~+|==+|(?<![^\W_])_+|_+(?![^\W_]))"
    r"|\[(?P<label>[^\[\]]+)\](?:\[\])?(?![\[(])"
    r"|(?P<bracket>[\[\]])"
    r"|(?P<cell>\|)"
    rf"|(?P<entity>{_ENTITY})"
)


def _markdown_mask(text: str) -> _Mask:
    mask = _Mask(text)
    labels = _blocks(mask)
    _code_spans(mask)
    _raw_html(mask)
    prose, at = mask.prose(), 0
    while match := _INLINE_RE.search(prose, at):
        start, at = match.span()
        group = match.lastgroup
        if group == "entity":
            mask.mark_entity(start, at)
        elif group == "object":
            mask.mark(start, at, _OBJECT)
        elif group == "cell":
            mask.mark(start, at, _SIGN, ";")
        elif group == "label" and _label(match["label"]) in labels:
            # The words of a short reference are also the name of its target.
            mask.mark(start, at, _OBJECT)
        elif group == "label":
            at = start + 1
            mask.mark(start, at, _INLINE)
        else:
            mask.mark(start, at, _INLINE)
    return mask


def _label(text: str) -> str:
    return " ".join(text.split()).casefold()


def _blocks(mask: _Mask) -> set[str]:
    """Mark what begins or fills lines; return the labels that links may refer to."""
    text = mask.text
    labels: set[str] = set()
    fence = ""
    list_indent = 0
    after_blank, in_code = True, False
    at = _front_matter(mask)
    for line in text[at:].split("\n"):
        start, at = at, at + len(line) + 1
        end = start + len(line)
        content = line.rstrip()
        quote = _QUOTE_RE.match(content)
        rest = content[quote.end() :] if quote else content
        body = start + (quote.end() if quote else 0)
        if fence:
            mask.mark(start, end, _BREAK)
            if rest.strip().startswith(fence) and not rest.strip().strip(fence[0]):
                fence = ""
            after_blank = True
            continue
        opened = _FENCE_RE.match(rest)
        if opened:
            fence = opened[1]
            if not rest.startswith(("  ", "\t")):
                list_indent = 0
            mask.mark(start, end, _BREAK)
            continue
        if quote:
            mask.mark(start, body, _INLINE)
        if not rest.strip():
            after_blank = True
            continue
        indent = len(rest.expandtabs(4)) - len(rest.expandtabs(4).lstrip())
        item = _LIST_RE.match(rest)
        if after_blank and not item and indent < 2:
            list_indent = 0
        if indent >= list_indent + 4 and (after_blank or in_code) and not (item and list_indent):
            mask.mark(start, end, _BREAK)
            in_code = True
            continue
        after_blank = in_code = False
        definition = _DEFINITION_RE.match(rest)
        heading = _HEADING_RE.match(rest)
        if _RULE_CHARS.issuperset(rest):
            mask.mark(body, end, _BREAK)
        elif heading:
            mask.mark(body, body + heading.end(), _BREAK)
            closing = len(rest.rstrip("#"))
            if rest[:closing].endswith((" ", "\t")):
                mask.mark(body + closing, end, _INLINE)
            after_blank = True
        elif item:
            mask.mark(body, body + item.end(), _BREAK)
            list_indent = len(item[1].expandtabs(4))
        elif definition and definition[1]:
            mask.mark(body, body + definition.end(), _BREAK)
        elif definition:
            mask.mark(body, end, _BREAK)
            labels.add(_label(definition[2]))
    return labels


def _front_matter(mask: _Mask) -> int:
    """Mark the metadata a text may begin with; return where the text goes on."""
    text = mask.text
    begin = 1 if text.startswith("\ufeff") else 0
    sign = text[begin : begin + 3]
    if sign in ("---", "+++"):
        match = re.compile(rf"{re.escape(sign)}[ \t\r]*\n").match(text, begin)
        end = match and re.compile(rf"^{re.escape(sign)}[ \t\r]*(?:\n|\Z)", re.MULTILINE).search(text, match.end())
        if end:
            mask.mark(0, end.end(), _BREAK)
            return end.end()
    return 0


def _code_spans(mask: _Mask) -> None:
    prose = mask.prose()
    edges = [m.start() for m in _BLANK_LINE.finditer(prose)]
    waiting: dict[tuple[int, int], list[tuple[int, int]]] = {}
    runs = []
    for match in _TICKS_RE.finditer(prose):
        key = bisect_right(edges, match.start()), len(match[0])
        runs.append((key, match.span()))
        waiting.setdefault(key, []).append(match.span())
    for spans in waiting.values():
        spans.reverse()
    after = 0
    for key, (start, _end) in runs:
        closers = waiting[key]
        while closers and closers[-1][0] <= start:
            closers.pop()
        if start < after or (start and prose[start - 1] == "\\") or not closers:
            continue
        after = closers[-1][1]
        mask.mark(start, after, _OBJECT)


def _raw_html(mask: _Mask) -> None:
    prose = mask.prose()
    lower = prose.lower() if len(prose.lower()) == len(prose) else prose
    gone: set[str] = set()  # closers that do not come any more
    at = 0
    while match := _RAW_OPEN_RE.search(prose, at):
        at = match.end()
        closer = f"</{match[1].lower()}>" if match[1] else "-->"
        end = -1 if closer in gone else lower.find(closer, at)
        if end < 0:
            gone.add(closer)
            continue
        at = end + len(closer)
        mask.mark(match.start(), at, _OBJECT if match[1] else _INLINE)
