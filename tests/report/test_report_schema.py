"""The shipped schema is that of the model, and every example report fits it."""

from __future__ import annotations

import json

import jsonschema
import pytest
from report_examples import EXAMPLES

from reidaudit.report.report import Report
from reidaudit.report.schema import SCHEMA_PATH, report_schema


def test_the_shipped_schema_is_that_of_the_model() -> None:
    assert SCHEMA_PATH.read_text(encoding="utf-8") == report_schema(), (
        "run python -m reidaudit.report.schema"
    )


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_report_fits_the_schema(name: str) -> None:
    schema = json.loads(SCHEMA_PATH.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(json.loads(Report(EXAMPLES[name]()).to_json()), schema)


def test_a_report_without_a_verdict_does_not_fit() -> None:
    schema = json.loads(SCHEMA_PATH.read_text(encoding="utf-8"))
    report = json.loads(Report(EXAMPLES["passing"]()).to_json())
    del report["verdict"]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(report, schema)
