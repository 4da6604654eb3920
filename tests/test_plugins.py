"""Attacks come in by entry point: a third party's package, and what can go wrong with one."""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import textwrap
import tomllib
from importlib.metadata import EntryPoint, version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from reidaudit import plugins
from reidaudit.attack import Attack, Family, Need
from reidaudit.errors import PluginError
from reidaudit.plugins import GROUP, load_attacks, registered
from reidaudit.testing import check_attack

ROOT = Path(__file__).resolve().parents[1]
EXAMPLE = ROOT / "docs" / "examples" / "third_party_attack"
NAME = "membership_inference.crowd_share"
AUDIT = """
    import sys
    import pandas as pd
    import reidaudit

    train, holdout, synthetic = (pd.read_csv(name) for name in sys.argv[1:])
    report = reidaudit.audit(train, synthetic, holdout, attacks=[NAME], workers=1, permutations=99)
    print(report.to_json())
"""


# --- the example package ---------------------------------------------------------------------


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the example package is installed."""
    source, target = (tmp_path_factory.mktemp(name) for name in ("source", "site"))
    shutil.copytree(EXAMPLE, source / "package", ignore=shutil.ignore_patterns("__pycache__"))
    if _can_build():
        options = ["--no-deps", "--no-build-isolation", "--no-index", "--quiet"]
        command = [sys.executable, "-m", "pip", "install", *options, "--target", str(target)]
        subprocess.run([*command, str(source / "package")], check=True, capture_output=True)
    else:
        _install_by_hand(source / "package", target)
    return target


def _can_build() -> bool:
    """Whether setuptools can build a wheel by itself, or has the package wheel to help it."""
    if importlib.util.find_spec("setuptools") is None or importlib.util.find_spec("pip") is None:
        return False
    major, minor = (int(part) for part in version("setuptools").split(".")[:2])
    return (major, minor) >= (70, 1) or importlib.util.find_spec("wheel") is not None


def _install_by_hand(package: Path, target: Path) -> None:
    """Write what an installer would write."""
    project = tomllib.loads((package / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    shutil.copy(package / "crowd_share.py", target)
    info = target / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    info.mkdir()
    metadata = f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
    (info / "METADATA").write_text(metadata, encoding="utf-8")
    lines = [f"[{GROUP}]", *(f"{n} = {v}" for n, v in project["entry-points"][GROUP].items())]
    (info / "entry_points.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")


def run_python(site: Path, *arguments: str) -> str:
    paths = [str(site), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join(paths),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
    }
    command = [sys.executable, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def table_paths(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    folder, rng = tmp_path_factory.mktemp("tables"), np.random.default_rng(5)
    frames = [
        pd.DataFrame({"a": rng.normal(size=150), "b": rng.normal(size=150)}).round(4)
        for _ in range(2)
    ]
    paths = [str(folder / name) for name in ("train.csv", "holdout.csv", "synthetic.csv")]
    for path, frame in zip(paths, [*frames, frames[0]], strict=True):
        frame.to_csv(path, index=False)
    return paths


def test_the_attack_of_an_installed_package_stands_in_the_report(
    site: Path, table_paths: list[str]
) -> None:
    code = textwrap.dedent(AUDIT).replace("NAME", repr(NAME))
    report = json.loads(run_python(site, "-c", code, *table_paths))
    auc = next(f for f in report["findings"] if f["measure"] == "auc")
    assert auc["id"] == f"{NAME}:five_nearest:auc"
    assert auc["attack"] == NAME
    assert auc["attack_version"] == "1"
    assert auc["family"] == "membership_inference"
    assert auc["gating"]
    assert auc["interval"]["low"] > 0.6
    assert {finding["attack"] for finding in report["findings"]} == {NAME}


def test_an_installed_package_is_registered_among_the_built_in_attacks(site: Path) -> None:
    code = "from reidaudit.plugins import registered; print(*registered(), sep='\\n')"
    names = run_python(site, "-c", code).split()
    assert NAME in names
    assert "disclosure.exact_copy" in names
    assert NAME not in registered()


def test_the_command_line_lists_the_attack_of_an_installed_package(site: Path) -> None:
    pytest.importorskip("reidaudit.cli.main")
    code = "import sys; from reidaudit.cli.main import main; sys.argv[0] = 'reidaudit'; main()"
    assert NAME in run_python(site, "-c", code, "attacks")


def test_the_example_has_tests_that_run(site: Path) -> None:
    arguments = ["-m", "pytest", "-p", "no:cacheprovider", "-c", str(EXAMPLE / "pyproject.toml")]
    quick = ["-k", "keeps_the_protocol or fires_on_copies"]
    printed = run_python(site, *arguments, *quick, str(EXAMPLE / "test_crowd_share.py"))
    assert "2 passed" in printed


def test_the_example_keeps_the_contract(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(EXAMPLE)
    check_attack(importlib.import_module("crowd_share").CrowdShare())


def test_the_example_is_about_twenty_lines_of_code() -> None:
    lines = (EXAMPLE / "crowd_share.py").read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 40


# --- what can go wrong -------------------------------------------------------------------------


class Whole(Attack):
    name = "membership_inference.whole"
    version = "1"
    family = Family.MEMBERSHIP_INFERENCE
    needs: frozenset[Need] = frozenset()

    def run(self, case: Any, rng: Any) -> Any:
        return ()


class NoRun:
    name = "membership_inference.no_run"
    version = "1"
    family = Family.MEMBERSHIP_INFERENCE
    needs: frozenset[Need] = frozenset()


class InheritsButNamesNothing(Attack):
    def run(self, case: Any, rng: Any) -> Any:
        return ()


class Explodes(Whole):
    def __init__(self) -> None:
        raise OSError("no such model")


class FamilyInWords(Whole):
    family = "membership"  # type: ignore[assignment]


class NeedsInWords(Whole):
    needs = frozenset({"a_telescope"})  # type: ignore[arg-type]


def install(monkeypatch: pytest.MonkeyPatch, **points: str) -> None:
    """Pretend that just these entry points are installed; the names lack their family."""
    found = [
        EntryPoint(f"membership_inference.{name}", value, GROUP) for name, value in points.items()
    ]
    monkeypatch.setattr(plugins, "entry_points", lambda group: [p for p in found if group == GROUP])


def here(name: str) -> str:
    return f"{__name__}:{name}"


def test_built_in_attacks_are_registered_and_load_in_order_of_name() -> None:
    names = [attack.name for attack in load_attacks()]
    assert names == sorted(registered())
    assert "membership_inference.distance_ratio" in names


def test_names_are_loaded_in_the_order_given_and_once() -> None:
    wanted = ["nearest_neighbour.dcr", "disclosure.exact_copy", "nearest_neighbour.dcr"]
    assert [attack.name for attack in load_attacks(wanted)] == wanted[:2]


def test_looking_at_what_is_registered_imports_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, absent="no_such_module:Attack")
    assert list(registered()) == ["membership_inference.absent"]


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("nearest_neighbour.dcrr", "did you mean 'nearest_neighbour.dcr'?"),
        ("exact_copy", "did you mean 'disclosure.exact_copy'?"),
        ("zzz", "'reidaudit attacks' lists them"),
    ],
)
def test_an_unknown_name_gets_a_hint(name: str, hint: str) -> None:
    with pytest.raises(PluginError, match="there is no attack named") as raised:
        load_attacks([name])
    assert hint in str(raised.value)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("no_such_module:Attack", "ModuleNotFoundError"),
        (f"{__name__}:no_such_class", "AttributeError"),
        (f"{__name__}:Explodes", "OSError: no such model"),
    ],
)
def test_an_attack_that_cannot_be_loaded(
    monkeypatch: pytest.MonkeyPatch, value: str, said: str
) -> None:
    install(monkeypatch, whole=value)
    with pytest.raises(PluginError, match="cannot be loaded") as raised:
        load_attacks()
    assert said in str(raised.value)
    assert value in str(raised.value)


@pytest.mark.parametrize(
    "value", ["NoRun", "InheritsButNamesNothing", "FamilyInWords", "NeedsInWords"]
)
def test_an_attack_that_does_not_keep_the_contract(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    install(monkeypatch, whole=here(value))
    with pytest.raises(PluginError, match="does not keep the contract"):
        load_attacks()


def test_an_attack_must_be_registered_under_its_own_name(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, other=here("Whole"))
    with pytest.raises(PluginError, match="both names must be the same"):
        load_attacks()


def test_two_packages_with_one_name(monkeypatch: pytest.MonkeyPatch) -> None:
    points = [
        EntryPoint("membership_inference.whole", value, GROUP)
        for value in (here("Whole"), "another_package:Whole")
    ]
    monkeypatch.setattr(plugins, "entry_points", lambda group: points)
    with pytest.raises(PluginError, match="uninstall one of them"):
        load_attacks()


def test_one_package_found_twice_is_no_conflict(monkeypatch: pytest.MonkeyPatch) -> None:
    # an editable installation and its source tree on the path show the same entry point twice
    points = [EntryPoint("membership_inference.whole", here("Whole"), GROUP)] * 2
    monkeypatch.setattr(plugins, "entry_points", lambda group: points)
    assert [attack.name for attack in load_attacks()] == ["membership_inference.whole"]
