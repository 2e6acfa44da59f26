"""A datatrove pipeline step: documents go on restored, and keep what they were in their metadata."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from datatrove.data import DocumentsPipeline
from datatrove.pipeline.base import PipelineStep

from despin.batch import PREFIX
from despin.restorer import MIN_CONFIDENCE

from .rows import Recipe, row


class Despin(PipelineStep):
    """Replaces `doc.text` by the restored text.

    `doc.metadata` gains, each after `prefix`: `original`, `edits` (JSON text), `spin_rate`,
    `spun_probability`, `error`. A document that cannot be restored goes on unchanged with its error.
    """

    type = "✂️ - FORMAT"
    name = "despin"

    def __init__(
        self,
        lexicons: Sequence[str | Path] = (),
        min_confidence: float = MIN_CONFIDENCE,
        spun_prior: float | None = None,
        prefix: str = PREFIX,
        thorough: bool = False,
    ) -> None:
        super().__init__()
        self.recipe = Recipe(lexicons, min_confidence, spun_prior, thorough)
        self.prefix = prefix

    def run(self, data: DocumentsPipeline, rank: int = 0, world_size: int = 1) -> DocumentsPipeline:
        """Yield the documents in their order."""
        for doc in data or ():
            with self.track_time():
                found = row(self.recipe.restorer, doc.text)
                text = found.pop("text")
                doc.metadata |= {f"{self.prefix}original": doc.text} | {f"{self.prefix}{k}": v for k, v in found.items()}
                if text is None:
                    self.stat_update("failed")
                else:
                    self.stat_update("restored" if text != doc.text else "unchanged")
                    doc.text = text
                    self.update_doc_stats(doc)
            yield doc
