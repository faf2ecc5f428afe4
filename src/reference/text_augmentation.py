"""We change sentences a little and keep their label: a word of the same meaning, a word less, two swapped.

A sentence is a list of tokens (words). The lists passed in are never changed.
Wei and Zou (2019), "EDA: easy data augmentation", with probabilities per word instead of numbers of words.
"""

from descent.hyper import require
from descent.say import tr


def synonym_replacement(tokens, *, synonyms, p, rng):
    """Replace each word that has synonyms, with probability p, by one of them.

    Contract: words are replaced independently, and each of a word's synonyms is equally likely.

    tokens: a list of strings, not changed. synonyms: a dict, word -> list of words. rng: a NumPy Generator.
    Returns a list of the same length.
    Raises ValueError unless 0 <= p <= 1.
    """
    require(0 <= p <= 1, "p", p, tr("in [0, 1]", "[0, 1] 内的数"))
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

    Contract: words are left out independently. If all would go, one stays, each equally likely.

    tokens: a list of strings, not changed. rng: a NumPy Generator.
    Returns a list, in order; of no words, no words.
    Raises ValueError unless 0 <= p <= 1.
    """
    require(0 <= p <= 1, "p", p, tr("in [0, 1]", "[0, 1] 内的数"))
    draws = rng.random(len(tokens))
    last = max(draws, default=0)
    return [token for token, draw in zip(tokens, draws, strict=True) if draw >= p or draw == last]


def random_swap(tokens, *, num_swaps, rng):
    """Exchange the words at two random places, num_swaps times, one exchange after the other.

    Contract: all places are equally likely. Whether the two may be the same place is up to you.

    tokens: a list of two or more strings, not changed. num_swaps: a whole number >= 0. rng: a NumPy Generator.
    Returns a list.
    """
    new = list(tokens)
    for i, j in rng.integers(len(tokens), size=(num_swaps, 2)):
        new[i], new[j] = new[j], new[i]
    return new
