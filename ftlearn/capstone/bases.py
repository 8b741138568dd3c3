"""Which pretrained network a folder calls for, and how it is got."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ftlearn.errors import AssetError, DataError

if TYPE_CHECKING:
    from ftlearn.capstone.folders import Findings

_TINY = 32  # pixels: grey pictures up to this size are glyphs rather than photographs
_SIDE = 96


@dataclass(frozen=True)
class Base:
    """A pretrained network for a folder, and why this one.

    Attributes
    ----------
    name : str
        As `ftlearn.load_backbone` knows it.
    size : int
        Height and width of its input, in pixels.
    channels : int
        1 for grey, 3 for colour.
    high : float
        The largest pixel value it takes; the smallest is 0.
    why : str
        The reason, as a sentence.
    """

    name: str
    size: int
    channels: int
    high: float
    why: str

    def load(self) -> Any:
        """Load the network, without its head.

        Raises
        ------
        AssetError
            When its weights are not here and cannot be had.
        """
        from ftlearn.backbones import load_backbone

        try:
            return load_backbone(self.name, **({} if self.high == 1 else {"size": self.size}))
        except AssetError as error:
            raise AssetError(
                f"{self.why} Its weights are not on this machine.",
                fix=f"Connect and type `ftlearn fetch {self.name}`, set FTLEARN_ASSETS to a mirror that has them, or "
                "choose a network that ships with the course: backbone 'letters' (8 × 8 pixels, grey).",
            ) from error


def choose_base(found: Findings, backbone: str | None = None, *, size: int | None = None) -> Base:
    """Choose the pretrained network for a folder.

    Small grey pictures (no colour in any, no side over 32 pixels) get ``letters``, which was trained on printed
    characters of 8 × 8 pixels; everything else gets ``mobilenet_v2_0.35``, which was trained on the photographs of
    ImageNet, at 96 × 96.

    Parameters
    ----------
    found : Findings
        What `examine` found.
    backbone : str, optional
        Overrides the rule: any name of `ftlearn.backbones.names`.
    size : int, optional
        Height and width of the input, where the network leaves a choice.

    Returns
    -------
    Base
        Its ``why`` says how it was chosen.

    Raises
    ------
    UnknownNameError
        For a network that is not known.
    DataError
        For a size that it does not take.

    Examples
    --------
    >>> from ftlearn.capstone.folders import Findings
    >>> choose_base(Findings("digits", {"0": 9, "1": 9}, (8, 8, 8), 8, True)).name
    'letters'
    >>> choose_base(Findings("pets", {"cat": 9, "dog": 9}, (80, 90, 99), 120, False)).why
    'Pictures with colour or over 32 pixels: a network trained on photographs (mobilenet_v2_0.35).'
    """
    from ftlearn.backbones import contract

    if backbone:
        name, why = backbone, f"{backbone} was asked for."
    elif found.grey and found.longest_side <= _TINY:
        name = "letters"
        why = f"Grey pictures of at most {_TINY} pixels: a network trained on printed characters ({name})."
    else:
        name = "mobilenet_v2_0.35"
        why = f"Pictures with colour or over {_TINY} pixels: a network trained on photographs ({name})."
    takes = contract(name)
    if takes.size:
        if size not in (None, takes.size[0]):
            raise DataError(f"{name!r} reads images of {takes.size[0]} × {takes.size[0]}; got size {size}.")
        size = takes.size[0]
    size = size or max(_SIDE, takes.smallest)
    if size < takes.smallest:
        raise DataError(f"{name!r} takes images of at least {takes.smallest} × {takes.smallest}; got size {size}.")
    return Base(name, size, takes.channels, takes.high, why)
