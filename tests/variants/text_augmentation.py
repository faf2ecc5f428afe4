"""Chapter 05, sentences: right versions written in other ways, and wrong ones that no catalogue entry describes."""

import numpy as np

from reference.text_augmentation import random_deletion, random_swap, synonym_replacement

# ---- right: other draws -----------------------------------------------------------------------------


def synonyms_one_by_one(tokens, *, synonyms, p, rng):
    new = []
    for token in tokens:
        if token in synonyms and rng.random() < p:
            token = synonyms[token][int(rng.integers(len(synonyms[token])))]
        new.append(token)
    return new


def synonyms_by_choice(tokens, *, synonyms, p, rng):
    return [rng.choice(synonyms[token]) if token in synonyms and rng.random() < p else token for token in tokens]


def deletion_with_a_second_draw(tokens, *, p, rng):
    left = [token for token in tokens if rng.random() >= p]
    return left or ([tokens[int(rng.integers(len(tokens)))]] if tokens else [])


def deletion_by_mask(tokens, *, p, rng):
    draws = rng.random(len(tokens))
    keep = draws >= p
    if len(tokens):
        keep[draws.argmax()] = True
    return [token for token, stays in zip(tokens, keep) if stays]


def swap_two_different(tokens, *, num_swaps, rng):
    new = tokens[:]
    for _ in range(num_swaps):
        i, j = rng.choice(len(new), 2, replace=False)
        new[i], new[j] = new[j], new[i]
    return new


def swap_with_a_third_name(tokens, *, num_swaps, rng):
    new = list(tokens)
    for _ in range(num_swaps):
        i, j = int(rng.random() * len(new)), int(rng.random() * len(new))
        word = new[i]
        new[i] = new[j]
        new[j] = word
    return new


RIGHT = {
    "synonym_replacement": [synonyms_one_by_one, synonyms_by_choice],
    "random_deletion": [deletion_with_a_second_draw, deletion_by_mask],
    "random_swap": [swap_two_different, swap_with_a_third_name],
}

# ---- wrong, and not in the catalogue --------------------------------------------------------------


def synonyms_half_as_often(tokens, *, synonyms, p, rng):
    return synonym_replacement(tokens, synonyms=synonyms, p=p / 2, rng=rng)


def synonyms_of_no_chance(tokens, *, synonyms, p, rng):
    return [synonyms.get(token, [token])[-1] for token in tokens]


def synonyms_global(tokens, *, synonyms, p, rng):
    return synonym_replacement(tokens, synonyms=synonyms, p=p, rng=np.random)


def deletion_squared(tokens, *, p, rng):
    return random_deletion(tokens, p=p**2, rng=rng)


def deletion_at_the_end(tokens, *, p, rng):
    count = sum(rng.random(len(tokens)) >= p)
    return tokens[: max(int(count), 1)]


def deletion_sorted(tokens, *, p, rng):
    return sorted(random_deletion(tokens, p=p, rng=rng))


def swap_ends(tokens, *, num_swaps, rng):
    return [tokens[-1], *tokens[1:-1], tokens[0]] if num_swaps % 2 else list(tokens)


def swap_twice_as_often(tokens, *, num_swaps, rng):
    return random_swap(tokens, num_swaps=2 * num_swaps, rng=rng)


def draws_until_one_stays(tokens, *, p, rng):
    while tokens:
        kept = [token for token in tokens if rng.random() >= p]
        if kept or p == 1:
            return kept or [tokens[rng.integers(len(tokens))]]
    return []


def deletes_every_copy(tokens, *, p, rng):
    """Of a word that stands in the sentence twice both go, or none."""
    gone = {token for token in tokens if rng.random() < p}
    kept = [token for token in tokens if token not in gone]
    return kept or [tokens[rng.integers(len(tokens))] for _ in tokens[:1]]


WRONG = {
    "synonym_replacement": [synonyms_half_as_often, synonyms_of_no_chance, synonyms_global],
    "random_deletion": [
        draws_until_one_stays,
        deletes_every_copy,
        deletion_squared,
        deletion_at_the_end,
        deletion_sorted,
    ],
    "random_swap": [swap_ends, swap_twice_as_often],
}
