"""The page: complete, self-contained, accessible, and deaf to hostile names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser

import pytest
from report_examples import EXAMPLES, HOSTILE, attribute, failing, incomplete, passing, report

from reidaudit.numbers import format_value
from reidaudit.report.guess_views import column_rates
from reidaudit.report.html import render_html
from reidaudit.report.model import ReportModel
from reidaudit.report.wording import FAMILIES, format_interval
from reidaudit.vocabulary import Family, Verdict

VOID = {"meta", "link", "br", "img", "input", "hr"}
PAGES = pytest.mark.parametrize("name", EXAMPLES)
BANNED = r"\b(un)?safe(ly|ty|r)?\b|anonym|complian"


@cache
def page(name: str) -> str:
    return render_html(EXAMPLES[name]())


class Page(HTMLParser):
    """Parses a page, and fails on tags that do not balance."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text: list[tuple[str, str]] = []
        self.feed(source)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open[-1] == tag, f"</{tag}> closes <{self.open[-1]}>"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.text.append((" ".join(self.open), data))

    def all(self, tag: str) -> Iterator[dict[str, str | None]]:
        return (attrs for found, attrs in self.tags if found == tag)

    def words(self, inside: str = "html") -> str:
        parts = (data for path, data in self.text if inside in path.split())
        return " ".join(" ".join(parts).split())


@PAGES
def test_page_parses_with_balanced_tags(name: str) -> None:
    Page(page(name))


@PAGES
def test_page_is_the_same_twice(name: str) -> None:
    assert render_html(EXAMPLES[name]()) == page(name)


@PAGES
def test_page_runs_nothing_and_fetches_nothing(name: str) -> None:
    parsed = Page(page(name))
    tags = {tag for tag, _ in parsed.tags}
    assert not tags & {"script", "iframe", "object", "embed", "form", "img", "link", "base"}
    for _, attrs in parsed.tags:
        assert not any(key.startswith("on") for key in attrs)
        for key in ("href", "src", "xlink:href"):
            assert (attrs.get(key) or "#").startswith("#")
    assert "<script" not in page(name)
    style = re.findall(r"<style>(.*?)</style>", page(name), flags=re.S)[0]
    assert "@import" not in style
    assert not re.search(r"url\(", style)
    assert not any("url(" in (attrs.get("style") or "") for _, attrs in parsed.tags)


@PAGES
def test_page_has_a_strict_content_security_policy(name: str) -> None:
    metas = list(Page(page(name)).all("meta"))
    policy = next(m["content"] for m in metas if m.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'")
    assert "script" not in policy


def test_figures_of_few_columns_stand_beside_those_of_the_original() -> None:
    words = Page(page("passing")).words()
    assert "By the declared quasi-identifiers: age, sex, postcode_area, marital_status." in words
    assert "What is counted 48.4 % 14.9 % 14.0 %" in words
    assert "income: what is counted 50.0 % 12.0 % 10.0 % 3.00 %" in words
    assert (
        "A level of household_size given sex, of 2.00 % of the people: Known: household_size"
        in words
    )


@PAGES
def test_one_h1_holds_the_verdict(name: str) -> None:
    parsed = Page(page(name))
    assert len(list(parsed.all("h1"))) == 1
    assert EXAMPLES[name]().verdict.value.capitalize() in parsed.words("h1")


@PAGES
def test_headings_descend_one_level_at_a_time(name: str) -> None:
    levels = [int(tag[1]) for tag, _ in Page(page(name)).tags if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in zip(levels, levels[1:], strict=False))


@PAGES
def test_tables_have_captions_and_scoped_headings(name: str) -> None:
    parsed = Page(page(name))
    assert len(list(parsed.all("caption"))) == len(list(parsed.all("table")))
    assert all(attrs.get("scope") in ("row", "col") for attrs in parsed.all("th"))


@PAGES
def test_ids_are_unique_and_all_references_are_met(name: str) -> None:
    parsed = Page(page(name))
    ids = [attrs["id"] for _, attrs in parsed.tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    for _, attrs in parsed.tags:
        for key in ("href", "aria-labelledby"):
            for target in (attrs.get(key) or "").split():
                assert target.lstrip("#") in ids


@PAGES
def test_scrolling_regions_can_be_reached_and_are_named(name: str) -> None:
    regions = [a for a in Page(page(name)).all("div") if a.get("class") == "scroll"]
    assert regions
    assert all(a["role"] == "region" and a["tabindex"] == "0" for a in regions)
    assert all(a["aria-label"] for a in regions)


@PAGES
def test_figures_have_a_text_alternative_and_icons_are_silent(name: str) -> None:
    for attrs in Page(page(name)).all("svg"):
        if attrs.get("role") == "img":
            assert attrs["aria-labelledby"]
        else:
            assert attrs["aria-hidden"] == "true"


@PAGES
def test_landmarks(name: str) -> None:
    tags = [tag for tag, _ in Page(page(name)).tags]
    assert all(tags.count(tag) == 1 for tag in ("header", "nav", "main", "footer"))


@PAGES
def test_forbidden_words_do_not_occur(name: str) -> None:
    assert not re.search(BANNED, page(name).replace("'unsafe-inline'", ""), flags=re.I)


@PAGES
def test_page_stays_small(name: str) -> None:
    assert len(page(name).encode()) < 1_500_000


def test_page_with_a_thousand_columns_stays_usable() -> None:
    rows = attribute([f"column_{number}" for number in range(1000)], 0.16)
    source = render_html(report(Verdict.FAIL, rows))
    assert len(source.encode()) < 3_000_000
    assert "The 60 most urgent of 1,000 findings are drawn." in source


@pytest.mark.parametrize("name", ["passing", "failing", "incomplete"])
def test_every_finding_appears_with_every_figure(name: str) -> None:
    words = Page(page(name)).words("table")
    for row in EXAMPLES[name]().findings:
        limit = row.limit.max if row.limit else None
        assert row.title in words
        assert row.reason in words
        assert row.id in words
        assert format_value(row.measure, row.value, beside=limit) in words
        assert format_interval(row) in words


def test_first_part_says_what_an_officer_must_know() -> None:
    example = failing()
    top = page("failing").split('id="evidence"')[0]
    words = re.sub(r"\s+", " ", re.sub("<[^>]*>", " ", top))
    expected = [
        "Health survey 2025",
        "survey_train.csv",
        "18,000 rows",
        "2 March 2026, 09:41 UTC",
        "Open data portal",
        "A convention of the field",
        "EMA Policy 0070",
        "A default of this tool",
        *(item.sentence for item in example.sensitivity),
    ]
    for part in expected:
        assert part in words
    for waiver in example.waivers:
        assert f"{waiver.id} up to {waiver.accept:g} until {waiver.expires}" in words


def test_families_stand_in_the_order_of_the_officer() -> None:
    parts = [page("failing").index(f'<h3 id="{family.value}">') for family in FAMILIES]
    assert parts == sorted(parts)
    assert set(FAMILIES) == set(Family)


def test_absent_families_are_named_as_not_covered() -> None:
    section = page("hostile").split('<h3 id="disclosure">')[1].split("</section>")[0]
    assert "not covered" in section
    assert "although the policy requires one" in section


def test_hostile_strings_are_escaped_everywhere() -> None:
    source = page("hostile")
    assert "&lt;script&gt;alert(" in source
    assert not re.search(r"<img|onerror=alert\(1\)>", source)
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f]", source)
    assert "{{ 7 * 7 }}" in source
    words = Page(source).words()
    for text in (HOSTILE[0], HOSTILE[1], HOSTILE[5]):
        assert text in words


def test_names_are_isolated_against_bidirectional_tricks() -> None:
    for match in re.finditer("\u202e", page("hostile")):
        before = page("hostile")[: match.start()]
        assert before.rfind("<bdi") > before.rfind("</bdi>")


def test_unenforced_verdict_is_said() -> None:
    assert "reported but not enforced" in page("invalid")
    assert "reported but not enforced" not in page("failing")


def test_blind_spots_beyond_the_limit_are_marked() -> None:
    example = passing()
    blind = example.sensitivity[3].model_copy(update={"smallest_visible": 0.2})
    source = render_html(example.model_copy(update={"sensitivity": [blind]}))
    assert "This is more than the limit." in source
    assert "This is more than the limit." not in page("passing")


def test_a_pass_that_rests_on_a_waiver_says_so_in_the_h1() -> None:
    waived = failing().model_copy(update={"verdict": Verdict.PASS})
    assert "Pass with 1 waiver" in Page(render_html(waived)).words("h1")


def test_findings_of_equal_title_are_told_apart() -> None:
    assert "than controls do (dcr row)" in page("failing")


def test_figures_where_there_is_something_to_draw() -> None:
    ids = [attrs.get("id") for attrs in Page(page("failing")).all("svg")]
    assert {
        "forest-disclosure",
        "forest-attribute_inference",
        "rates-attribute_inference",
        "roc-membership_inference",
        "groups-disclosure-excess",
        "distances-0",
        "sensitivity-curve",
    } <= set(ids)
    # Nothing was measured there, so there is nothing to draw.
    assert 'id="forest-membership_inference"' not in page("incomplete")


def test_a_table_stands_behind_every_figure() -> None:
    for name in ("failing", "passing", "hostile"):
        for figure in page(name).split("<figure>")[1:]:
            behind = figure.split("</figure>")[0].split('<details class="behind">')[1]
            assert behind.count("<tr>") >= 2


def test_every_finding_with_a_value_is_drawn() -> None:
    drawn = " ".join(re.findall(r"<svg.*?</svg>", page("failing"), flags=re.S))
    words = " ".join(re.sub("<[^>]*>", " ", drawn).replace("…", " ").split())
    for row in failing().findings:
        assert row.groups or row.title[:30] in words


def test_the_analyst_reads_all_groups() -> None:
    words = Page(page("failing")).words("table")
    for row in failing().findings:
        assert all(group.group in words for group in row.groups)


def test_withheld_counts_are_called_withheld() -> None:
    section = page("failing").split('id="nearest_neighbour"')[1]
    assert "withheld" in re.sub("<[^>]*>", " ", section.split("</section>")[0])


def test_the_first_screen_answers_what_a_reader_asks_of_a_failure() -> None:
    top = page("failing").split("</header>")[0]
    words = " ".join(re.sub("<[^>]*>", " ", top).split())
    for part in (
        "What leaks",
        "404 of 18,000 real people",
        "Columns that give people away: ",
        "About whom",
        "of the 18,000 people whose rows the generator learned from",
        "Hit hardest: people with the 2nd most common value of sex",
        "How sure",
        "Beyond doubt: ",
        "What to do",
        "Hold the release back",
    ):
        assert part in words


def test_a_report_without_groups_distances_and_curves_can_still_be_shown() -> None:
    example = failing()
    rows = [item.model_copy(update={"curve": []}) for item in example.sensitivity]
    findings = [row for row in example.findings if not row.groups]
    bare = {"sensitivity": rows, "findings": findings, "distances": []}
    source = render_html(example.model_copy(update=bare))
    assert "This report holds no figures for audits of other sizes." in source
    Page(source)


def test_long_lists_fold_their_tail() -> None:
    example = passing().model_copy(update={"warnings": [f"Warning {n}." for n in range(9)]})
    source = render_html(example)
    assert "<summary>5 more</summary>" in source
    assert all(f"Warning {n}." in source for n in range(9))


@pytest.mark.parametrize("odd", [None, "0.5", True, 1.5, [0.5]])
def test_rates_that_are_no_shares_are_left_out(odd: object) -> None:
    row = attribute(["age"], 0.1)[0]
    row = row.model_copy(update={"details": {"member_rate": odd, "control_rate": 0.2}})
    assert column_rates([row]) == []


def test_rates_are_sorted_by_gap() -> None:
    gaps = [rates.members - rates.controls for rates in column_rates(failing().findings)]
    assert gaps == sorted(gaps, reverse=True)


def test_naive_dates_are_not_given_a_zone() -> None:
    example = incomplete()
    run = example.run.model_copy(update={"started": example.run.started.replace(tzinfo=None)})
    source = render_html(example.model_copy(update={"run": run}))
    assert "2 March 2026, 09:41</time>" in source


def luminance(colour: str) -> float:
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("theme", [0, 1])
def test_text_colours_have_enough_contrast_in_both_themes(theme: int) -> None:
    style = re.findall(r"<style>(.*?)</style>", page("failing"), flags=re.S)[0]
    block = re.findall(r":root \{(.*?)\}", style, flags=re.S)[theme]
    colours = dict(re.findall(r"--([\w-]+): (#\w{6});", block))
    grounds = [luminance(colours[name]) for name in ("page", "raised", "beyond")]
    for name, colour in colours.items():
        if name in ("page", "raised", "beyond", "line"):
            continue
        for ground in grounds:
            high, low = max(ground, luminance(colour)), min(ground, luminance(colour))
            assert (high + 0.05) / (low + 0.05) >= 4.5, name


def test_report_model_is_not_changed_by_rendering() -> None:
    example: ReportModel = failing()
    before = example.model_dump_json()
    render_html(example)
    assert example.model_dump_json() == before
