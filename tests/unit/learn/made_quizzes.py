"""Small quizzes, and facts that agree with lesson 04's."""

from ftlearn.learn import quizzing
from ftlearn.learn.quiz_file import parse

FACTS_04 = {
    "moved_without_compile": 0.0,
    "same_optimiser_fails": True,
    "drift_bn_frozen": 0.0,
    "drift_training_false": 0.03,
    "drift_base_frozen": 0.0,
    "nested_percent_unfrozen": 100.0,
    "gain_of_small_rate": 0.2,
}

CHOICE = """
lesson = "99"
title = "Sums"
[[question]]
id = "sum"
kind = "choice"
text = "What is it?"
fact = "total"
[[question.choice]]
text = "two"
right = true
when = "== 2"
why = "One and one."
[[question.choice]]
text = "three"
when = "== 3"
why = "One too many."
"""
ORDER = """
lesson = "99"
title = "Jumps"
[[question]]
id = "jump"
kind = "order"
text = "In which order?"
[[question.item]]
text = "look"
why = "First of all."
[[question.item]]
text = "`leap`"
why = "Before landing."
[[question.item]]
text = "land"
why = "At the end."
"""
NUMBER = """
lesson = "99"
title = "Sums"
[[question]]
id = "share"
kind = "number"
text = "What share?"
fact = "share"
measured = "It was {value:.1f}."
answer = 50
tolerance = 2
unit = "%"
why = "One of two."
[[question.wrong]]
when = "> 52"
why = "Too much."
[[question.wrong]]
why = "Count again."
"""


def made(text, **facts):
    return quizzing.Quiz(parse(text), facts)
