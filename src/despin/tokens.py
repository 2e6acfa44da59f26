"""From text to tokens: words and punctuation with exact offsets into the caller's own string."""

from __future__ import annotations

import re
from dataclasses import dataclass

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
    r"```(?:(?!```)[\s\S]){1,20000}```"  # fenced code
    r"|`[^`\n]{1,500}`"  # code span
    r"|<(?:script|style|code|pre)\b[^<>]{0,500}>(?:(?!</(?:script|style|code|pre))[\s\S]){0,20000}</(?:script|style|code|pre)>"
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


def tokenize(text: str) -> Tokens:
    """Return the tokens of `text`; zones (URLs, code, tags, names of files) are single tokens.

    >>> tokenize("China’s long-term view.").words
    ['china', "'s", 'long', 'term', 'view', '.']
    """
    words: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    if _ZONE_SIGNS.search(text) is None:
        for match in _PLAIN_RE.finditer(text):
            words.append(match[0].lower())
            starts.append(match.start())
            ends.append(match.end())
    else:
        for match in _ZONED_RE.finditer(text):
            words.append(ZONE if match.lastgroup else match[0].lower())
            starts.append(match.start())
            ends.append(match.end())
    if "’" in text:
        words = [w.replace("’", "'") for w in words]
    return Tokens(text, words, starts, ends)


def words_of(text: str) -> list[str]:
    """Return just the lower-cased tokens, as the lexicon and the language model spell them."""
    return [w.lower().replace("’", "'") for w in _PLAIN_RE.findall(text)]
