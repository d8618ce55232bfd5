"""The page that ``aubench check-corpus --html`` writes."""

import base64
import io
import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from support.trees.checked_disfa import (
    FRAMES,
    SUBJECTS,
    Check,
    code,
    mat,
    mirrored,
    move,
    one_nan,
    remove,
)
from support.trees.disfa_tree import AUS, brightness

pytest_plugins = ["support.trees.check_corpus_fixtures"]


class Page(HTMLParser):
    """What of a page is looked at."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.tables: list[list[list[str]]] = []
        self.captions: list[str] = []
        self._into: list[str] | None = None
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in ("td", "th"):
            self._into = self.tables[-1][-1]
            self._into.append("")
        elif tag == "figcaption":
            self._into = self.captions
            self._into.append("")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th", "figcaption"):
            self._into = None

    def handle_data(self, data: str) -> None:
        if self._into is not None:
            self._into[-1] += data

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture
def page(tree: Path, check: Check) -> Page:
    """The page of a tree with three mistakes."""
    remove(mat(3), mat(4), mat(8))(tree)
    move(mirrored, 12)(tree)
    move(one_nan, 20)(tree)
    status, text = check("disfa", tree, "--html", "report & more.html")
    assert status == 1
    assert text.endswith("report & more.html: written\n")
    return Page(Path("report & more.html").read_text())


def test_the_page_needs_nothing_else(page: Page) -> None:
    sources = [a[key] for _, a in page.tags for key in ("src", "href", "srcset") if key in a]
    assert sources
    assert all(source.startswith("data:") for source in sources)
    assert not page.all("script") + page.all("link")
    text = Path("report & more.html").read_text()
    assert not re.search(r"url\(|@import|https?:", text)
    assert "prefers-color-scheme: dark" in text


def test_the_page_can_be_heard(page: Page) -> None:
    assert page.all("html") == [{"lang": "en"}]
    assert page.all("img") and all(image["alt"] for image in page.all("img"))
    charts = page.all("svg")
    assert len(charts) == len(AUS)
    assert all(c["role"] == "img" and c["aria-label"] for c in charts)
    assert all(head["scope"] in ("col", "row") for head in page.all("th"))
    regions = [a for a in page.all("div") if a.get("role") == "region"]
    assert len(regions) == len(page.tables) == 4
    assert all(region["aria-label"] and region["tabindex"] == "0" for region in regions)


def test_suspicious_frames_come_first(page: Page) -> None:
    faces = page.captions[: -len(AUS)]  # then the charts
    kinds = [re.sub(r".*frame \d+", "", face) for face in faces]
    assert kinds[:4] == [
        "no landmarks",
        "no landmarks",
        "a landmark is NaN",
        "landmarks are mirrored, or x and y are swapped",
    ]
    assert kinds[-3:] == ["", "", ""]
    assert [face.split(",")[0] for face in faces[-3:]] == list(SUBJECTS)


def test_a_tile_shows_the_frame_that_it_names(page: Page) -> None:
    images = page.all("img")
    for image, caption in zip(images, page.captions, strict=False):
        data = base64.b64decode(image["src"].removeprefix("data:image/jpeg;base64,"))
        pixels = np.asarray(Image.open(io.BytesIO(data)).convert("L"))
        shown = np.median(pixels[(pixels > 12)])  # not the border of the picture
        frame = int(re.search(r"frame (\d+)", caption)[1])
        assert abs(shown - brightness(frame)) < 8, caption


def test_the_page_counts_labels(page: Page) -> None:
    coded = [(s, f) for s in SUBJECTS for f in range(1, FRAMES + 1 - (s == "SN010"))]
    rows = {row[0]: row for row in page.tables[1][1:]}
    table = {au: np.array([code(s, f, au) for s, f in coded]) for au in AUS}
    for au, levels in table.items():
        counts = [f"{(levels == level).sum()}" for level in range(6)]
        share = f"{(levels > 0).mean():.1%}"
        assert rows[f"AU{au:02d}"][2:] == [*counts, share, "0"]


def test_the_page_counts_aus_together(page: Page) -> None:
    coded = [(s, f) for s in SUBJECTS for f in range(1, FRAMES + 1 - (s == "SN010"))]
    head, *rows = page.tables[2]
    assert head[1:-1] == [f"AU{au:02d}" for au in AUS]
    for au, row in zip(AUS, rows, strict=True):
        having = [(s, f) for s, f in coded if code(s, f, au) > 0]
        for other, cell in zip(AUS, row[1:-1], strict=True):
            both = sum(code(s, f, other) > 0 for s, f in having)
            assert cell == "·" if other == au else abs(int(cell) - 100 * both / len(having)) <= 0.5
        assert row[-1] == str(len(having))
