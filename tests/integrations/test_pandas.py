from __future__ import annotations

import json

import pytest

from despin import Restorer

pd = pytest.importorskip("pandas")

from despin.integrations.pandas import despin_column  # noqa: E402

TEXT = "The union stated the strike would final till the corporate agreed. They solely have a radio, it stated."


def test_rows_order_and_index_stay() -> None:
    restorer = Restorer(spun_prior=0.95)
    texts = pd.Series([TEXT, None, "Dry.", float("nan"), TEXT], index=[9, 3, 3, "a", 0], name="body")
    found = despin_column(texts, restorer)
    assert list(found.index) == list(texts.index)
    assert list(found["despin_error"].isna()) == [True, False, True, False, True]
    assert found["despin_error"].iloc[1] == found["despin_error"].iloc[3] == "no text"
    assert found["despin_text"].iloc[0] == found["despin_text"].iloc[4] == restorer.restore(TEXT).text != TEXT
    assert json.loads(found["despin_edits"].iloc[0])
    assert found["despin_spin_rate"].dtype == found["despin_spun_probability"].dtype == "float64"


@pytest.mark.parametrize("dtype", ["object", "string", "category"])
def test_any_kind_of_text_column(dtype: str) -> None:
    found = despin_column(pd.Series(["Dry.", "Wet."], dtype=dtype), prefix="x_")
    assert list(found["x_text"]) == ["Dry.", "Wet."]


def test_an_empty_series() -> None:
    found = despin_column(pd.Series([], dtype="string"))
    assert found.empty and next(iter(found.columns)) == "despin_text"


def test_values_of_other_types_are_errors() -> None:
    found = despin_column(pd.Series([1, ["a"], "Dry."], dtype=object))
    assert list(found["despin_error"].notna()) == [True, True, False]
