"""The shipped reviews: both kinds, no sentence twice, and synonyms that lead back and never across."""

from descent.sentences import REVIEWS, SYNONYMS


def test_there_is_as_much_praise_as_blame_and_no_sentence_twice():
    labels = [label for _, label in REVIEWS]
    assert sorted(set(labels)) == [0, 1] and sum(labels) * 2 == len(labels) >= 40
    assert len({text for text, _ in REVIEWS}) == len(REVIEWS)
    assert all(text == text.lower() and text.split() == text.split(" ") for text, _ in REVIEWS)


def test_synonyms_lead_back_and_a_word_is_not_its_own():
    for word, others in SYNONYMS.items():
        assert others and word not in others and len(set(others)) == len(others)
        assert all(word in SYNONYMS[other] for other in others)


def test_a_synonym_of_praise_is_never_a_word_of_blame():
    praise, blame = ({word for text, label in REVIEWS if label == kind for word in text.split()} for kind in (1, 0))
    only = {1: praise - blame, 0: blame - praise}
    for kind in (0, 1):
        for word in only[kind]:
            assert not set(SYNONYMS.get(word, [])) & only[1 - kind], word


def test_most_groups_occur_in_the_reviews():
    words = {word for text, _ in REVIEWS for word in text.split()}
    assert len(set(SYNONYMS) & words) / len(SYNONYMS) > 0.9
