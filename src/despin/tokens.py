"""From text to tokens: words and punctuation with exact offsets into the caller's own string."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

# A word ends before a possessive 's, so that "China's" is two tokens and entries for "China" or
# "nation" also serve the possessive. Hyphens separate words and are no tokens themselves: the
# language model then pools "long-term" with "long term", and one entry serves both spellings.
_WORD = r"[^\W_]+(?:['’](?!s(?![^\W_]))[^\W\d_]+)*"
_TOKEN = (
    r"\d+(?:[.,]\d+)*(?:st|nd|rd|th)?(?![^\W_])"  # 1,000  3.5  26th
    r"|(?:[^\W\d_]\.){2,}"  # U.S.  e.g.
    r"|['’]s(?![^\W_])"
    rf"|{_WORD}"
    r"|[.!?…]+|[,;:()%$—–]|--"
    # A line break inside a hard-wrapped sentence is white space; any other ends a sentence.
    r"|\n(?![ \t\r]{0,40}[a-z])\s*"
)
# Texts without any of these need no look for zones at all.
_ZONE_SIGNS = re.compile(r"://|www\.|[@#`<_]|\.[a-zA-Z]{2,5}\b")
# Every repeat is bounded or excludes its own start, so that hostile input stays linear.
_ZONE = (
    r"`[^`\n]{1,500}`"  # code span
    r"|</?[a-zA-Z!][^<>]{0,2000}>"  # HTML tag or comment
    r"|(?:https?|ftp)://[^\s<>\"“”]{1,2000}"
    r"|(?<![\w.])www\.[^\s<>\"“”]{1,2000}"
    r"|(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,253}\.[\w.-]{1,100}"  # e-mail
    r"|(?<![\w.])[@#]\w{1,140}"  # @name, #tag
    r"|(?<![\w.-])[\w-]{1,100}(?:\.[\w-]{1,60}){0,4}\.(?:com|org|net|gov|edu|io|co|uk|de|info|html?|php|pdf|docx?|xlsx?|txt|csv|json|ya?ml|py|js|css|xml|zip|jpe?g|png|gif|mp[34]|exe|dll|sh|md)(?![\w])(?:/[^\s<>\"“”]{0,500})?"
    r"|(?<![\w])\w*[^\W_]_\w+"  # snake_case
)
_PLAIN_RE = re.compile(_TOKEN)
_ZONED_RE = re.compile(rf"(?P<zone>{_ZONE})|{_TOKEN}")
# Blocks end at their own closing sign, however far away: what opens them, and what only looks so
# (a code span that shows a tag). One that is not closed protects no more than its sign.
_BLOCK_SIGNS = re.compile(r"```|<(?:!--|(?:script|style|code|pre)\b)", re.IGNORECASE)
_BLOCK = re.compile(
    r"(?P<fence>```)|`[^`\n]{1,500}`|(?P<comment><!--)|<(?P<tag>script|style|code|pre)\b[^<>]{0,500}>|</?[a-z!][^<>]{0,2000}>",
    re.IGNORECASE,
)
_CLOSING = {"```": re.compile("```"), "<!--": re.compile("-->")} | {
    tag: re.compile(rf"</{tag}\b[^<>]{{0,100}}>", re.IGNORECASE) for tag in ("script", "style", "code", "pre")
}
# Inside a word these belong to it: combining marks, and what is not seen (soft hyphen, joiners).
_MARKS = "\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
_UNSEEN = "\u00ad\u200c\u200d\u2060\ufeff"
_ODD = re.compile(f"[{_MARKS}{_UNSEEN}]")
_STRIP_UNSEEN = dict.fromkeys(map(ord, _UNSEEN))
# What may stand between two words of one phrase: blanks, hyphens, one wrap of the line.
_GAP = re.compile(f"[ \t\xa0\u2000-\u200b\u202f\u205f\u3000{_UNSEEN}\\-\u2010\u2011]*(?:\r?\n[ \t]*)?")

ZONE = "\x00"  # the word of a protected zone: in no vocabulary and no lexicon


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens of one text as parallel lists: lower-cased words and their offsets in code points."""

    text: str
    words: list[str]
    starts: list[int]
    ends: list[int]

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
    words: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    odd = not str.isascii(text) and _ODD.search(text) is not None
    if _ZONE_SIGNS.search(text) is None and not odd:
        for match in _PLAIN_RE.finditer(text):
            words.append(match[0].lower())
            starts.append(match.start())
            ends.append(match.end())
    else:
        pattern = _odd_re() if odd else _ZONED_RE
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
    return Tokens(text, words, starts, ends)


def words_of(text: str) -> list[str]:
    """Return just the lower-cased tokens, as the lexicon and the language model spell them."""
    if not str.isascii(text) and _ODD.search(text):
        text = _seen(text)
    return [w.lower().replace("’", "'") for w in _PLAIN_RE.findall(text)]


def _seen(text: str) -> str:
    return unicodedata.normalize("NFC", text.translate(_STRIP_UNSEEN))


@lru_cache(maxsize=1)
def _odd_re() -> re.Pattern[str]:
    """Return the pattern for texts with marks or unseen characters: slower, and seldom needed."""
    run = rf"[^\W_]+(?:[{_MARKS}]{{1,20}}[^\W_]*|[{_UNSEEN}]{{1,20}}[^\W_]+){{0,200}}"
    return re.compile(rf"(?P<zone>{_ZONE})|" + _TOKEN.replace(_WORD, rf"{run}(?:['’](?!s(?![^\W_]))[^\W\d_]+)*"))


def _blocks(text: str) -> Iterator[tuple[int, int]]:
    """Yield where fenced code, comments and script, style, code and pre elements begin and end."""
    if _BLOCK_SIGNS.search(text) is None:
        return
    unclosed: set[str] = set()
    at = 0
    while sign := _BLOCK.search(text, at):
        at = sign.end()
        kind = sign[sign.lastgroup].lower() if sign.lastgroup else ""
        if not kind or kind in unclosed:
            continue
        closing = _CLOSING[kind].search(text, at)
        if closing is None:
            unclosed.add(kind)
        else:
            at = closing.end()
            yield sign.start(), at
