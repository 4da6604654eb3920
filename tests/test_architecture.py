"""Data flows one way: no stage imports a later one, and the engine knows no attack by name."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from importlib.metadata import entry_points
from pathlib import Path

import pytest

import reidaudit
import reidaudit_attacks

ENGINE = Path(reidaudit.__file__).parent
ATTACKS = Path(reidaudit_attacks.__file__).parent

ANYBODY = {
    "arrays",
    "compiled",
    "errors",
    "files",
    "machine",
    "numbers",
    "seeds",
    "stacked",
    "time_allowed",
    "version",
    "vocabulary",
}
"""Modules without a stage: they import nothing of the engine but each other."""

STAGES = [
    {"data"},
    {"encoding", "labels"},
    {"neighbours"},
    {"attack", "outcome"},
    {"planted", "sampling"},
    {"attempts", "checkpoints", "plugins"},
    {"measure"},
    {"policy"},
    {"report"},
    {"diff"},
    {"arguments"},
    {"expected_time", "pilots"},
    {"journey", "planning"},
    {"certificate", "examples", "integrations", "testing", "testing_tables"},
    {"cli", "__main__"},
]
ATTACKS_MAY_IMPORT = {"attack", "compiled", "neighbours", "vocabulary"}
LIBRARIES_OF_ATTACKS = {
    "joblib",
    "numpy",
    "rapidfuzz",
    "reidaudit",
    "reidaudit_attacks",
    "scipy",
    "sklearn",
    "threadpoolctl",
}


def stage_of(part: str) -> int:
    return next((place for place, names in enumerate(STAGES) if part in names), -1)


def modules(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*.py"))


def imports(path: Path) -> Iterator[str]:
    """Yield the full names of what a module imports, wherever in the file it does so."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} has a relative import"
            assert node.module is not None
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def parts_of_engine(path: Path) -> set[str]:
    """The engine's parts that a module imports: ``data``, ``measure``, ``vocabulary`` and so on."""
    names = [name.split(".") for name in imports(path)]
    parts = {name[1] for name in names if name[0] == "reidaudit" and len(name) > 1}
    # public names of the package itself have no stage: whoever uses them is outside the engine
    return {part for part in parts if (ENGINE / part).is_dir() or (ENGINE / f"{part}.py").is_file()}


def part_of(path: Path) -> str:
    first = path.relative_to(ENGINE).parts[0]
    return first.removesuffix(".py")


@pytest.mark.parametrize("path", modules(ENGINE), ids=lambda p: str(p.relative_to(ENGINE)))
def test_no_stage_imports_a_later_one(path: Path) -> None:
    own = part_of(path)
    if own == "__init__":
        return
    assert own in ANYBODY or stage_of(own) >= 0, f"{own} has no place in the order of stages"
    later = {
        part
        for part in parts_of_engine(path) - ANYBODY
        if (part != own if own in ANYBODY else stage_of(part) > stage_of(own))
    }
    assert later == set()


@pytest.mark.parametrize("path", modules(ENGINE), ids=lambda p: str(p.relative_to(ENGINE)))
def test_the_engine_imports_no_attack(path: Path) -> None:
    assert not any(name.split(".")[0] == "reidaudit_attacks" for name in imports(path))


@pytest.mark.parametrize("path", modules(ATTACKS), ids=lambda p: p.name)
def test_attacks_import_only_the_contract(path: Path) -> None:
    found = [name.split(".") for name in imports(path)]
    of_engine = {name[1] for name in found if name[0] == "reidaudit" and len(name) > 1}
    assert of_engine <= ATTACKS_MAY_IMPORT
    libraries = {name[0] for name in found} - set(sys.stdlib_module_names)
    assert libraries <= LIBRARIES_OF_ATTACKS


@pytest.mark.parametrize("path", modules(ATTACKS), ids=lambda p: p.name)
def test_attacks_draw_only_from_the_generator_they_are_handed(path: Path) -> None:
    """A generator of one's own may only be seeded by a number that was drawn."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) in ("np.random", "random"):
            assert node.attr in ("Generator", "default_rng"), node.attr
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("default_rng"):
            assert node.args, "it would be seeded by the system"
            assert not isinstance(node.args[0], ast.Constant), "its draws would always be the same"


@pytest.mark.parametrize("path", modules(ATTACKS), ids=lambda p: p.name)
def test_every_built_in_attack_is_registered_under_its_own_name(path: Path) -> None:
    registered = {point.value: point.name for point in entry_points(group="reidaudit.attacks")}
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ClassDef) and is_attack(node):
            value = f"reidaudit_attacks.{path.stem}:{node.name}"
            assert value in registered, f"{value} is not registered"
            assert registered[value] == name_of(node)


def is_attack(node: ast.ClassDef) -> bool:
    return any(isinstance(base, ast.Name) and base.id == "Attack" for base in node.bases)


def name_of(node: ast.ClassDef) -> str | None:
    for statement in node.body:
        if (
            isinstance(statement, ast.Assign)
            and isinstance(statement.targets[0], ast.Name)
            and statement.targets[0].id == "name"
            and isinstance(statement.value, ast.Constant)
        ):
            return str(statement.value.value)
    return None


def test_there_are_built_in_attacks_and_all_entry_points_name_classes_that_exist() -> None:
    points = [
        point
        for point in entry_points(group="reidaudit.attacks")
        if point.value.startswith("reidaudit_attacks.")
    ]
    assert len(points) >= 5
    for point in points:
        assert point.load().name == point.name


@pytest.mark.parametrize("library", ["numba", "numpy", "pandas", "sklearn", "matplotlib", "scipy"])
def test_importing_the_package_imports_nothing_heavy(library: str) -> None:
    reached, waiting = set(), [ENGINE / "__init__.py"]
    while waiting:
        path = waiting.pop()
        tops = imports_at_module_level(path)
        assert library not in {name.split(".")[0] for name in tops}, path
        for name in tops:
            found = file_of(name)
            if found is not None and found not in reached:
                reached.add(found)
                waiting.append(found)


def imports_at_module_level(path: Path) -> set[str]:
    names = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {str(node.module), *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def file_of(name: str) -> Path | None:
    first, *rest = name.split(".")
    if first != "reidaudit" or not rest:
        return None
    path = ENGINE.joinpath(*rest)
    candidates = [path.with_suffix(".py"), path / "__init__.py"]
    return next((candidate for candidate in candidates if candidate.is_file()), None)
