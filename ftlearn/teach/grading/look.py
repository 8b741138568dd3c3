"""How pages after grading look: outcomes told apart by words, shape and colour; plainly light; good to print."""

from __future__ import annotations

from ftlearn.learn.outcomes import ERROR, NOT_ATTEMPTED, NOT_YET, PASSED, UNCHECKED
from ftlearn.teach.grading.results import CRASHED, NOT_TRIED, OUT_OF_MEMORY, OUT_OF_TIME, WAITS

BY_HAND = "marked by a person"
"""How a task that waited for a person is called once it is marked."""

INKS = {
    PASSED: ("#0B5D3B", "#E3F4EC"),
    NOT_YET: ("#7A3E00", "#FDF0DC"),
    NOT_ATTEMPTED: ("#4A4A4A", "#F0F0F0"),
    ERROR: ("#9B1C1C", "#FDE8E8"),
    OUT_OF_TIME: ("#5B2A86", "#F1E8FA"),
    OUT_OF_MEMORY: ("#7A1F5C", "#FBE6F3"),
    CRASHED: ("#FFFFFF", "#6B1111"),
    UNCHECKED: ("#3D4A00", "#F3F6D9"),
    WAITS: ("#0B4A7A", "#E2F0FB"),
    BY_HAND: ("#0B4A7A", "#FFFFFF"),
    NOT_TRIED: ("#4A4A4A", "#FFFFFF"),
}
"""For each outcome the colour of its words and the ground behind them."""

_PERSON = '<circle cx="8" cy="5" r="3"{0}/><path d="M2.5 14.5c0-4 2.4-5.5 5.5-5.5s5.5 1.5 5.5 5.5z"{0}/>'
_SOLID = ' fill="currentColor"'
SHAPES = {
    PASSED: '<circle cx="8" cy="8" r="7" fill="currentColor"/><path d="M4.5 8.2l2.4 2.5 4.6-5" stroke="#fff"/>',
    NOT_YET: '<circle cx="8" cy="8" r="6.3"/><path d="M8 1.7a6.3 6.3 0 0 1 0 12.6z" fill="currentColor"/>',
    NOT_ATTEMPTED: '<circle cx="8" cy="8" r="6.3" stroke-dasharray="2.4 2.5"/>',
    ERROR: '<path d="M8 1.8L15 14H1z"/><path d="M8 6v4M8 11.6v1"/>',
    OUT_OF_TIME: '<circle cx="8" cy="8" r="6.3"/><path d="M8 4v4.2l3 1.8"/>',
    OUT_OF_MEMORY: '<path d="M2 2h12v12H2zM4.5 5.2h7M4.5 8h7M4.5 10.8h7"/>',
    CRASHED: '<path d="M3 3l10 10M13 3L3 13" stroke-width="3"/>',
    UNCHECKED: '<path d="M8 .9L15.1 8 8 15.1.9 8z"/>'
    '<path d="M6.3 6.6c0-2.4 3.4-2.2 3.4-.2 0 1.3-1.7 1.3-1.7 2.7M8 10.8v.9"/>',
    WAITS: _PERSON.format(""),
    BY_HAND: _PERSON.format(_SOLID),
    NOT_TRIED: '<path d="M3 8h10" stroke-width="2"/>',
}
"""For each outcome a shape, so that it is told without colour too."""

STYLE = """
:root { color-scheme: light; }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem 1.25rem 4rem; max-width: 62rem; color: #1c1c1c; background: #fff;
  font: 1rem/1.55 system-ui, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", Arial, sans-serif;
  overflow-wrap: anywhere; }
h1 { font-size: 1.7rem; line-height: 1.25; margin: 0 0 .3rem; }
h2 { font-size: 1.3rem; line-height: 1.3; margin: 2.6rem 0 .6rem; padding-top: .7rem; border-top: 2px solid #1c1c1c; }
h3 { font-size: 1.05rem; line-height: 1.35; margin: 0; }
h4 { font-size: 1rem; margin: 1.1rem 0 .2rem; }
p { margin: .5rem 0; max-width: 46rem; }
ul, ol { margin: .5rem 0; padding-left: 1.4rem; max-width: 46rem; }
a { color: #00568a; text-underline-offset: .15em; }
:focus-visible { outline: 3px solid #0072b2; outline-offset: 2px; }
.quiet { color: #555; }
.big { font-size: 1.15rem; }
.said { white-space: pre-line; }
code { font: .92em/1.5 ui-monospace, "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
  background: #f2f2f2; padding: 0 .2em; border-radius: 3px; }
pre { margin: .4rem 0; padding: .7rem .9rem; background: #f6f6f6; border: 1px solid #d9d9d9; border-radius: 6px;
  max-height: 34rem; overflow: auto; white-space: pre-wrap; }
pre code { background: none; padding: 0; }
summary { cursor: pointer; color: #00568a; padding: .2rem 0; }
.task { border: 1px solid #cfcfcf; border-radius: 8px; padding: .9rem 1.1rem; margin: .9rem 0;
  break-inside: avoid-page; }
.head { display: flex; flex-wrap: wrap; gap: .35rem .9rem; align-items: baseline; }
.head h3 { flex: 1 1 16rem; }
.points { font-variant-numeric: tabular-nums; white-space: nowrap; }
.kind { display: inline-flex; gap: .4em; align-items: center; padding: .08em .6em .08em .45em; border-radius: 1em;
  border: 1px solid currentColor; font-size: .92rem; font-weight: 600; line-height: 1.5; white-space: nowrap; }
.kind svg { width: 1em; height: 1em; flex: none; }
.wide { overflow-x: auto; margin: .6rem 0; }
table { border-collapse: collapse; min-width: 18rem; font-variant-numeric: tabular-nums; overflow-wrap: normal; }
caption { text-align: left; color: #555; padding-bottom: .3rem; }
th, td { text-align: left; vertical-align: top; padding: .35rem .8rem .35rem 0; border-bottom: 1px solid #d9d9d9; }
thead th { border-bottom: 2px solid #1c1c1c; vertical-align: bottom; }
th.n, td.n { text-align: right; }
td.n, .name code { white-space: nowrap; }
tbody th { font-weight: 600; }
td.text, th.text { min-width: 14rem; max-width: 34rem; overflow-wrap: anywhere; }
td.name, th.name { min-width: 8rem; max-width: 18rem; overflow-wrap: anywhere; }
.tests { list-style: none; padding: 0; margin: .7rem 0; max-width: none; border-top: 1px solid #d9d9d9; }
.tests li { padding: .4rem 0; border-bottom: 1px solid #d9d9d9; }
.tests b { flex: 0 1 14rem; font-weight: 500; }
.comment { margin: .7rem 0; padding: .5rem .9rem; border-left: 4px solid #0b4a7a; background: #eef6fc; }
.banner { margin: 1rem 0; padding: .8rem 1.1rem; border: 3px solid #9b1c1c; border-radius: 8px; background: #fdf1f1; }
.banner p { margin: .2rem 0; max-width: none; }
.numbers { display: flex; flex-wrap: wrap; gap: .6rem 2.2rem; margin: 1rem 0; padding: 0; list-style: none;
  max-width: none; }
.numbers b { display: block; font-size: 1.6rem; line-height: 1.2; font-variant-numeric: tabular-nums; }
figure { margin: .8rem 0; }
.plots { display: flex; flex-wrap: wrap; gap: 0 1rem; }
figure img { height: auto; }
.pair { display: grid; grid-template-columns: 1fr 1fr; gap: 1rem; }
.pair > div { min-width: 0; }
.pair mark { background: #fff0b3; color: inherit; box-shadow: -4px 0 0 #8a6100; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .5rem 1rem; max-width: 46rem; }
dd { margin: 0; }
@media (max-width: 40rem) { .pair, dl { grid-template-columns: 1fr; }
  .head h3, .tests b { flex-basis: 100%; } dl { gap: .2rem; } dd { margin-bottom: .6rem; } }
@media print { body { max-width: none; padding: 0; font-size: 10pt; } pre { max-height: none; }
  .wide { overflow: visible; }
  a { color: inherit; } h2, h3, .head { break-after: avoid; } details::details-content { content-visibility: visible;
  block-size: auto; } .kind { print-color-adjust: exact; -webkit-print-color-adjust: exact; } }
"""
