"""The last scan: what leaks is caught in every format, and what proves nothing is passed over."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from report_examples import failing

import reidaudit
from reidaudit.data.column import RawColumn
from reidaudit.data.raw import RawTable
from reidaudit.data.schema import ColumnSpec, Schema
from reidaudit.errors import DisclosureError
from reidaudit.report.last_scan import LastScan
from reidaudit.report.markdown import escape
from reidaudit.report.model import ReportModel
from reidaudit.report.report import Report
from reidaudit.report.save import FORMATS
from reidaudit.vocabulary import ExitCode, Kind, Role

ROWS = 400


def odd_word(seed: int, letters: int = 9) -> str:
    """A word that stands in no source, as this file is one."""
    rng = np.random.default_rng(seed)
    return "".join(rng.choice(list("bcdfghjklmnpqrstvwxz"), letters))


LEAKS: dict[str, Callable[[], Any]] = {
    "category": lambda: odd_word(1),
    "text": lambda: " ".join(odd_word(seed) for seed in range(2, 14)),
    "mail": lambda: f"{odd_word(20)}@{odd_word(21)}.example",
    "phone": lambda: "+49 170 " + str(np.random.default_rng(3).integers(10**6, 10**7)),
    "iban": lambda: "DE" + "".join(map(str, np.random.default_rng(4).integers(0, 10, 20))),
    "number": lambda: float(np.random.default_rng(5).integers(10**9, 10**10)) + 0.25,
    "day": lambda: np.datetime64("1931-07-09"),
    "moment": lambda: "1931-07-09T11:12:13",
    "quoted": lambda: f'{odd_word(7)} "{odd_word(8)}" & <{odd_word(9)}>',
    "accents": lambda: f"Ö{odd_word(10)}ß",
}


def scan_of(
    column: Any, name: str = "secret", report: ReportModel | None = None, **roles: Any
) -> LastScan:
    """A scan for the values of one column of train."""
    table = RawTable("train", "train.csv", {name: RawColumn.of(np.asarray(column))}, len(column))
    spec = ColumnSpec(name, Kind.CATEGORICAL, roles.get("role", Role.OTHER), False, True)
    return LastScan({"train": table}, Schema((spec,)), report or failing(), [])


def column_of(value: Any) -> Any:
    """A column in which one person has a value and all others have another."""
    if isinstance(value, str):
        return np.array([value, *["common"] * ROWS], dtype=object)
    if isinstance(value, float):
        return np.array([value, *[1.0] * ROWS])
    return np.array([value, *[np.datetime64("2000-01-01")] * ROWS], dtype="datetime64[us]")


def said(value: Any) -> str:
    """The value as a careless sentence would quote it."""
    return f"The worst is {str(value)[:19] if isinstance(value, np.datetime64) else value}, alas."


@pytest.mark.parametrize("kind", LEAKS)
@pytest.mark.parametrize("form", FORMATS)
def test_a_value_of_one_person_is_caught_in_every_format(kind: str, form: str) -> None:
    value = LEAKS[kind]()
    leaking = failing().model_copy(update={"why": [said(value)]})
    findings = [leaking.findings[0].model_copy(update={"reason": said(value)})]
    leaking = leaking.model_copy(update={"findings": findings})
    report = Report(leaking, scan_of(column_of(value)))
    with pytest.raises(DisclosureError) as caught:
        report.render(form)
    message = str(caught.value)
    assert "'secret'" in message
    assert f"as {form} " in message
    assert str(value)[:6] not in message
    assert caught.value.exit_code == ExitCode.INTERNAL


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("kind", LEAKS)
def test_a_report_without_it_is_written(kind: str, form: str) -> None:
    assert Report(failing(), scan_of(column_of(LEAKS[kind]()))).render(form)


def test_a_renderer_that_leaks_is_stopped_and_nothing_is_written(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = odd_word(1)
    report = Report(failing(), scan_of(column_of(secret)))
    monkeypatch.setattr(
        "reidaudit.report.markdown.render_markdown", lambda model: f"# {escape(secret)}"
    )
    for path in ("report.json", "report.html"):
        report.save(tmp_path / path)
    from reidaudit.report.save import save_all

    wanted = {tmp_path / "a.csv": None, tmp_path / "b.md": None, tmp_path / "c.txt": None}
    with pytest.raises(DisclosureError, match="as markdown"):
        save_all(report, wanted)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["report.html", "report.json"]


@pytest.mark.parametrize("word", ["report", "member", "synthetic", "stroke", "Health survey 2025"])
@pytest.mark.parametrize("form", FORMATS)
def test_a_patient_who_is_called_like_the_report_is_no_alarm(word: str, form: str) -> None:
    scan = scan_of(column_of(word), role=Role.DIRECT_IDENTIFIER)
    assert Report(failing(), scan).render(form)


@pytest.mark.parametrize("form", FORMATS)
def test_somebody_who_earns_as_much_as_targets_were_allowed_is_no_alarm(form: str) -> None:
    allowed = failing().run.model_copy(update={"most_targets": 123457})
    report = failing().model_copy(update={"run": allowed})
    assert Report(report, scan_of(column_of(123457.0), report=report)).render(form)


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize(
    "column",
    [
        np.arange(ROWS * 50.0),
        np.arange(ROWS) / ROWS,
        np.round(np.random.default_rng(0).uniform(size=5000), 4),
        np.round(np.random.default_rng(0).uniform(0, 500, size=5000), 2),
        np.arange("2026-02-20", "2026-03-20", dtype="datetime64[D]").astype("datetime64[us]"),
        np.array(list("abcdefgh"), dtype=object),
        np.array(["true", "false", "yes", "M", "A1"], dtype=object),
    ],
    ids=["row numbers", "shares", "rounded shares", "amounts", "days", "letters", "codes"],
)
def test_common_values_are_no_alarm(column: Any, form: str) -> None:
    assert Report(failing(), scan_of(column)).render(form)


def test_what_eight_people_have_points_at_nobody_but_an_identifier_always_does() -> None:
    word = odd_word(1)
    eight = np.array([word] * 8 + ["common"] * ROWS, dtype=object)
    scan_of(eight).insist_clean(word, "text")
    for column, role in ((eight[1:], Role.OTHER), (eight, Role.DIRECT_IDENTIFIER)):
        with pytest.raises(DisclosureError):
            scan_of(column, role=role).insist_clean(word, "text")


def test_many_rows_of_one_person_are_one_person() -> None:
    word = odd_word(1)
    values = np.array([word] * 20 + ["common"] * ROWS, dtype=object)
    people = np.array([1.0] * 20 + list(range(2, ROWS + 2)))
    table = RawTable(
        "train", "t.csv", {"secret": RawColumn.of(values), "who": RawColumn.of(people)}, len(values)
    )
    names = ("secret", "who")
    specs = tuple(ColumnSpec(n, Kind.CATEGORICAL, Role.OTHER, False, True) for n in names)
    scan = LastScan({"train": table}, Schema(specs, "who"), failing(), [])
    with pytest.raises(DisclosureError, match="'secret'"):
        scan.insist_clean(f"it is {word}", "text")


def test_a_mail_inside_a_text_is_caught_by_itself() -> None:
    mail = f"{odd_word(20)}@{odd_word(21)}.example"
    text = f"she wrote from {mail} about it, and then she called again on the next day"
    with pytest.raises(DisclosureError):
        scan_of(column_of(text)).insist_clean(f"Write to {escape(mail)}!", "markdown")


@cache
def audited() -> Report:
    rng = np.random.default_rng(0)

    def people(count: int) -> pd.DataFrame:
        return pd.DataFrame(
            {"income": rng.lognormal(8, 1, count).round(1), "job": rng.choice(list("abc"), count)}
        )

    settings = {"permutations": 20, "workers": 1, "attacks": ["disclosure.exact_copy"]}
    return reidaudit.audit(people(200), people(200), people(200), **settings)


def test_a_report_that_is_sent_elsewhere_leaves_the_tables_behind() -> None:
    sent = pickle.loads(pickle.dumps(audited()))  # noqa: S301 - our own
    assert sent.to_json() == audited().to_json()
    assert len(pickle.dumps(audited())) < 3 * len(audited().to_json())
    assert sent._last_scan is None
