"""Find and read a policy: ``reidaudit.toml``, or ``[tool.reidaudit]`` in ``pyproject.toml``."""

from __future__ import annotations

import difflib
import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from reidaudit.data.shown import shown
from reidaudit.errors import PolicyError
from reidaudit.policy.model import (
    ColumnEntry,
    ContextEntry,
    LimitEntry,
    LinkabilityEntry,
    Policy,
    PriorKnowledgeEntry,
)
from reidaudit.policy.part import PolicyPart
from reidaudit.policy.presets import LIMIT_NAMES, PRESETS
from reidaudit.policy.waiver import WaiverEntry

POLICY_NAME = "reidaudit.toml"
SCHEMA_TITLE = "reidaudit policy"


def find_policy(folder: Path) -> Path | None:
    """Return the policy file of a folder, or None; ``reidaudit.toml`` comes first."""
    own = folder / POLICY_NAME
    if own.is_file():
        return own
    project = folder / "pyproject.toml"
    if project.is_file() and _tool_table(_parse(project)) is not None:
        return project
    return None


def load_policy(source: Path | Mapping[str, Any]) -> Policy:
    """Read and check a policy.

    Parameters
    ----------
    source : Path or mapping
        A TOML file, or the policy's content.

    Raises
    ------
    PolicyError
        Naming the file, the key and what it may be.
    """
    if isinstance(source, Mapping):
        return _validate(source, "policy")
    content = _parse(source)
    if source.name == "pyproject.toml":
        table = _tool_table(content)
        if table is None:
            raise PolicyError(f"{source}: there is no table [tool.reidaudit] in it.")
        content = table
    return _validate(content, str(source))


def policy_schema() -> str:
    """Return the JSON Schema of the policy file, for editors."""
    schema = Policy.model_json_schema() | {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": SCHEMA_TITLE,
    }
    schema["properties"]["preset"]["enum"] = list(PRESETS)
    schema["properties"]["limits"]["propertyNames"] = {"enum": LIMIT_NAMES}
    return json.dumps(schema, indent=2, sort_keys=True) + "\n"


def _tool_table(project: Mapping[str, Any]) -> Any:
    """Return ``[tool.reidaudit]`` of a project file, or None."""
    tools = project.get("tool")
    return tools.get("reidaudit") if isinstance(tools, Mapping) else None


def _parse(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise PolicyError(
            f"{path}: there is no such policy file; 'reidaudit policy init' makes one."
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise PolicyError(f"{path}: the policy cannot be read: {type(error).__name__}.") from None
    except tomllib.TOMLDecodeError as error:
        raise PolicyError(f"{path}: not valid TOML: {error}.") from None


def _validate(content: Mapping[str, Any], where: str) -> Policy:
    try:
        policy = Policy.model_validate(content)
    except ValidationError as error:
        errors = error.errors()
        # a misspelt key is the cause where the right one is missing
        first = min(errors, key=lambda found: found["type"] != "extra_forbidden")
        key = ".".join(str(part) for part in first["loc"])
        more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
        named = _named(first["loc"], content)
        place = f"{where}: {named}" if named else where
        raise PolicyError(_sentence(f"{place}: {_plain(first, key)}{more}")) from None
    if policy.preset not in PRESETS:
        raise PolicyError(
            f"{where}: preset: there is no preset {policy.preset!r}; choose {', '.join(PRESETS)}."
        )
    for name in policy.limits:
        if name not in LIMIT_NAMES:
            near = difflib.get_close_matches(name, LIMIT_NAMES, n=1, cutoff=0.0)
            raise PolicyError(
                f"{where}: limits: nothing is measured by {name!r}; did you mean {near[0]!r}?"
            )
    return policy


def _sentence(text: str) -> str:
    return text if text.endswith((".", "?")) else f"{text}."


def _named(place: tuple[int | str, ...], content: Mapping[str, Any]) -> str:
    """Name a key of the policy; a waiver by its id, where it has one."""
    if len(place) < 2 or place[0] != "waiver":
        return ".".join(str(part) for part in place)
    number = int(place[1])
    entry = content["waiver"][number]
    own = entry.get("id") if isinstance(entry, Mapping) else None
    # an id may be anything here, as it may be what is wrong
    name = shown(own) if isinstance(own, str) and own else f"number {number + 1}"
    return ": ".join([f"waiver {name}", *(str(part) for part in place[2:])])


def _keys_beside(key: str) -> list[str]:
    """Return the keys that may stand where the given one does."""
    parts: dict[str, type[PolicyPart]] = {
        "columns": ColumnEntry,
        "limits": LimitEntry,
        "context": ContextEntry,
        "linkability": LinkabilityEntry,
        "prior_knowledge": PriorKnowledgeEntry,
        "waiver": WaiverEntry,
    }
    table, *inside = key.split(".")
    return list((parts.get(table, Policy) if inside else Policy).model_fields)


def _plain(error: Any, key: str) -> str:
    if error["type"] == "extra_forbidden":
        near = difflib.get_close_matches(key.split(".")[-1], _keys_beside(key), n=1)
        return "there is no such key" + (f"; did you mean {near[0]!r}?" if near else "")
    said = str(error["msg"]).removeprefix("Value error, ")
    return said[0].lower() + said[1:].removesuffix(".")
