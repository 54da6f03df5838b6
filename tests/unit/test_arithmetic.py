"""Expressions of words: how they are read, written and worked out."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmwidgets.errors import InvalidValue
from llmwidgets.stages.arithmetic import MOST_CHARACTERS, MOST_TERMS, Term, evaluate, parse, written

WORDS = st.text(
    st.sampled_from("ab +-＋－−–﹣\"＂“”\\'ー‐\n\u3000王") | st.characters(exclude_categories=["Cs"]), min_size=1
)
TERMS = st.lists(st.builds(Term, st.sampled_from([1, -1]), WORDS), max_size=MOST_TERMS)


def signed(expression):
    return [("+" if term.sign == 1 else "-") + term.word for term in parse(expression)]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("king - man + woman", ["+king", "-man", "+woman"]),
        ("king-man+woman", ["+king", "-man", "+woman"]),
        ("  king -man +woman ", ["+king", "-man", "+woman"]),
        ("王様－男性＋女性", ["+王様", "-男性", "+女性"]),
        ("王様\u3000−\u3000男性 – 女性 ﹣ 子", ["+王様", "-男性", "-女性", "-子"]),
        ("コーヒー + ミルク", ["+コーヒー", "+ミルク"]),
        ("コーヒー", ["+コーヒー"]),
        ("co-op - shop", ["+co-op", "-shop"]),
        ("co-op- shop", ["+co-op", "-shop"]),
        ("shop -co-op", ["+shop", "-co-op"]),
        ("co-op", ["+co", "-op"]),
        ("co‐op + a", ["+co‐op", "+a"]),
        ('"co-op"', ["+co-op"]),
        ('"co-op"-"x-ray"', ["+co-op", "-x-ray"]),
        ('"a"-b-c', ["+a", "-b", "-c"]),
        ('"a "-b-" c"', ["+a ", "-b", "- c"]),
        ('"a "-b-c', ["+a ", "-b", "-c"]),
        ('"a"-b-c + d', ["+a", "-b-c", "+d"]),
        ("-king", ["-king"]),
        ("-man + woman", ["-man", "+woman"]),
        ("+ king", ["+king"]),
        ("−男性＋女性", ["-男性", "+女性"]),
        ('" king" - " man"', ["+ king", "- man"]),
        ("“ king” - ＂ man＂", ["+ king", "- man"]),
        (r'"a\"b\\" - c', ['+a"b\\', "-c"]),
        ("New  York - USA", ["+New  York", "-USA"]),
        ('5" + 3', ['+5"', "+3"]),
        ("don't - do", ["+don't", "-do"]),
        ("a\n+\tb", ["+a", "+b"]),
        ("king - king", ["+king", "-king"]),
        ("", []),
        (" \n\u3000", []),
    ],
)
def test_what_an_expression_says(expression, expected):
    assert signed(expression) == expected


@pytest.mark.parametrize(
    ("expression", "place", "says"),
    [
        ("king -", 5, r"There is no word between - \(character 6\) and the end"),
        ("king - + man", 5, r"There is no word between - \(character 6\) and \+"),
        ("king--  man", 4, r"There is no word between - \(character 5\) and -"),
        ("king --man", 5, r"There is no word between - \(character 6\) and -"),
        ("+", 0, r"There is no word between \+ \(character 1\) and the end"),
        ("＋－王", 0, r"between ＋ \(character 1\) and －"),
        ('king + "man', 7, r"The quote before 'man' \(character 8\) is not closed"),
        ('king + "', 7, r"The quote before '' \(character 8\) is not closed"),
        ('king + ""', 7, r"There is no word between the quotes at character 8"),
        ('king "man"', 5, r"There is no \+ or - before 'man' \(character 6\)"),
        ('"king" man', 7, r"There is no \+ or - before 'man' \(character 8\)"),
        ('"a""b"', 3, "There is no"),
        (" + ".join("ab" for _ in range(MOST_TERMS + 1)), 5 * MOST_TERMS, r"more than 20 words.*\(character 101\)"),
    ],
)
def test_what_cannot_be_read_is_named_with_its_place(expression, place, says):
    with pytest.raises(InvalidValue, match=says) as caught:
        parse(expression)
    assert caught.value.values["place"] == place
    assert caught.value.values["name"] == "expression"
    assert caught.value.hint


def test_too_long_and_other_things_are_refused():
    assert len(parse("a" * MOST_CHARACTERS)) == 1
    with pytest.raises(InvalidValue, match="2,001 characters"):
        parse("a" * (MOST_CHARACTERS + 1))
    for wrong in (None, 3, b"king", ["king"]):
        with pytest.raises(InvalidValue, match="cannot be"):
            parse(wrong)


@settings(max_examples=1000)
@given(TERMS)
def test_what_is_written_is_read_as_the_same(terms):
    assert parse(written(terms)) == tuple(terms) or len(written(terms)) > MOST_CHARACTERS


@given(st.text(st.sampled_from('ab +-－"\\“”'), max_size=20))
def test_any_text_is_read_or_refused_with_words(text):
    try:
        terms = parse(text)
    except InvalidValue as error:
        refused = error
        terms = ()
    else:
        refused = None
    assert all(term.word for term in terms)
    assert refused is None or (refused.hint and refused.values["place"] in range(len(text)))


def test_plain_words_are_written_plainly():
    assert written(parse("king-man＋woman")) == "king - man + woman"
    assert written(parse("-王様－コーヒー")) == "- 王様 - コーヒー"
    assert written(()) == ""


def test_the_sum_after_each_term():
    vectors = np.array([[1, 10], [2, 20], [4, 40]], np.float16)
    sums = evaluate(parse("a - b + c"), vectors)
    assert sums.dtype == np.float32
    assert sums.tolist() == [[1, 10], [-1, -10], [3, 30]]
    assert evaluate((), np.zeros((0, 2), np.float32)).shape == (0, 2)
