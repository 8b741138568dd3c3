"""Seeded faults for every rule of the doctor: ``python -m tools.bench_doctor [--only RULE] [--quick]``.

Four correct programs fine-tune a pretrained network: ``letters`` (letters to digits, the network that ships with the
course), ``photographs`` (ImageNet to clothes, MobileNetV2 0.35 at 96 pixels from the mirror), ``series`` (synthetic to
real series, an LSTM trained here) and ``text`` (film reviews, an encoder trained here on others). A mutant
is one of them with one mistake, the mistake of a rule. It counts only when it really harms or really differs: each
mutant measures that by itself, without the doctor. Then the doctor looks, and the rule's name should come first.

The split, announced before the first run
-----------------------------------------
Seed 0 of ``letters`` and of ``series`` may be used to set thresholds and to mend rules ("tuning"). Everything else,
that is ``photographs`` and ``text`` with every seed, and ``letters`` and ``series`` with seeds 1 and 2, is held out.
The first complete result stays as it was (``docs/doctor_bench_first.csv``), whatever is mended afterwards; where a
held-out mutant led to a mended rule, the commit says so. ``docs/doctor_bench.csv`` is the result since then.

Where a rule makes no sense on a program (the range that a pretrained network for images wants, on a series of numbers),
a variant of another program takes its place: other inputs, another network or another series, and its own name.
"""

from __future__ import annotations

TUNING = {("letters", 0), ("series", 0)}
"""Program and seed that thresholds may have seen; variants of a program ("letters, eights") belong to it."""

SEEDS = (0, 1, 2)


def group(program: str, seed: int) -> str:
    """Say whether a program with a seed may be used to set thresholds.

    Parameters
    ----------
    program : str
        Its name; what comes after a comma names a variant.
    seed : int
        Of its data and its training.

    Returns
    -------
    {"tuning", "held out"}
        As announced above.
    """
    return "tuning" if (program.partition(",")[0], seed) in TUNING else "held out"
