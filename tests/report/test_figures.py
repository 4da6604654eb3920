"""Figures: deterministic, self-contained, themed, and deaf to markup in names."""

from __future__ import annotations

import re
from collections.abc import Callable
from xml.etree import ElementTree as ET

import matplotlib as mpl
import pytest
from report_examples import HOSTILE, attribute, failing, finding, hostile, incomplete, membership

from reidaudit.report.drawn_model import Roc
from reidaudit.report.figures.canvas import PALETTE
from reidaudit.report.figures.distances import bin_names, distances_plot
from reidaudit.report.figures.forest import MAX_ROWS, forest_plot, groups_plot
from reidaudit.report.figures.rates import Rates, rates_plot
from reidaudit.report.figures.roc import roc_plot
from reidaudit.report.figures.sensitivity import sensitivity_plot
from reidaudit.report.model import Finding, ReportModel
from reidaudit.vocabulary import Family, MeasureName

WORDS = {"title": "A title", "description": "A description"}
SVG = "{http://www.w3.org/2000/svg}"


def of(report: ReportModel, family: Family) -> list[Finding]:
    return [row for row in report.findings if row.family is family]


def forest(report: ReportModel) -> str:
    return forest_plot(of(report, Family.ATTRIBUTE_INFERENCE), figure_id="forest", **WORDS)


def roc(report: ReportModel) -> str:
    rows = of(report, Family.MEMBERSHIP_INFERENCE)
    return roc_plot(report.roc, rows, figure_id="roc", **WORDS)


def rates(report: ReportModel) -> str:
    rows = [Rates(column.name, 0.5, 0.4, 0.3) for column in report.columns]
    return rates_plot(rows, figure_id="rates", **WORDS)


def groups(report: ReportModel) -> str:
    view = next(row for row in report.findings if row.groups)
    return groups_plot(view, figure_id="groups", **WORDS)


def distances(report: ReportModel) -> str:
    return distances_plot(failing().distances[0], 18_000, 9_000, figure_id="distances", **WORDS)


def sensitivity(report: ReportModel) -> str:
    return sensitivity_plot(report.sensitivity, figure_id="sensitivity", **WORDS)


PLOTS = pytest.mark.parametrize("plot", [forest, roc, rates, groups, distances, sensitivity])
REPORTS = pytest.mark.parametrize("example", [failing, hostile])


def texts(svg: str) -> list[str]:
    return ["".join(element.itertext()) for element in ET.fromstring(svg).iter(f"{SVG}text")]


@PLOTS
@REPORTS
def test_figure_is_well_formed_xml_with_title_and_description(
    plot: Callable[[ReportModel], str], example: Callable[[], ReportModel]
) -> None:
    root = ET.fromstring(plot(example()))
    assert root.get("role") == "img"
    labels = (root.get("aria-labelledby") or "").split()
    assert [root[0].get("id"), root[1].get("id")] == labels
    assert (root[0].text, root[1].text) == ("A title", "A description")


@PLOTS
@REPORTS
def test_figure_is_the_same_twice(
    plot: Callable[[ReportModel], str], example: Callable[[], ReportModel]
) -> None:
    assert plot(example()) == plot(example())


@PLOTS
def test_figure_ignores_the_settings_of_the_user_and_leaves_them_alone(
    plot: Callable[[ReportModel], str],
) -> None:
    plain = plot(failing())
    with mpl.rc_context({"axes.facecolor": "red", "font.size": 30, "svg.fonttype": "path"}):
        assert plot(failing()) == plain
        assert mpl.rcParams["font.size"] == 30


@PLOTS
@REPORTS
def test_figure_holds_no_date_no_script_and_no_reference_to_elsewhere(
    plot: Callable[[ReportModel], str], example: Callable[[], ReportModel]
) -> None:
    tags = "".join(re.findall("<[^<>]*>", plot(example())))
    assert not re.search(r"<(metadata|style|script|image|a|foreignObject)\b", tags)
    assert "url(" not in tags
    assert not re.search(r"\b20\d\d-\d\d-\d\d", tags)
    links = re.findall(r'href="([^"]*)"', tags)
    assert all(link.startswith("#") for link in links)


@PLOTS
def test_ids_are_unique_prefixed_and_found(plot: Callable[[ReportModel], str]) -> None:
    svg = plot(failing())
    ids = re.findall(r'\bid="([^"]*)"', svg)
    prefix = re.findall(r'<svg[^>]* id="(\w+)"', svg)[0]
    assert len(ids) == len(set(ids))
    assert all(name.startswith(prefix) for name in ids)
    assert set(re.findall(r'href="#([^"]*)"', svg)) <= set(ids)


@PLOTS
def test_every_colour_follows_the_theme(plot: Callable[[ReportModel], str]) -> None:
    svg = plot(failing())
    themed = set(re.findall(r"var\(--([\w-]+), (#\w{6})\)", svg))
    assert themed <= set(PALETTE.items())
    assert not re.search(r"(?:fill|stroke): #", svg)


def test_no_two_colours_of_the_palette_are_equal() -> None:
    assert len(set(PALETTE.values())) == len(PALETTE)


def test_mathtext_in_names_is_not_interpreted() -> None:
    svg = rates_plot([Rates("$\\frac{a}{b}$ x^2", 0.5, 0.4, None)], figure_id="r", **WORDS)
    assert "$\\frac{a}{b}$ x^2" in texts(svg)


def test_hostile_names_stay_text() -> None:
    for svg in (forest(hostile()), roc(hostile()), rates(hostile())):
        assert "<script" not in svg
        assert "<img" not in svg
        assert "\x1b" not in svg
        assert "x" * 200 not in svg
    # A name that looks like a style of the figure is left as it is.
    assert any("fill: #1d2329" in text for text in texts(forest(hostile())))


def test_names_reach_the_title_only_escaped() -> None:
    svg = forest_plot(
        attribute(["age"], 0.1), figure_id="f", title=HOSTILE[0], description=HOSTILE[1]
    )
    assert ET.fromstring(svg)[0].text == HOSTILE[0]
    assert "<script" not in svg


def test_forest_shows_each_finding_its_verdict_and_the_limit() -> None:
    shown = texts(forest(failing()))
    for column in failing().columns:
        assert f"Guessing {column.name} from all other columns" in shown
    assert {"fail", "pass", "inconclusive", "limit 9 %", "no leak"} <= set(shown)


def test_forest_gives_each_measure_an_axis_of_its_own() -> None:
    shown = texts(forest_plot(membership(1.0), figure_id="f", **WORDS))
    assert "AUC: how often a member scores above a control" in shown
    assert any(text.startswith("TPR at 1 % FPR") for text in shown)
    assert shown.count("no leak") == 2


def test_forest_draws_findings_without_value_or_interval() -> None:
    svg = forest_plot(incomplete().findings, figure_id="f", **WORDS)
    assert "not measured" in texts(svg)


def test_forest_draws_limits_that_differ_one_by_one() -> None:
    rows = attribute(["age", "sex"], 0.1)
    assert rows[0].limit is not None
    rows[0] = rows[0].model_copy(update={"limit": rows[0].limit.model_copy(update={"max": 0.2})})
    assert not any(
        text.startswith("limit") for text in texts(forest_plot(rows, figure_id="f", **WORDS))
    )


def test_forest_of_very_many_findings_stops_at_the_most_urgent() -> None:
    rows = attribute([f"column_{number}" for number in range(1000)], 0.16)
    svg = forest_plot(rows, figure_id="f", **WORDS)
    assert sum(text.startswith("Guessing") for text in texts(svg)) == MAX_ROWS
    assert len(svg) < 300_000


@pytest.mark.parametrize("rows", [[], attribute(["age"], 0.0)])
def test_forest_of_little_or_nothing_does_not_fail(rows: list[Finding]) -> None:
    ET.fromstring(forest_plot(rows, figure_id="f", **WORDS))


def test_epsilon_is_drawn_although_it_is_no_share() -> None:
    title = "A lower bound"
    row = finding(
        "membership_inference.x", title, MeasureName.EPSILON_LOWER_BOUND, 3.2, 0.4, None, None
    )
    assert title in texts(forest_plot([row], figure_id="f", **WORDS))


@pytest.mark.parametrize(
    ("fpr", "tpr"), [([], []), ([0.0, 1.0], [0.0, 1.0]), ([0.0, 0.0, 1.0], [0.0, 0.2, 1.0])]
)
def test_roc_survives_points_that_have_no_logarithm(fpr: list[float], tpr: list[float]) -> None:
    curve = Roc(finding="unknown", fpr=fpr, tpr=tpr)
    svg = roc_plot([curve], [], figure_id="roc", **WORDS)
    assert "nan" not in svg.lower()
    assert "chance: no leak" in texts(svg)


def test_groups_that_exceed_the_limit_are_named_in_words_too() -> None:
    shown = texts(groups(failing()))
    assert "2nd most common value of sex" in shown
    assert "fail, 897 members" in shown
    assert "900 members" in shown


def test_distances_name_their_bins() -> None:
    assert bin_names(failing().distances[0]) == [
        "0",
        "0 to 0.1",
        "0.1 to 0.2",
        "0.2 to 0.3",
        "over 0.3",
    ]


def test_distances_all_at_zero_are_drawn() -> None:
    held = failing().distances[0]
    only = held.model_copy(update={"bins": [held.bins[0], held.bins[-1]]})
    ET.fromstring(distances_plot(only, 0, 0, figure_id="d", **WORDS))


def test_sensitivity_says_where_the_audit_stands() -> None:
    shown = texts(sensitivity(failing()))
    assert "you are here: 0.515" in shown
    assert {"limit 0.55", "limit 3 %", "limit 9 %", "limit 0.1 %"} <= set(shown)
