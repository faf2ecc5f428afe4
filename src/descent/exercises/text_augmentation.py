"""Chapter 05: sentences changed a little: synonyms, words left out, words exchanged.

Whichever numbers are drawn, right answers have in common how often something happens and what can come out. Bounds
and lists of what occurs hold for a right answer but for once in 10^9 times.
"""

import numpy as np

from descent.cases import between
from descent.contract_cases import given
from descent.exercise import Case, Exercise, Group, WrongReturn

SYNONYMS = {
    "good": ["fine", "nice", "great"],
    "film": ["movie", "picture", "show"],
    "sad": ["gloomy", "tearful", "blue"],
    "long": ["endless", "slow", "lengthy"],
    "actor": ["player", "star", "performer"],
    "story": ["tale", "plot", "yarn"],
}
PLAIN = ["a", "the", "very", "is", "and", "with", "this", "here"]


def pick(rng, options, count):
    """`count` different ones of a list."""
    return [options[int(i)] for i in np.argsort(rng.random(len(options)))[:count]]


def seeded(rng):
    return {"seed": int(10_000 * rng.random())}


def answer(solution, tokens, **options):
    """The words that come back. Tokens are then as before: who changes them in place is told so, and no more."""
    before = list(tokens)
    new = words(solution(tokens, **options))
    tokens[:] = before
    return new


def words(value):
    """`value` if it is a list of words; else raise WrongReturn, which says what it is."""
    if type(value) is not list or not all(isinstance(one, str) for one in value):
        what = "None (is a `return` missing?)" if value is None else f"one {type(value).__name__}"
        was = "None（是否漏写了 return？）" if value is None else f"一个 {type(value).__name__}"
        raise WrongReturn(f"returned {what}, expected a list of words", f"返回了{was}，应返回由词组成的列表")
    return [str(one) for one in value]  # rng.choice gives NumPy's strings


def within(probability, count):
    """A comparison of a share with its probability, by 6.5 standard deviations."""

    def compare(got, expected, inputs):
        p, n = probability(inputs), count(inputs)
        allowed = 6.5 * np.sqrt(p * (1 - p) / n)
        if abs(got - p) <= allowed and abs(got - expected) <= 1.5 * allowed:
            return None
        return {
            "en": f"is {got:.3f}, expected {p:.3f} within {allowed:.3f}",
            "zh": f"是 {got:.3f}，应为 {p:.3f}，误差不超过 {allowed:.3f}",
        }

    return compare


# ---- synonym_replacement -----------------------------------------------------------------------------

SYNONYM_GROUPS = {
    "certain": Group(2, "probability 0 and probability 1, no words, errors", "概率为 0 和为 1、一个词都没有、报错"),
    "share": Group(3, "how many words are replaced", "替换了多少个词", only=("same", "words", "share")),
    "choice": Group(2, "by which of their synonyms", "换成了哪个同义词", only=("same", "words", "synonyms", "first")),
}
COPIES = 1000


def synonym_cases(rng):
    def case(group, p, options=3):
        replaced = pick(rng, list(SYNONYMS), 2)
        tokens = pick(rng, replaced + pick(rng, PLAIN, 3), 5)
        inputs = {"tokens": tokens, "synonyms": {word: SYNONYMS[word][:options] for word in replaced}, "p": p}
        call = "synonym_replacement(tokens, synonyms=synonyms, p=p, rng=rng)"
        if group != "certain":
            inputs["copies"], call = COPIES, call.replace("tokens,", "copies * tokens,")
        return Case(group, inputs | seeded(rng), f"rng = np.random.default_rng(seed)\n{call}")

    base = Case(
        "certain",
        {"tokens": pick(rng, PLAIN, 3), "synonyms": {}, "p": 0.5} | seeded(rng),
        "rng = np.random.default_rng(seed)\nsynonym_replacement(tokens, synonyms=synonyms, p=p, rng=rng)",
    )
    return [
        case("certain", 0.0),
        case("certain", 1.0, 1),
        case("certain", 1.0, 1),
        case("share", between(rng, 0.15, 0.4)),
        case("share", between(rng, 0.6, 0.85)),
        case("choice", between(rng, 0.2, 0.35)),
        case("choice", between(rng, 0.2, 0.35)),
        given(base, p=-0.1),
        given(base, p=1.1),
        given(base, tokens=[]),
    ]


def run_synonyms(solution, inputs):
    """The words, where nothing is left to chance; else what is true of a text of many copies of the sentence."""

    def replace(tokens):
        rng = np.random.default_rng(inputs["seed"])
        return answer(solution, tokens, synonyms=inputs["synonyms"], p=inputs["p"], rng=rng)

    if "copies" not in inputs:
        return {"words": replace(inputs["tokens"])}
    text = inputs["copies"] * inputs["tokens"]
    new = replace(text)
    if new != replace(text):
        return {"same words from generators of the same seed": False}
    values = {"same words from generators of the same seed": True, "words that occur": sorted(set(new))}
    options = [inputs["synonyms"].get(word, []) for word in text]
    if len(new) != len(text) or any(one != word and one not in some for one, word, some in zip(new, text, options)):
        return values | {"words are the old ones or their synonyms": False}
    values["words are the old ones or their synonyms"] = True
    replaced = [some.index(one) for one, word, some in zip(new, text, options) if one != word]
    values["share replaced"] = len(replaced) / sum(map(bool, options))
    values["synonyms that occur"] = sorted({one for one, word in zip(new, text) if one != word})
    values["first synonyms among the replacements"] = replaced.count(0) / max(len(replaced), 1)
    return values


SYNONYM_COMPARE = {
    "share replaced": within(lambda inputs: inputs["p"], lambda inputs: 2 * COPIES),
    "first synonyms among the replacements": within(lambda inputs: 1 / 3, lambda inputs: COPIES * inputs["p"]),
}

# ---- random_deletion -----------------------------------------------------------------------------------

DELETION_GROUPS = {
    "ends": Group(2, "probability 0 and probability 1, no words, errors", "概率为 0、为 1、一个词都没有、报错"),
    "share": Group(3, "how many words are left out", "删掉了多少个词"),
    "alone": Group(2, "which word stays when all would go", "全都要删时，留下的是哪个词"),
}


def deletion_cases(rng):
    call = "random_deletion(tokens, p=p, rng=rng)"

    def ends(count):
        tokens = pick(rng, list(SYNONYMS) + PLAIN, count)
        return Case(
            "ends",
            {"tokens": tokens} | seeded(rng),
            "rng = np.random.default_rng(seed)\nfor p in (0, 1):\n"
            f"    print({call})\nprint({call.replace('tokens', '[]')})",
        )

    def share(low, high):
        inputs = {"p": between(rng, low, high), "count": 4000 + int(900 * rng.random())} | seeded(rng)
        return Case(
            "share",
            inputs,
            "tokens = [str(number) for number in range(count)]\n"
            f"rng = np.random.default_rng(seed)\nlen({call}) / count",
        )

    def short(group, count, low, high):
        inputs = {"tokens": pick(rng, list(SYNONYMS) + PLAIN, count), "p": between(rng, low, high), "times": 200}
        return Case(
            group, inputs | seeded(rng), f"rng = np.random.default_rng(seed)\nfor _ in range(times):\n    print({call})"
        )

    def often(low, high):
        """Drawing anew where no word is left keeps both words too often: to see it takes many draws."""
        return given(short("share", 2, low, high), times=1500)

    def equal_words():
        case = short("share", 2, 0.4, 0.6)
        word, other = case.inputs["tokens"]
        return given(case, tokens=[word, word, other])

    base = short("ends", 3, 0.4, 0.6)
    return [
        ends(4),
        ends(5),
        share(0.15, 0.4),
        share(0.6, 0.85),
        short("share", 2, 0.2, 0.4),
        short("share", 2, 0.4, 0.6),
        often(0.75, 0.85),
        equal_words(),
        short("alone", 2, 0.96, 0.99),
        short("alone", 3, 0.96, 0.99),
        given(base, p=-0.1),
        given(base, p=1.1),
    ]


def run_deletion(solution, inputs):
    rng = np.random.default_rng(inputs["seed"])

    def delete(tokens, p, rng=rng):
        return answer(solution, tokens, p=p, rng=rng)

    if "count" in inputs:
        tokens = [str(number) for number in range(inputs["count"])]
        left = delete(tokens, inputs["p"])
        same = left == delete(tokens, inputs["p"], np.random.default_rng(inputs["seed"]))
        values = {"same words from generators of the same seed": same}
        if not same:
            return values
        in_order = list(map(int, left)) == sorted(set(map(int, left)))
        return values | {
            "words in their order": in_order,
            "share left out": 1 - len(left) / len(tokens),
            "number of words at p = 0": len(delete(tokens, 0.0)),
        }
    tokens = inputs["tokens"]
    if "times" not in inputs:
        return {
            "words at p = 0": delete(tokens, 0.0),
            "number of words at p = 1": len(delete(tokens, 1.0)),
            "words of an empty sentence": delete([], 0.5),
        }
    results = [delete(tokens, inputs["p"]) for _ in range(inputs["times"])]
    alone, whole = [one[0] for one in results if len(one) == 1], results.count(tokens)
    values = {"fewest words": min(map(len, results)), "words left alone": sorted(set(alone))}
    if len(set(tokens)) < len(tokens):
        return values | {"one of two equal words left out": tokens[1:] in results}
    if inputs["p"] < 0.9:
        return values | {"sentences left whole": whole / len(results)}
    return values | {"first word among those left alone": alone.count(tokens[0]) / max(len(alone), 1)}


DELETION_COMPARE = {
    "share left out": within(lambda inputs: inputs["p"], lambda inputs: inputs["count"]),
    "sentences left whole": within(lambda inputs: (1 - inputs["p"]) ** 2, lambda inputs: inputs["times"]),
    "first word among those left alone": within(
        lambda inputs: 1 / len(inputs["tokens"]), lambda inputs: 0.9 * inputs["times"]
    ),
}


# ---- random_swap ---------------------------------------------------------------------------------------

SWAP_GROUPS = {
    "words": Group(
        2, "no word is lost, and none moves without a swap", "不丢词，不交换就不动", only=("words", "every")
    ),
    "one": Group(3, "one exchange", "交换一次"),
    "more": Group(2, "one exchange after the other", "一次接一次地交换"),
}


def swap_cases(rng):
    def case(group, num_swaps):
        inputs = {
            "tokens": pick(rng, list(SYNONYMS) + PLAIN, 3),
            "num_swaps": num_swaps,
            "times": 20 if group == "words" else 150,
        }
        return Case(
            group,
            inputs | seeded(rng),
            "rng = np.random.default_rng(seed)\nfor _ in range(times):\n"
            "    print(random_swap(tokens, num_swaps=num_swaps, rng=rng))",
        )

    many = Case(
        "more",
        {"count": 300, "num_swaps": 100} | seeded(rng),
        'tokens = [f"word{k}" for k in range(count)]\n'
        "out = random_swap(tokens, num_swaps=num_swaps, rng=np.random.default_rng(seed))\n"
        "print(sum(one != old for one, old in zip(out, tokens)))",
    )
    return [case("words", 3), case("words", 5), case("one", 1), case("one", 1), case("more", 2), case("more", 2), many]


def run_swap(solution, inputs):
    """What comes out of many calls. Whether the two places may be one is left open: who always takes two is right.

    Each of the five other orders of three words fails to come up in 150 calls less than once in 10^9 times.
    """
    if "count" in inputs:
        return many_swaps(solution, inputs)
    tokens, rng = inputs["tokens"], np.random.default_rng(inputs["seed"])

    def swap(num_swaps):
        return answer(solution, tokens, num_swaps=num_swaps, rng=rng)

    results = [swap(inputs["num_swaps"]) for _ in range(inputs["times"])]
    values = {
        "words after no swap": swap(0),
        "words move with swaps": any(one != tokens for one in results),
        "every result has the same words": all(sorted(one) == sorted(tokens) for one in results),
    }
    if values["every result has the same words"]:
        orders = {" ".join(one) for one in results} - {" ".join(tokens)}
        turned = {" ".join(tokens[i:] + tokens[:i]) for i in (1, 2)}
        values["orders by an exchange of two words"] = sorted(orders - turned)
        values["orders in which all words have moved"] = sorted(orders & turned)
    return values


def many_swaps(solution, inputs):
    """Whether the swaps of a long text are as many as asked for: 100 of them move 40 of 300 words or fewer less than once
    in 10^9 times, and never more than 200.
    """
    tokens = [f"word{k}" for k in range(inputs["count"])]
    new = answer(solution, tokens, num_swaps=inputs["num_swaps"], rng=np.random.default_rng(inputs["seed"]))
    moved = sum(one != old for one, old in zip(new, tokens))
    return {
        "every result has the same words": sorted(new) == sorted(tokens),
        "as many words move as that many swaps can move": 40 < moved <= 2 * inputs["num_swaps"],
    }


def either(got, expected, inputs):
    """Two exchanges of two different places each never end in one exchange: both kinds of draws are right."""
    if got == expected or inputs["num_swaps"] == 2 and got == []:
        return None
    return {"en": f"are {got}, expected {expected}", "zh": f"是 {got}，应为 {expected}"}


EXERCISES = [
    Exercise(
        "synonym_replacement",
        "text_augmentation.synonym_replacement",
        SYNONYM_GROUPS,
        synonym_cases,
        run_synonyms,
        SYNONYM_COMPARE,
        clauses={"words are replaced independently": "share", "each of a word's synonyms is equally likely": "choice"},
    ),
    Exercise(
        "random_deletion",
        "text_augmentation.random_deletion",
        DELETION_GROUPS,
        deletion_cases,
        run_deletion,
        DELETION_COMPARE,
        clauses={
            "words are left out independently.": "share",
            "one stays, each equally likely": "alone",
            "of no words, no words": "ends",
        },
    ),
    Exercise(
        "random_swap",
        "text_augmentation.random_swap",
        SWAP_GROUPS,
        swap_cases,
        run_swap,
        {"orders by an exchange of two words": either},
        clauses={"all places are equally likely": "one", "Whether the two may be the same place": "one"},
    ),
]
