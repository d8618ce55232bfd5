"""The survey of a corpus as one HTML page without other files."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Sequence
from html import escape

from aubench import __version__
from aubench.action_units import NAMES, column
from aubench.corpora.survey.corpus import Survey
from aubench.corpora.survey.finding import Finding
from aubench.corpora.survey.suspicion import MEANING
from aubench.corpora.survey.tally import Tally
from aubench.corpora.survey.tiles import Tile
from aubench.report.corpus.charts import histogram, matrix
from aubench.report.corpus.overview import (
    STATES,
    STATUS,
    SYNTHETIC,
    au_heads,
    au_rows,
    codings,
    counted,
    facts,
    subject_table,
)
from aubench.report.corpus.style import STYLE

OPEN = 30
"""Number of findings that are shown at once; the others can be unfolded."""

MOST = 120
"""Largest number of faces on the page: about a megabyte."""


def render(survey: Survey) -> str:
    """The whole page."""
    title = f"{survey.corpus}: {STATUS[survey.status]}"
    return "\n".join(
        [
            '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{escape(title)}</title>\n<style>\n{STYLE}\n</style>\n</head>\n<body>",
            *_head(survey),
            "<main>",
            *_overview(survey),
            *_findings(survey),
            *_faces(survey.tiles),
            *(line for coding, tally in codings(survey) for line in _labels(coding, tally)),
            *_subjects(survey),
            "</main>\n</body>\n</html>\n",
        ]
    )


def _head(survey: Survey) -> Iterator[str]:
    status = STATUS[survey.status]
    yield "<header>"
    yield f'<h1>{escape(survey.corpus)} <span class="pill {status}">{status}</span></h1>'
    if survey.synthetic:
        yield f'<p class="synthetic">{SYNTHETIC}</p>'
    yield f'<p class="faint"><code>{escape(survey.source)}</code>, by aubench {__version__}</p>'
    yield "</header>"


def _overview(survey: Survey) -> Iterator[str]:
    yield "<h2>What is there</h2>"
    rows = ((fact.name, fact.there, fact.should) for fact in facts(survey))
    yield from _table("", ("", "there", "should be"), rows, "overview words1")


def _findings(survey: Survey) -> Iterator[str]:
    yield "<h2>Findings</h2>"
    yield f"<p>{_capital(counted(survey))}.</p>"
    if not survey.findings:
        return
    yield (
        "<p>A fault stops <code>aubench prepare</code>. A gap is something that is not there. "
        "A doubt is there, but somebody should look at it.</p>"
    )
    yield from _list(survey.findings[:OPEN])
    if rest := survey.findings[OPEN:]:
        yield f"<details><summary>{len(rest):,} more</summary>"
        yield from _list(rest)
        yield "</details>"


def _list(findings: Sequence[Finding]) -> Iterator[str]:
    yield '<ul class="findings">'
    for finding in findings:
        yield (
            f'<li><div><span class="pill {finding.weight}">{finding.weight}</span></div>'
            f"<div><p>{escape(_capital(finding.what))}. "
            f'<span class="faint">{escape(_capital(finding.mend))}.</span></p>'
            f"<p><code>{escape(finding.where)}</code></p></div></li>"
        )
    yield "</ul>"


def _faces(tiles: Sequence[Tile]) -> Iterator[str]:
    yield "<h2>Faces</h2>"
    if not tiles:
        yield "<p>No picture could be shown.</p>"
        return
    shown = tiles[:MOST]
    left_out = f" The first {MOST} of {len(tiles)}." if len(tiles) > MOST else ""
    yield (
        "<p>Frames whose landmarks arouse suspicion first, then one of each subject. The "
        "image-left eye and brow are yellow, which tells a mirrored face. Landmarks that arouse "
        f"suspicion are red, those of the frame before grey.{left_out}</p>"
    )
    yield '<ul class="sheet">'
    for tile in shown:
        data = base64.b64encode(tile.jpeg).decode()
        person = tile.subject.partition("/")[2]
        view = f", view {tile.view}" if tile.view else ""
        place = f"{person}, {tile.session}{view}, frame {tile.frame:,}"
        why = MEANING[tile.suspicion] if tile.suspicion else ""
        note = f'<br><span class="gap">{escape(why)}</span>' if why else ""
        logged = '<br><span class="faint">in the error log</span>' if tile.logged else ""
        yield (
            f'<li><figure><img src="data:image/jpeg;base64,{data}" loading="lazy" '
            f'alt="{escape(place)}{": " * bool(why)}{escape(why)}">'
            f"<figcaption>{escape(place)}{note}{logged}</figcaption></figure></li>"
        )
    yield "</ul>"


def _labels(coding: str, tally: Tally) -> Iterator[str]:
    names = [str(level) for level in range(tally.levels.shape[1])]
    top = int(tally.levels.max(initial=0))
    yield f"<h2>{coding.capitalize()}</h2>"
    yield "<p>Frames a level, on a logarithmic axis that all charts share.</p>"
    yield '<div class="charts">'
    for au, levels in zip(tally.aus, tally.levels.tolist(), strict=True):
        label = f"{column(au)}: frames of level {names[0]} to {names[-1]}; the table has the counts"
        title = f"<strong>{column(au)}</strong> <span>{escape(NAMES.get(au, ''))}</span>"
        chart = histogram(levels, names, top, label)
        yield f'<figure class="chart"><figcaption>{title}</figcaption>{chart}</figure>'
    yield "</div>"
    yield from _table(f"Frames a level of {coding}", au_heads(tally), au_rows(tally), "words2")
    caption = "Of 100 frames with one AU above 0, how many have another above 0"
    yield f"<h3>AUs together, by {coding}</h3>"
    yield _scrolling(matrix(tally, caption), caption)


def _subjects(survey: Survey) -> Iterator[str]:
    if survey.subjects:
        yield "<h2>Subjects</h2>"
        heads, *rows = subject_table(survey)
        yield from _table("", heads, rows, "words2")


def _table(
    caption: str, heads: Sequence[str], rows: Iterable[Sequence[str]], kind: str
) -> Iterator[str]:
    """Yield a table; the first cell of a row names it."""
    lines = [f'<table class="{kind}">']
    lines += [f"<caption>{escape(caption)}</caption>"] if caption else []
    cells = "".join(f'<th scope="col">{escape(head)}</th>' for head in heads)
    lines.append(f"<thead><tr>{cells}</tr></thead><tbody>")
    for name, *others in rows:
        cells = "".join(f"<td>{_state(cell)}</td>" for cell in others)
        lines.append(f'<tr><th scope="row">{escape(name)}</th>{cells}</tr>')
    yield _scrolling("\n".join([*lines, "</tbody></table>"]), caption or heads[1])


def _state(cell: str) -> str:
    return f'<span class="{cell}">{cell}</span>' if cell in STATES else escape(cell)


def _scrolling(table: str, label: str) -> str:
    """A table in a box that scrolls, also by keyboard, where the screen is narrow."""
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(label)}">{table}</div>'
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
