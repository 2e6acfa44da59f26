"""From text to tokens: words and punctuation with exact offsets into the caller's own string."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

# A word ends before a possessive 's, so that "China's" is two tokens and entries for "China" or
# "nation" also serve the possessive. Hyphens separate words and are no tokens themselves: the
# language model then pools "long-term" with "long term", and one entry serves both spellings.
_TAIL = r"(?:['’](?![sS](?![^\W_]))[^\W\d_]+)*"
_WORD = rf"[^\W_]+{_TAIL}"
_TOKEN = (
    r"\d+(?:[.,]\d+)*(?:st|nd|rd|th)?(?![^\W_])"  # 1,000  3.5  26th
    r"|(?:[^\W\d_]\.){2,}"  # U.S.  e.g.
    r"|['’][sS](?![^\W_])"
    rf"|{_WORD}"
    r"|[.!?…]+|[,;:()%$—–]|--"
    # A line break inside a hard-wrapped sentence is white space; any other ends a sentence.
    r"|\n(?![ \t\r]{0,40}[a-z])\s*"
)
# Nearly all words are of ASCII letters and end at a blank or a comma: asked for first, they need no
# look at the rest. No acronym, number, possessive or zone is such a word.
_COMMON = r"[a-zA-Z]{2,}(?=[ ,;\n)])"
# Texts without any of these and without a name of a file or a domain need no look for zones at all.
_ZONE_SIGNS = ("://", "www.", "@", "#", "`", "<", "_")
_ENDINGS = "com|org|net|gov|edu|io|co|uk|de|info|html?|php|pdf|docx?|xlsx?|txt|csv|json|ya?ml|py|js|css|xml|zip|jpe?g|png|gif|mp[34]|exe|dll|sh|md"
_DOTTED = re.compile(r"\.[a-zA-Z]{2,5}\d?\b")
# Every repeat is bounded or excludes its own start, so that hostile input stays linear.
_ZONE = (
    r"`[^`\n]{1,500}`"  # code span
    r"|</?[a-zA-Z!][^<>]{0,2000}>"  # HTML tag or comment
    r"|(?:https?|ftp)://[^\s<>\"“”]{1,2000}"
    r"|(?<![\w.])www\.[^\s<>\"“”]{1,2000}"
    r"|(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,253}\.[\w.-]{1,100}"  # e-mail
    r"|(?<![\w.])[@#]\w{1,140}"  # @name, #tag
    rf"|(?<![\w.-])[\w-]{{1,100}}(?:\.[\w-]{{1,60}}){{0,4}}\.(?:{_ENDINGS}|{_ENDINGS.upper()})(?![\w])(?:/[^\s<>\"“”]{{0,500}})?"
    r"|(?<![\w])\w*[^\W_]_\w+"  # snake_case
)
# The blank before a token is read with it: a search that fails at every blank takes longer.
_PLAIN_RE = re.compile(rf" ?({_COMMON}|{_TOKEN})")
# Inside a word these belong to it: combining marks, and what is not seen (soft hyphen, joiners).
_MARKS = "\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
_UNSEEN = "\u00ad\u200c\u200d\u2060\ufeff"
_ODD = re.compile(f"[{_MARKS}{_UNSEEN}]")
_STRIP_UNSEEN = dict.fromkeys(map(ord, _UNSEEN))
# What may stand between two words of one phrase: blanks, hyphens, one wrap of the line.
_GAP = re.compile(f"[ \t\xa0\u2000-\u200b\u202f\u205f\u3000{_UNSEEN}\\-\u2010\u2011]*(?:\r?\n[ \t]*)?")

ZONE = "\x00"  # the word of a protected zone: in no vocabulary and no lexicon


class Tokens:
    """The tokens of one text as parallel lists: lower-cased words and their offsets in code points.

    The offsets of a text without zones are found when they are first asked for: most documents are
    told to be clean by their words alone.
    """

    __slots__ = ("ends", "starts", "text", "words")
    text: str
    words: list[str]
    starts: list[int]
    ends: list[int]

    def __init__(self, text: str, words: list[str], spans: tuple[list[int], list[int]] | None = None) -> None:
        self.text = text
        self.words = words
        if spans is not None:
            self.starts, self.ends = spans

    def __getattr__(self, name: str) -> list[int]:
        if name not in ("starts", "ends"):
            raise AttributeError(name)
        spans = [match.span(1) for match in _PLAIN_RE.finditer(self.text)]
        self.starts = [start for start, _ in spans]
        self.ends = [end for _, end in spans]
        return self.starts if name == "starts" else self.ends

    def __len__(self) -> int:
        return len(self.words)

    def unbroken(self, start: int, end: int) -> bool:
        """Whether nothing but blanks and hyphens stands between the tokens [start, end).

        Quotes, brackets, emphasis signs and the like are no tokens; an edit across one would lose it.
        """
        text, starts, ends = self.text, self.starts, self.ends
        for i in range(start, end - 1):
            at, to = ends[i], starts[i + 1]
            if to - at == 1 and text[at] == " ":
                continue
            if text[at] in "'’" and at + 1 < to and text[at - 1] in "sS":  # workers' rights
                at += 1
            if _GAP.fullmatch(text, at, to) is None:
                return False
        return True


def tokenize(text: str) -> Tokens:
    """Return the tokens of `text`; zones (URLs, code, tags, names of files) are single tokens.

    >>> tokenize("China’s long-term view.").words
    ['china', "'s", 'long', 'term', 'view', '.']
    """
    odd = not str.isascii(text) and _ODD.search(text) is not None
    if not odd and not any([sign in text for sign in _ZONE_SIGNS]) and _DOTTED.search(text) is None:
        return Tokens(text, list(map(str.lower, _PLAIN_RE.findall(text.replace("’", "'")))))
    words: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    pattern = _odd_re() if odd else _zoned_re()
    at = 0
    for start, end in (*_blocks(text), (len(text), len(text))):
        for match in pattern.finditer(text, at, start):
            words.append(ZONE if match.lastgroup else match[0].lower())
            starts.append(match.start())
            ends.append(match.end())
        if start < end:
            words.append(ZONE)
            starts.append(start)
            ends.append(end)
        at = end
    if odd:
        words = [w if w.isascii() else _seen(w) for w in words]
    if "’" in text:
        words = [w.replace("’", "'") for w in words]
    return Tokens(text, words, (starts, ends))


def words_of(text: str) -> list[str]:
    """Return just the lower-cased tokens, as the lexicon and the language model spell them."""
    if not str.isascii(text) and _ODD.search(text):
        text = _seen(text)
    return list(map(str.lower, _PLAIN_RE.findall(text.replace("’", "'"))))


def _seen(text: str) -> str:
    return unicodedata.normalize("NFC", text.translate(_STRIP_UNSEEN))


# The patterns that few texts need are compiled when one does: all together they cost more than the rest of the module.
@lru_cache(maxsize=1)
def _zoned_re() -> re.Pattern[str]:
    return re.compile(rf"{_COMMON}|(?P<zone>{_ZONE})|{_TOKEN}")


@lru_cache(maxsize=1)
def _odd_re() -> re.Pattern[str]:
    """Return the pattern for texts with marks or unseen characters: slower, and seldom needed."""
    run = rf"[^\W_]+(?:[{_MARKS}]{{1,20}}[^\W_]*|[{_UNSEEN}]{{1,20}}[^\W_]+){{0,200}}"
    return re.compile(rf"(?P<zone>{_ZONE})|" + _TOKEN.replace(_WORD, run + _TAIL))


# Blocks end at their own closing sign, however far away: what opens them, and what only looks so
# (a code span that shows a tag). One that is not closed protects no more than its sign.
_BLOCK_SIGNS = re.compile(r"```|<(?:!--|(?:script|style|code|pre)\b)", re.IGNORECASE)


@lru_cache(maxsize=1)
def _block_res() -> tuple[re.Pattern[str], dict[str, re.Pattern[str]]]:
    """Return the pattern of what may open a block, and those of what closes it."""
    opening = re.compile(
        r"(?P<fence>```)|`[^`\n]{1,500}`|(?P<comment><!--)|<(?P<tag>script|style|code|pre)\b[^<>]{0,500}>|</?[a-z!][^<>]{0,2000}>",
        re.IGNORECASE,
    )
    tags = {tag: re.compile(rf"</{tag}\b[^<>]{{0,100}}>", re.IGNORECASE) for tag in ("script", "style", "code", "pre")}
    return opening, {"```": re.compile("```"), "<!--": re.compile("-->"), **tags}


def _blocks(text: str) -> Iterator[tuple[int, int]]:
    """Yield where fenced code, comments and script, style, code and pre elements begin and end."""
    if _BLOCK_SIGNS.search(text) is None:
        return
    opening, closings = _block_res()
    unclosed: set[str] = set()
    at = 0
    while sign := opening.search(text, at):
        at = sign.end()
        kind = sign[sign.lastgroup].lower() if sign.lastgroup else ""
        if not kind or kind in unclosed:
            continue
        closing = closings[kind].search(text, at)
        if closing is None:
            unclosed.add(kind)
        else:
            at = closing.end()
            yield sign.start(), at
