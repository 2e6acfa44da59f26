"""Word vectors for the topic of a document: truncated SVD of positive PMI (Levy & Goldberg 2014).

`word · context` approximates the pointwise mutual information of two words within six tokens.
Deterministic: counts are exact, the randomised SVD (Halko et al. 2011) has a fixed seed.
"""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from tqdm import tqdm

Array = np.ndarray
WINDOW = 6
LEAST = 3  # pairs seen less often tell nothing


def vectors(ids: Array, words: list[str], size: int, dimensions: int) -> tuple[Array, Array]:
    """Return word and context vectors (size × dimensions) of the first `size` vocabulary ids."""
    ids = ids.astype(np.int64)
    total: sp.csr_matrix | None = None
    for distance in tqdm(range(1, WINDOW + 1), desc="topics"):
        a, b = ids[:-distance], ids[distance:]
        known = (a < size) & (b < size) & (a > 0) & (b > 0)
        keys = a[known] * size + b[known]
        keys.sort()
        edges = np.flatnonzero(np.concatenate(([True], keys[1:] != keys[:-1], [True])))
        first = keys[edges[:-1]]
        counts = sp.csr_matrix((np.diff(edges).astype(np.float32), (first // size, first % size)), shape=(size, size))
        total = counts if total is None else total + counts
    assert total is not None
    both = (total + total.T).tocoo()
    mark = np.array([not w[0].isalnum() for w in words[:size]])
    keep = (both.data >= LEAST) & ~mark[both.row] & ~mark[both.col]
    row, column, count = both.row[keep], both.col[keep], both.data[keep].astype(np.float64)
    rows = np.bincount(row, count, size)
    columns = np.bincount(column, count, size) ** 0.75  # context distribution smoothing
    pmi = np.log(count / rows[row]) - np.log(columns[column] / columns.sum())
    matrix = sp.csr_matrix((np.maximum(pmi, 0).astype(np.float32), (row, column)), shape=(size, size))
    matrix.eliminate_zeros()
    q = np.random.default_rng(1).standard_normal((size, dimensions + 16)).astype(np.float32)
    for _ in range(4):
        q, _ = np.linalg.qr(matrix @ q)
        q, _ = np.linalg.qr(matrix.T @ q)
    q, _ = np.linalg.qr(matrix @ q)
    u, s, vt = np.linalg.svd((matrix.T @ q).T, full_matrices=False)
    root = np.sqrt(s[:dimensions])
    # The sign of a singular vector is arbitrary: make the largest entry positive.
    left, right = (q @ u)[:, :dimensions], vt[:dimensions].T
    sign = np.sign(left[np.abs(left).argmax(axis=0), np.arange(dimensions)])
    return left * root * sign, right * root * sign


def quantised(matrix: Array, percentile: float = 99.9) -> tuple[Array, float]:
    """Return a matrix as int8 and the factor that undoes the scaling; values above a percentile are cut."""
    scale = float(np.percentile(np.abs(matrix), percentile)) / 127
    return np.clip(np.round(matrix / scale), -127, 127).astype(np.int8), scale
