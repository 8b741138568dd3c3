"""Each test starts without guesses and attempts."""

import pytest

from ftlearn.learn import guessing, quizzing


@pytest.fixture(autouse=True)
def clean_ledgers(monkeypatch):
    monkeypatch.setattr(guessing, "_LEDGER", {})
    monkeypatch.setattr(quizzing, "_ATTEMPTS", {})
    monkeypatch.delenv("FTLEARN_STATIC", raising=False)
