"""The service over a real socket, and ``ftlearn serve`` as a process."""

from __future__ import annotations

import http.client
import io
import json
import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import keras
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from ftlearn.errors import DataError
from ftlearn.serving import ServedModel, in_background, load_model, save_model, serve

pytest.importorskip("uvicorn")
X = np.random.default_rng(0).uniform(0, 1, (8, 8, 8, 1)).astype("float32")
LIMIT = 100_000
JSON = "application/json"


def classifier():
    keras.utils.set_random_seed(0)
    return keras.Sequential(
        [keras.Input((8, 8, 1)), keras.layers.Flatten(), keras.layers.Dense(10, "softmax")], name="digits"
    )


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    folder = tmp_path_factory.mktemp("saved")
    return save_model(classifier(), folder / "digits", classes="0123456789", value_range=(0.0, 1.0))


@pytest.fixture(scope="module")
def address(path):
    with in_background(load_model(path), max_bytes=LIMIT) as here:
        yield here


def ask(address, route, body=None, kind=JSON, method=None):
    """Return status, answer and headers, whatever the status is."""
    headers = {"Content-Type": kind} if kind is not None else {}
    request = urllib.request.Request(address + route, data=body, headers=headers, method=method)
    try:
        answer = urllib.request.urlopen(request, timeout=30)
    except urllib.error.HTTPError as error:
        answer = error
    with answer:
        said = answer.read()
        kind = answer.headers["Content-Type"]
        return answer.status, json.loads(said) if kind == JSON and said else said.decode(), answer.headers


def instances(X):
    return json.dumps({"instances": X.tolist()}).encode()


def picture(image, kind="PNG", **options):
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def probabilities(answer):
    return np.array([list(one["probabilities"].values()) for one in answer["predictions"]])


def test_health_says_what_is_served(address):
    status, answer, _ = ask(address, "/health")
    assert status == 200
    assert (answer["status"], answer["model"], answer["classes"]) == ("ready", "digits", list("0123456789"))
    assert answer["input"] == {"shape": [8, 8, 1], "range": [0.0, 1.0]}
    assert ask(address, "/health", method="HEAD")[0] == 200


def test_predictions_are_the_models(address, path):
    status, answer, _ = ask(address, "/predict", instances(X))
    expected = keras.saving.load_model(path).predict(X, verbose=0)
    assert status == 200
    np.testing.assert_allclose(probabilities(answer), expected, atol=1e-6)
    assert [one["class"] for one in answer["predictions"]] == [str(c) for c in expected.argmax(1)]
    assert list(answer["predictions"][0]["probabilities"]) == list("0123456789")


def test_concurrent_requests_get_their_own_answers(address, path):
    expected = keras.saving.load_model(path).predict(X, verbose=0)

    def one(i):
        while True:
            status, answer, headers = ask(address, "/predict", instances(X[i : i + 1]))
            if status == 200:
                return probabilities(answer)[0]
            assert (status, headers["Retry-After"]) == (503, "1")

    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(one, [*range(8)] * 6))
    np.testing.assert_allclose(answers, np.tile(expected, (6, 1)), atol=1e-6)


def one_with(value):
    """Give a body of one instance of the right shape whose first number is `value`, written as JSON."""
    return instances(np.zeros((1, 8, 8, 1))).replace(b"0.0", value, 1)


WRONG = {
    "a wrong shape": (422, instances(X[:1, :7]), "has the shape 7 × 8 × 1; 'digits' takes 8 × 8 × 1"),
    "a wrong range": (422, instances(255 * X), "from 0 to 1; got"),
    "NaN": (422, b'{"instances": [NaN]}', "holds NaN"),
    "-Infinity": (422, b'{"instances": [-Infinity]}', "holds -Infinity"),
    "infinity written as a number": (422, instances(X).replace(b"0.", b"1e999", 1), "finite"),
    "ragged lists": (422, b'{"instances": [[[1], [1, 2]]]}', "ragged"),
    "text": (422, b'{"instances": ["seven"]}', "not a number"),
    "null": (422, b'{"instances": [null]}', "not a number"),
    "objects": (422, b'{"instances": [{"a": 1}]}', "not a number"),
    "no instance": (422, b'{"instances": []}', "is empty"),
    "no list": (422, b'{"instances": 3}', "must be a list; got a number"),
    "another key": (422, b'{"images": [], "a": 1}', 'nothing else; got "a", "images"'),
    "no object": (422, b"[1, 2]", "must be an object"),
    "a list of different things": (422, one_with(b"[0]"), "ragged"),
    "a list where a number belongs": (422, b'{"instances": [' + b"[" * 9 + b"1" + b"]" * 9 + b"]}", "has the shape"),
    "empty lists": (422, b'{"instances": [[[], []]]}', "has the shape 2 × 0"),
    "text among numbers": (422, one_with(b'"0"'), "not a number"),
    "true among numbers": (422, one_with(b"true"), "not a number"),
    "half a character as a key": (422, b'{"\\ud800": 1}', r'nothing else; got "\ud800"'),
    "a number of 50 digits": (422, one_with(b"9" * 50), "finite"),
    "a number of 500 digits": (422, one_with(b"9" * 500), "too large"),
    "a number of 5,000 digits": (400, b'{"instances": [' + b"9" * 5000 + b"]}", "cannot be read"),
    "brackets without end": (400, b"[" * 90_000, "cannot be read"),
    "an end missing": (400, b'{"instances": [', "not JSON"),
    "nothing": (400, b"", "empty"),
    "bytes that are no text": (400, b"\xff\xfe\x00", "JSON"),
    "too many": (413, instances(np.zeros((65, 8, 8, 1))), "Got 65 instances; at most 64"),
    "a body too large": (413, b" " * (LIMIT + 1), "larger than 100,000 bytes"),
    "a body much too large": (413, b" " * 20 * LIMIT, "larger than 100,000 bytes"),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_json_is_answered_in_words(address, name):
    status, body, said = WRONG[name]
    got, answer, _ = ask(address, "/predict", body)
    assert got == status
    assert list(answer) == ["error"]
    assert said in answer["error"]


@pytest.mark.parametrize("kind", ["text/plain", "multipart/form-data", "", "image/gif"])
def test_other_content_types_are_refused(address, kind):
    status, answer, _ = ask(address, "/predict", instances(X), kind)
    assert status == 415
    assert "application/json, image/png or image/jpeg" in answer["error"]


def test_unknown_paths_and_wrong_methods(address):
    assert ask(address, "/nothing")[0] == 404
    status, answer, headers = ask(address, "/predict")
    assert (status, headers["Allow"]) == (405, "POST")
    assert "Use GET /health, GET / or POST /predict." in answer["error"]
    assert ask(address, "/health", b"x")[0] == 405
    status, answer, _ = ask(address, "/predict/", instances(X))
    assert (status, list(answer)) == (404, ["error"]), "no redirect: clients would repeat it without the body"


def test_a_body_without_length_is_limited_too(address):
    for parts, status in ((1, 200), (40, 413)):
        body = instances(X[:1]) if parts == 1 else b" " * 10_000 * parts
        line = http.client.HTTPConnection(address.removeprefix("http://"), timeout=30)
        line.request("POST", "/predict", iter([body[i : i + 10_000] for i in range(0, len(body), 10_000)]),
                     {"Content-Type": JSON}, encode_chunked=True)  # fmt: skip
        assert line.getresponse().status == status
        line.close()


def test_a_client_that_hangs_up_does_no_harm(address):
    host, port = address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as line:
        line.sendall(
            b"POST /predict HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{"
        )
    with socket.create_connection((host, int(port))) as line:
        line.sendall(b"nonsense\r\n\r\n")
        assert line.recv(100).startswith(b"HTTP/1.1 400")
    assert ask(address, "/predict", instances(X))[0] == 200


ink = Image.fromarray((255 * X[0, ..., 0]).astype("uint8"))


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (picture(ink), "image/png"),
        (picture(ink.resize((64, 64), Image.Resampling.NEAREST)), "image/png; charset=binary"),
        (picture(ink.convert("RGBA")), "image/png"),
        (picture(Image.fromarray(np.asarray(ink).astype("uint16") * 257)), "image/png"),
        (picture(ink.resize((128, 128), Image.Resampling.NEAREST), "JPEG", quality=100), "image/jpeg"),
    ],
)
def test_image_files_are_decoded_resized_and_scaled(address, path, body, kind):
    expected = keras.saving.load_model(path).predict(np.asarray(ink)[None, ..., None] / 255, verbose=0)
    status, answer, _ = ask(address, "/predict", body, kind)
    assert status == 200
    np.testing.assert_allclose(probabilities(answer), expected, atol=0.02)


def test_a_photograph_is_turned_upright(address):
    turned = ink.rotate(90, expand=True)
    exif = Image.Exif()
    exif[0x0112] = 6  # to be shown turned by 90 degrees clockwise
    as_is = ask(address, "/predict", picture(ink), "image/png")[1]
    upright = ask(address, "/predict", picture(turned, exif=exif), "image/png")[1]
    np.testing.assert_allclose(probabilities(upright), probabilities(as_is), atol=1e-6)


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (400, picture(ink)[:-30], "broken"),
        (400, b"\x89PNG\r\n\x1a\n", "not a PNG or JPEG"),
        (400, picture(ink, "GIF"), "not a PNG or JPEG"),
        (400, b"", "not a PNG or JPEG"),
        (413, picture(Image.new("1", (8_000, 8_000))), "more than 10 million pixels"),
        (413, picture(Image.new("1", (20_000, 20_000))), "more than 10 million pixels"),
    ],
)
def test_wrong_image_files(address, status, body, said):
    got, answer, _ = ask(address, "/predict", body, "image/png")
    assert got == status
    assert said in answer["error"]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.binary(max_size=200) | st.text(max_size=50).map(str.encode)
       | st.recursive(st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
                      lambda one: st.lists(one, max_size=4)
                      | st.dictionaries(st.sampled_from(["instances", "\ud800"]), one),
                      max_leaves=12).map(lambda one: json.dumps({"instances": one}).encode()),
       kind=st.sampled_from([JSON, "image/png", "image/jpeg"]))  # fmt: skip
def test_no_body_whatsoever_breaks_it(address, body, kind):
    status, answer, _ = ask(address, "/predict", body, kind)
    assert status in (400, 413, 422)
    assert answer["error"].endswith((".", "}."))


def test_tables_are_served_too_but_not_from_images():
    model = ServedModel(lambda x, training: np.full((len(x), 2), 0.5), "table", ("no", "yes"), (3,))
    with in_background(model) as address:
        assert ask(address, "/predict", b'{"instances": [[1, 2, 1e6]]}')[0] == 200
        assert ask(address, "/predict", picture(ink), "image/png")[0] == 415


def test_the_page_and_its_description(address):
    status, page, headers = ask(address, "/")
    assert status == 200
    assert "<h1>digits</h1>" in page
    assert "http" not in page.replace("http://ADDRESS", ""), "it loads nothing from elsewhere"
    assert "default-src 'self'" in headers["Content-Security-Policy"]
    described = ask(address, "/openapi.json")[1]["paths"]["/predict"]["post"]["requestBody"]["content"]
    assert set(described) == {JSON, "image/png", "image/jpeg"}


def test_a_taken_port_is_reported_in_words(path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(DataError, match=r"Cannot listen at 127\.0\.0\.1, port \d+: address already in use"):
            serve(path, port=taken.getsockname()[1])


def test_the_command_serves_until_interrupted(path):
    command = [sys.executable, "-m", "ftlearn.cli", "serve", str(path), "--port", "0"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ}
    ) as run:
        line = run.stdout.readline()
        assert line.startswith("Serving 'digits' (10 classes) at http://127.0.0.1:"), run.stderr.read()
        address = line.split(" at ")[1].split(". Press")[0]
        assert ask(address, "/predict", instances(X))[0] == 200
        run.send_signal(signal.SIGINT)
        out, error = run.communicate(timeout=30)
    assert (run.returncode, out, error) == (0, "Ended.\n", "")


def test_the_command_says_what_is_wrong_at_once(tmp_path):
    command = [sys.executable, "-m", "ftlearn.cli", "serve", str(tmp_path / "none.keras")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (1, "")
    assert "There is no file" in done.stderr
    assert "Traceback" not in done.stderr
