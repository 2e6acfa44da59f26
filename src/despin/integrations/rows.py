"""What a text becomes in a table, whatever library holds the table."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from despin.batch import PREFIX, Settings, values_of
from despin.lexicon import hash_of
from despin.restorer import MIN_CONFIDENCE, Restorer

NAMES = ("text", "edits", "spin_rate", "spun_probability", "error")
NUMBERS = ("spin_rate", "spun_probability")  # the others are text


def row(restorer: Restorer, text: object) -> dict[str, Any]:
    """Return the values of NAMES for one text; `edits` is JSON text, as docs/json.md describes.

    Never raises: what cannot be restored has an `error` and nothing else.

    >>> row(Restorer(), None)["error"]
    'no text'
    """
    blank = dict.fromkeys(NAMES)
    if not isinstance(text, str):
        return blank | {"error": "no text" if text is None else f"not a text but {type(text).__name__}"}
    try:
        values = values_of(restorer.restore(text))
    except Exception as error:
        return blank | {"error": f"{type(error).__name__}: {error}"}
    values["edits"] = json.dumps(values["edits"], ensure_ascii=False)
    return {name: values.get(name) for name in NAMES}


def columns(restorer: Restorer, texts: Iterable[object], prefix: str = PREFIX) -> dict[str, list[Any]]:
    """Return the values of many texts as columns, in their order.

    >>> columns(Restorer(), ["Hello.", None]).get("despin_text")
    ['Hello.', None]
    """
    rows = [row(restorer, text) for text in texts]
    return {f"{prefix}{name}": [r[name] for r in rows] for name in NAMES}


class Recipe:
    """A restorer that crosses processes: pickled as its settings, made anew where it arrives.

    `identity` tells two recipes apart that may give different results: it covers the lexicons'
    content, the models and the weights.
    """

    def __init__(
        self,
        lexicons: Sequence[str | Path] = (),
        min_confidence: float = MIN_CONFIDENCE,
        spun_prior: float | None = None,
        thorough: bool = False,
    ) -> None:
        self.settings = Settings(tuple(map(str, lexicons)), min_confidence, spun_prior, thorough=thorough)
        self.restorer = self.settings.restorer()
        self.identity = hash_of(
            [
                self.restorer.lexicon.digest,
                *(hashlib.sha256(Path(path).read_bytes()).hexdigest() for path in lexicons),
                *self.restorer.model.hashes,
                repr(self.restorer.weights),
                repr(thorough),
            ]
        )

    def __getstate__(self) -> dict[str, Any]:
        return {"settings": self.settings, "identity": self.identity}

    def __setstate__(self, state: dict[str, Any]) -> None:
        s: Settings = state["settings"]
        Recipe.__init__(self, s.lexicons, s.min_confidence, s.spun_prior, s.thorough)


class Mapper:
    """What maps one column of batches: a recipe, the column and the prefix of the new ones."""

    def __init__(
        self,
        column: str = "text",
        lexicons: Sequence[str | Path] = (),
        min_confidence: float = MIN_CONFIDENCE,
        spun_prior: float | None = None,
        prefix: str = PREFIX,
        thorough: bool = False,
    ) -> None:
        self.column = column
        self.prefix = prefix
        self.recipe = Recipe(lexicons, min_confidence, spun_prior, thorough)
