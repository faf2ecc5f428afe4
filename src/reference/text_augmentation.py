"""We change sentences a little and keep their label: a word of the same meaning, a word less, two swapped.

A sentence is a list of tokens (words). The lists passed in are never changed.
Wei and Zou (2019), "EDA: easy data augmentation", with probabilities per word instead of numbers of words.
"""

from descent.hyper import require


def synonym_replacement(tokens, *, synonyms, p, rng):
    """Replace each word that has synonyms with probability p by one of them, each equally likely.

        draws = rng.random((2, len(tokens)))                   the only draw
        word i is replaced if draws[0, i] < p, by options[floor(draws[1, i] * len(options))]

    tokens: a list of strings. synonyms: a dict, word -> list of words. Returns a new list of the same length.
    Raises ValueError unless 0 <= p <= 1.
    """
    require(0 <= p <= 1, "p", p, "in [0, 1]")
    draws = rng.random((2, len(tokens)))
    new = []
    for token, replaces, chooses in zip(tokens, *draws, strict=True):
        options = synonyms.get(token, [])
        if options and replaces < p:
            token = options[int(chooses * len(options))]
        new.append(token)
    return new


def random_deletion(tokens, *, p, rng):
    """Leave out each word with probability p, but never all of them.

        draws = rng.random(len(tokens))                        the only draw
        word i stays if draws[i] >= p; if none would, the one with the largest draw stays

    tokens: a list of strings. Returns a new list, in order; an empty one stays empty.
    Raises ValueError unless 0 <= p <= 1.
    """
    require(0 <= p <= 1, "p", p, "in [0, 1]")
    draws = rng.random(len(tokens))
    last = max(draws, default=0)
    return [token for token, draw in zip(tokens, draws, strict=True) if draw >= p or draw == last]


def random_swap(tokens, *, num_swaps, rng):
    """Exchange two words, num_swaps times, one exchange after the other.

        places = rng.integers(len(tokens), size=(num_swaps, 2))      the only draw: each row is a pair

    The two may be the same place, which changes nothing. tokens: a list of strings, at least one.
    Returns a new list. Raises ValueError unless num_swaps >= 0 and there is a word.
    """
    require(num_swaps >= 0, "num_swaps", num_swaps, "a whole number >= 0")
    require(len(tokens) >= 1, "len(tokens)", len(tokens), "at least 1")
    new = list(tokens)
    for i, j in rng.integers(len(tokens), size=(num_swaps, 2)):
        new[i], new[j] = new[j], new[i]
    return new
