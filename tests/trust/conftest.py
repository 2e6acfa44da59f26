"""Restorers that the tests of trust share."""

from __future__ import annotations

import pytest
import strategies

from despin import Lexicon, Restorer


@pytest.fixture(scope="session")
def lexicon(tmp_path_factory: pytest.TempPathFactory) -> Lexicon:
    return strategies.small_lexicon(tmp_path_factory.mktemp("lexicon"))


@pytest.fixture(scope="session")
def eager(lexicon: Lexicon) -> Restorer:
    """Restores every candidate of the small lexicon."""
    return strategies.eager(lexicon)


@pytest.fixture(scope="session")
def builtin() -> Restorer:
    """The built-in lexicon and weights, told that the text is spun."""
    return Restorer(spun_prior=0.95)
