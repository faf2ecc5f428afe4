"""Chapter 05: sentences changed a little: synonyms, words left out, words exchanged.

Right answers may draw different random numbers; we compare how often something happens and which results are possible.
A right answer violates these bounds with a probability below 1e-9.
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
    """`count` distinct items of a list."""
    return [options[int(i)] for i in np.argsort(rng.random(len(options)))[:count]]


def seeded(rng):
    return {"seed": int(10_000 * rng.random())}


def answer(solution, tokens, **options):
    """The returned words. Tokens are restored, so that changing them in place is reported but has no other effect."""
    original = list(tokens)
    result = words(solution(tokens, **options))
    tokens[:] = original
    return result


def words(value):
    """`value` if it is a list of words; else raise WrongReturn with a description of it."""
    if type(value) is not list or not all(isinstance(item, str) for item in value):
        description = "None (is a `return` missing?)" if value is None else f"one {type(value).__name__}"
        description_zh = "None（是否漏写了 return？）" if value is None else f"一个 {type(value).__name__}"
        raise WrongReturn(
            f"returned {description}, expected a list of words", f"返回了{description_zh}，应返回由词组成的列表"
        )
    return [str(item) for item in value]  # rng.choice gives NumPy's strings


def within(probability, count):
    """A comparison that accepts shares within 6.5 standard deviations of their probability."""

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
    """The words if nothing is random; else statistics of a text of many copies of the sentence."""

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
    if len(new) != len(text) or any(
        new_word != word and new_word not in choices for new_word, word, choices in zip(new, text, options)
    ):
        return values | {"words are the old ones or their synonyms": False}
    values["words are the old ones or their synonyms"] = True
    replaced = [choices.index(new_word) for new_word, word, choices in zip(new, text, options) if new_word != word]
    values["share replaced"] = len(replaced) / sum(map(bool, options))
    values["synonyms that occur"] = sorted({new_word for new_word, word in zip(new, text) if new_word != word})
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
        """Many draws, to detect answers that draw again if no word is left, which keeps both words too often."""
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
        remaining = delete(tokens, inputs["p"])
        is_reproducible = remaining == delete(tokens, inputs["p"], np.random.default_rng(inputs["seed"]))
        values = {"same words from generators of the same seed": is_reproducible}
        if not is_reproducible:
            return values
        in_order = list(map(int, remaining)) == sorted(set(map(int, remaining)))
        return values | {
            "words in their order": in_order,
            "share left out": 1 - len(remaining) / len(tokens),
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
    alone, num_whole = [result[0] for result in results if len(result) == 1], results.count(tokens)
    values = {"fewest words": min(map(len, results)), "words left alone": sorted(set(alone))}
    if len(set(tokens)) < len(tokens):
        return values | {"one of two equal words left out": tokens[1:] in results}
    if inputs["p"] < 0.9:
        return values | {"sentences left whole": num_whole / len(results)}
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
    """The results of many calls. It is left open whether the two places may be equal.

    For a right answer, the probability that one of the five other orders of three words does not occur in 150 calls is
    below 1e-9.
    """
    if "count" in inputs:
        return many_swaps(solution, inputs)
    tokens, rng = inputs["tokens"], np.random.default_rng(inputs["seed"])

    def swap(num_swaps):
        return answer(solution, tokens, num_swaps=num_swaps, rng=rng)

    results = [swap(inputs["num_swaps"]) for _ in range(inputs["times"])]
    values = {
        "words after no swap": swap(0),
        "words move with swaps": any(result != tokens for result in results),
        "every result has the same words": all(sorted(result) == sorted(tokens) for result in results),
    }
    if values["every result has the same words"]:
        orders = {" ".join(result) for result in results} - {" ".join(tokens)}
        turned = {" ".join(tokens[i:] + tokens[:i]) for i in (1, 2)}
        values["orders by an exchange of two words"] = sorted(orders - turned)
        values["orders in which all words have moved"] = sorted(orders & turned)
    return values


def many_swaps(solution, inputs):
    """Check the number of swaps in a long text: the probability that 100 swaps move 40 or fewer of 300 words is below 1e-9,
    and they never move more than 200.
    """
    tokens = [f"word{k}" for k in range(inputs["count"])]
    new = answer(solution, tokens, num_swaps=inputs["num_swaps"], rng=np.random.default_rng(inputs["seed"]))
    moved = sum(new_word != old_word for new_word, old_word in zip(new, tokens))
    return {
        "every result has the same words": sorted(new) == sorted(tokens),
        "as many words move as that many swaps can move": 40 < moved <= 2 * inputs["num_swaps"],
    }


def either(got, expected, inputs):
    """Compare orders. Two swaps of two distinct places never equal a single swap, so an empty list is right, too."""
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
