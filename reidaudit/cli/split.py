"""``reidaudit split``: set real rows aside before a generator is trained."""

from __future__ import annotations

from pathlib import Path

import click

from reidaudit.cli.streams import one_line, write_stdout


@click.command()
@click.argument("real", type=click.Path(path_type=Path))
@click.option(
    "--holdout-fraction",
    type=float,
    required=True,
    metavar="F",
    help="Share of the entities to keep from the generator, between 0 and 1.",
)
@click.option("--entity", metavar="COLUMN", help="Keep all rows with one value of it together.")
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    metavar="N",
    default=0,
    show_default=True,
    help="The same seed gives the same split.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path(),
    help="Folder for train, holdout and split.json; this one if left out.",
)
@click.option("--force", is_flag=True, help="Overwrite files that are there already.")
def split(
    real: Path, holdout_fraction: float, entity: str | None, seed: int, out: Path, force: bool
) -> None:
    """Split REAL at random into train and holdout, before training.

    Train the generator on train alone, and give both to 'reidaudit audit'. Every row is copied as
    it stands. The receipt split.json says how the split was made.
    """
    from reidaudit.data.split import split_file

    receipt = split_file(
        real, out, fraction=holdout_fraction, entity=entity, seed=seed, force=force
    )
    train, holdout = receipt.train, receipt.holdout
    write_stdout(
        f"{one_line(str(out / train.name))}: {_size(train.rows, train.entities)}, "
        "for the generator to learn from\n"
        f"{one_line(str(out / holdout.name))}: {_size(holdout.rows, holdout.entities)}, "
        "to be kept from it\n"
    )


def _size(rows: int, entities: int | None) -> str:
    size = f"{rows:,} row{'' if rows == 1 else 's'}"
    if entities is None:
        return size
    return f"{size} of {entities:,} {'entity' if entities == 1 else 'entities'}"
