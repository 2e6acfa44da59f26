"""A spaCy component "despin": it annotates, the text stays.

Importing this module registers the component and its extensions:

- `doc._.despin`: `{"text", "edits", "spin_rate", "spun_probability", "error"}`, edits as a list of dicts
  with offsets into `doc.text`
- `doc.spans["despin"]`: the tokens each edit touches
- `span._.despin_edits`: the edits that lie inside a span; `span._.despin_text`: its text with them applied
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from spacy.language import Language
from spacy.tokens import Doc, Span, SpanGroup

from despin.restorer import MIN_CONFIDENCE

from .rows import Recipe, row

KEY = "despin"


def edits_inside(span: Span) -> list[dict[str, Any]]:
    """Return the edits of the document that lie inside a span, offsets into the document."""
    found = span.doc._.despin or {}
    return [e for e in found.get("edits") or [] if span.start_char <= e["start"] and e["end"] <= span.end_char]


def restored_text(span: Span) -> str:
    """Return the text of a span with the edits inside it applied."""
    text: str = span.doc.text
    out, at = [], span.start_char
    for edit in edits_inside(span):
        out += [text[at : edit["start"]], edit["restored"]]
        at = edit["end"]
    return "".join([*out, text[at : span.end_char]])


Doc.set_extension(KEY, default=None, force=True)
Span.set_extension("despin_edits", getter=edits_inside, force=True)
Span.set_extension("despin_text", getter=restored_text, force=True)


class Despin:
    """The component; give it whole documents, since a sentence alone tells little about its author."""

    def __init__(self, recipe: Recipe) -> None:
        self.recipe = recipe

    def __call__(self, doc: Doc) -> Doc:
        """Return the same document, annotated."""
        found = row(self.recipe.restorer, doc.text)
        found["edits"] = json.loads(found["edits"]) if found["edits"] else []
        doc._.despin = found
        # Edits may cut tokens ("it's far" → "it is"): the span then covers what it touches.
        places = (doc.char_span(e["start"], e["end"], label=KEY, alignment_mode="expand") for e in found["edits"])
        doc.spans[KEY] = SpanGroup(doc, name=KEY, spans=[place for place in places if place is not None])
        return doc

    def to_disk(self, path: Path, exclude: tuple[str, ...] = ()) -> None:
        """Write nothing: the settings are in the pipeline's config."""

    def from_disk(self, path: Path, exclude: tuple[str, ...] = ()) -> Despin:
        """Return the component as the config made it."""
        return self


@Language.factory(
    KEY,
    assigns=["doc._.despin", "doc.spans"],
    default_config={"lexicons": [], "min_confidence": MIN_CONFIDENCE, "spun_prior": None, "thorough": False},
)
def create(
    nlp: Language, name: str, lexicons: list[str], min_confidence: float, spun_prior: float | None, thorough: bool
) -> Despin:
    """Return the component for a pipeline."""
    return Despin(Recipe(lexicons, min_confidence, spun_prior, thorough))
