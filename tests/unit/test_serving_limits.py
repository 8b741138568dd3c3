"""What the service does at its limits: no memory, no place, a network that fails, a part that is not installed."""

from __future__ import annotations

import json
import sys
import threading
import tracemalloc
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from ftlearn.errors import FtlearnError
from ftlearn.serving import ServedModel, in_background, make_app
from ftlearn.serving.bodies import Refusal, read_body

pytest.importorskip("uvicorn")
JSON = "application/json"


def ask(address, route, body=None):
    """Return status, answer and headers, whatever the status is."""
    request = urllib.request.Request(address + route, data=body, headers={"Content-Type": JSON})
    try:
        answer = urllib.request.urlopen(request, timeout=30)
    except urllib.error.HTTPError as error:
        answer = error
    with answer:
        return answer.status, json.load(answer), answer.headers


def test_what_is_refused_costs_little_memory():
    model = ServedModel(None, "digits", tuple("0123456789"), (8, 8, 1), (0.0, 1.0))
    body = json.dumps({"instances": [["x" * 10_000] + [""] * 3_000]}).encode()
    tracemalloc.start()
    try:
        with pytest.raises(Refusal, match="not a number") as refused:
            read_body(body, JSON, model, max_batch=64)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert refused.value.status == 422
    assert peak < 2e6, "as an array of text it would take 120 MB"


def test_who_finds_no_place_is_told_to_come_back():
    entered, leave = threading.Event(), threading.Event()

    def slow(x, training):
        entered.set()
        leave.wait(20)
        return np.full((len(x), 2), 0.5)

    model = ServedModel(slow, "slow", ("no", "yes"), (2,))
    with in_background(model, max_waiting=1) as address, ThreadPoolExecutor(1) as pool:
        first = pool.submit(ask, address, "/predict", b'{"instances": [[1, 2]]}')
        assert entered.wait(20)
        assert ask(address, "/health")[0] == 200, "it answers while it works"
        status, answer, headers = ask(address, "/predict", b'{"instances": [[1, 2]]}')
        leave.set()
        assert first.result()[0] == 200
    assert (status, headers["Retry-After"]) == (503, "1")
    assert "waiting already" in answer["error"]


def test_a_model_that_fails_is_not_the_askers_fault():
    def broken(x, training):
        raise RuntimeError("secret")

    with in_background(ServedModel(broken, "broken", ("no", "yes"), (2,))) as address:
        status, answer, _ = ask(address, "/predict", b'{"instances": [[1, 2]]}')
    assert status == 500
    assert "secret" not in answer["error"]


def test_probabilities_that_are_no_numbers_are_not_sent():
    def overflows(x, training):
        return np.where(x[:, :1] > 1e30, np.nan, 0.5) * np.ones((1, 2))

    with in_background(ServedModel(overflows, "table", ("no", "yes"), (3,))) as address:
        status, answer, _ = ask(address, "/predict", b'{"instances": [[1, 2, 3], [3e38, 3e38, 3e38]]}')
    assert status == 422
    assert answer["error"].startswith("The network gives no finite probabilities for instance 1.")


@pytest.mark.parametrize("missing", ["fastapi", "uvicorn"])
def test_without_the_extra_it_says_what_to_install(monkeypatch, missing):
    monkeypatch.setitem(sys.modules, missing, None)
    model = ServedModel(None, "digits", ("0", "1"), (8, 8, 1))
    with pytest.raises(FtlearnError, match=r"pip install 'ftlearn\[serve\]'"), in_background(model):
        pass


def test_an_app_can_be_made_without_a_network():
    assert make_app(ServedModel(None, "digits", ("0", "1"), (8, 8, 1))).title == "digits, served by ftlearn"
