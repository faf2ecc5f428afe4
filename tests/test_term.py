"""What an instructor mistypes in a term is answered in the words of make, not in those of Python's argument parser."""

import pytest

from autograder import export, give_back, take_in


@pytest.mark.parametrize(
    ("command", "arguments", "sentence"),
    [
        (give_back.main, ["folder", "--to", ""], "give-back: TO= is missing: write TO=canvas or TO=moodle"),
        (give_back.main, ["folder", "--to", "ilias"], "give-back: TO=ilias is none of them: write TO=canvas or"),
        (export.main, ["excel"], "export: FORMAT=excel is none of them: write FORMAT=canvas or FORMAT=moodle"),
        (take_in.main, ["folder", "a.zip", "--from", "ilias"], "intake: FROM=ilias is none of them: write FROM="),
    ],
)
def test_a_word_that_is_none_of_the_choices_is_named_with_the_right_ones(command, arguments, sentence, capsys):
    assert command(arguments) == 2
    said = capsys.readouterr().err
    assert said.startswith(sentence) and "usage" not in said
