"""Tables of punctuation: how ASCII writes a sign, and how Chinese does."""

from __future__ import annotations

_ONE_TO_ONE = {
    "'": "‘’‚‛′＇ʼ´｀",
    '"': "“”„‟″＂〝〞«»",
    "-": "‐‑‒–—―−－﹣━",
    ",": "，、﹐",
    ".": "。．｡",
    "!": "！﹗",
    "?": "？﹖",
    ":": "：﹕∶",
    ";": "；﹔",
    "(": "（﹙",
    ")": "）﹚",
    "[": "［【〔",
    "]": "］】〕",
    "{": "｛",
    "}": "｝",
    "<": "＜〈",
    ">": "＞〉",
    "%": "％",
    "#": "＃",
    "&": "＆",
    "*": "＊",
    "+": "＋",
    "/": "／",
    "=": "＝",
    "@": "＠",
    "_": "＿",
    "|": "｜",
    "~": "～〜",
    "$": "＄",
    "\\": "＼",
    "^": "＾",
    " ": "　",
}
TO_ASCII = {sign: ascii_ for ascii_, signs in _ONE_TO_ONE.items() for sign in signs} | {"…": "...", "⋯": "..."}
"""Every sign that ASCII writes otherwise."""

FULL_WIDTH = {",": "，", ".": "。", "!": "！", "?": "？", ":": "：", ";": "；"}
"""The signs of a Chinese sentence."""
