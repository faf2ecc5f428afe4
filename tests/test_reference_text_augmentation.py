"""Text augmentation: words, order and the one draw of each contract."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reference.text_augmentation import random_deletion, random_swap, synonym_replacement

few = settings(max_examples=40, deadline=None, derandomize=True)
RNG = np.random.default_rng
TOKENS = "the quick dog runs over the small hill".split()
SYNONYMS = {"quick": ["fast", "swift", "rapid"], "small": ["little", "tiny"], "hill": [], "over": ["above"]}
tokens = st.lists(st.sampled_from(TOKENS), min_size=1, max_size=12)
seeds = st.integers(0, 10**6)
shares = st.floats(0, 1)


@few
@given(tokens=tokens, seed=seeds, p=shares)
def test_replacement(tokens, seed, p):
    before = list(tokens)
    new = synonym_replacement(tokens, synonyms=SYNONYMS, p=p, rng=RNG(seed))
    assert tokens == before and len(new) == len(tokens)
    replaces, chooses = RNG(seed).random((2, len(tokens)))
    for i, (old, word) in enumerate(zip(tokens, new, strict=True)):
        options = SYNONYMS.get(old, [])
        if options and replaces[i] < p:
            assert word == options[int(np.floor(chooses[i] * len(options)))]
        else:
            assert word == old


def test_replacement_reaches_every_synonym_equally():
    new = synonym_replacement(["quick"] * 3000, synonyms=SYNONYMS, p=1, rng=RNG(1))
    counts = Counter(new)
    assert set(counts) == {"fast", "swift", "rapid"} and min(counts.values()) > 900
    assert synonym_replacement(TOKENS, synonyms=SYNONYMS, p=0, rng=RNG(1)) == TOKENS


@few
@given(tokens=tokens, seed=seeds, p=shares)
def test_deletion(tokens, seed, p):
    before = list(tokens)
    new = random_deletion(tokens, p=p, rng=RNG(seed))
    draws = RNG(seed).random(len(tokens))
    stays = draws >= p if np.any(draws >= p) else draws == draws.max()
    assert tokens == before and new == [t for t, s in zip(tokens, stays, strict=True) if s]
    assert len(new) >= 1


def test_deletion_at_the_ends():
    assert random_deletion(TOKENS, p=0, rng=RNG(2)) == TOKENS
    assert len(random_deletion(TOKENS, p=1, rng=RNG(2))) == 1
    assert random_deletion([], p=0.5, rng=RNG(2)) == []
    kept = np.mean([len(random_deletion(TOKENS, p=0.25, rng=RNG(i))) for i in range(400)])
    assert 5.7 < kept < 6.3


@few
@given(tokens=tokens, seed=seeds, num_swaps=st.integers(0, 5))
def test_swap(tokens, seed, num_swaps):
    before = list(tokens)
    new = random_swap(tokens, num_swaps=num_swaps, rng=RNG(seed))
    assert tokens == before and Counter(new) == Counter(tokens)
    for i, j in RNG(seed).integers(len(tokens), size=(num_swaps, 2)):
        before[i], before[j] = before[j], before[i]
    assert new == before


@pytest.mark.parametrize("bad", [-0.1, 1.1, float("nan")])
def test_refuses(bad):
    with pytest.raises(ValueError, match=rf"p = {bad}: must be in \[0, 1\]"):
        synonym_replacement(TOKENS, synonyms=SYNONYMS, p=bad, rng=RNG(0))
    with pytest.raises(ValueError, match=rf"p = {bad}: must be in \[0, 1\]"):
        random_deletion(TOKENS, p=bad, rng=RNG(0))
