"""Small notebooks for the tests of the checks: a good one, and ways to spoil it."""

from __future__ import annotations

OPENING = """# A small lesson

**You will be able to**

- tell a good lesson from a bad one

**Minutes:** 5 · **Prerequisites:** none
"""


def markdown(source: str) -> dict:
    return {"cell_type": "markdown", "id": "m", "metadata": {}, "source": source}


def code(source: str, *outputs: dict, count: int | None = 1, tags: tuple[str, ...] = ()) -> dict:
    return {
        "cell_type": "code",
        "id": "c",
        "metadata": {"tags": list(tags)} if tags else {},
        "source": source,
        "execution_count": count,
        "outputs": list(outputs),
    }


def stream(text: str, name: str = "stdout") -> dict:
    return {"output_type": "stream", "name": name, "text": text}


def display(**data: str) -> dict:
    mimes = {"png": "image/png", "html": "text/html", "plain": "text/plain", "svg": "image/svg+xml"}
    return {"output_type": "display_data", "metadata": {}, "data": {mimes[key]: value for key, value in data.items()}}


def notebook(*cells: dict, opening: str = OPENING, **facts: object) -> dict:
    about = {
        "lesson": "90",
        "title": "A small lesson",
        "minutes": 5,
        "objectives": ["tell a good lesson from a bad one"],
    }
    return {
        "cells": [cell | {"id": f"cell-{number}"} for number, cell in enumerate([markdown(opening), *cells])],
        "metadata": {"ftlearn": about | facts, "kernelspec": {"name": "python3", "display_name": "Python 3"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
