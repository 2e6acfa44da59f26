"""A griffe extension for the API pages: doctests in docstrings become code blocks.

Markdown takes `>>>` for three nested quotations.
"""

from __future__ import annotations

import re
from typing import Any

from griffe import Extension, Object

DOCTEST_RE = re.compile(r"^>>> .*(?:\n.+)*", re.MULTILINE)


class Doctests(Extension):
    """Fences the doctests of every docstring."""

    def on_object(self, *, obj: Object, **kwargs: Any) -> None:
        """Rewrite the docstring of a collected object."""
        if obj.docstring:
            obj.docstring.value = DOCTEST_RE.sub(lambda m: f"```pycon\n{m[0]}\n```", obj.docstring.value)
