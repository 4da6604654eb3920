"""The membership attacks see what their definitions say, and nothing where nothing leaks."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn.datasets import load_breast_cancer
from small_case import case_of

from reidaudit.attack import Attack, Case, Need, Outcome
from reidaudit.attempts import attempt
from reidaudit.labels import hand_out_labels
from reidaudit.plugins import load_attacks
from reidaudit.vocabulary import Family
from reidaudit_attacks.density_ratio import _kernel_sums
from reidaudit_attacks.key_sets import MOST_KEY_SETS, choose_key_sets, nth_set
from reidaudit_attacks.local_likelihood import shares_of_records

MEMBERSHIP = [a for a in load_attacks() if a.family is Family.MEMBERSHIP_INFERENCE]
NEIGHBOURHOOD = ("plagiarism_index", "monte_carlo", "neighbourhood")


def people(rng: np.random.Generator, n: int) -> pd.DataFrame:
    age = rng.normal(50, 15, n)
    return pd.DataFrame(
        {
            "age": age.round(1),
            "income": rng.lognormal(8 + age / 100, 0.6).round(0),
            "weight": rng.normal(75, 12, n).round(1),
            "job": rng.choice(list("abcdefgh"), n),
            "region": rng.choice(list("NESW"), n, p=[0.5, 0.3, 0.15, 0.05]),
        }
    )


def noisy(train: pd.DataFrame, rng: np.random.Generator, scale: float) -> pd.DataFrame:
    release = train.copy()
    for name in train.select_dtypes("number"):
        release[name] = train[name] + scale * train[name].std() * rng.standard_normal(len(train))
    return release


def outcomes(attack: Attack, case: Case, is_member: np.ndarray) -> list[Outcome]:  # type: ignore[type-arg]
    labels = hand_out_labels(case.entities, is_member, np.random.default_rng(0))
    tried = attempt(attack, case, 0, labels)
    assert tried.error is None
    assert tried.outcomes
    return list(tried.outcomes)


def auc(outcome: Outcome, is_member: np.ndarray) -> float:  # type: ignore[type-arg]
    among = np.ones(len(is_member), dtype=bool) if outcome.among is None else outcome.among
    ours, others = (outcome.values[among & side] for side in (is_member, ~is_member))
    return float(stats.mannwhitneyu(ours, others).statistic) / (len(ours) * len(others))


@pytest.mark.parametrize("attack", MEMBERSHIP, ids=lambda attack: attack.name)
def test_a_generator_that_stays_near_its_people_is_seen(attack: Attack) -> None:
    rng = np.random.default_rng(1)
    train, holdout = people(rng, 500), people(rng, 500)
    case, is_member = case_of(train, noisy(train, rng, 0.01), holdout)
    for outcome in outcomes(attack, case, is_member):
        assert auc(outcome, is_member) > 0.6, outcome.name


@pytest.mark.parametrize("attack", MEMBERSHIP, ids=lambda attack: attack.name)
def test_fresh_people_are_no_leak(attack: Attack) -> None:
    rng = np.random.default_rng(2)
    case, is_member = case_of(*(people(rng, 800) for _ in range(3)))
    for outcome in outcomes(attack, case, is_member):
        assert abs(auc(outcome, is_member) - 0.5) < 0.06, outcome.name


def test_bootstrap_copies_have_the_auc_of_theory() -> None:
    """AUC = c + (1 - c) / 2, where c = 1 - (1 - 1/n)^m of the members are copied at least once."""
    rng = np.random.default_rng(3)
    train, holdout = people(rng, 1500), people(rng, 1500)
    release = train.sample(1500, replace=True, random_state=4)
    case, is_member = case_of(train, release, holdout)
    copied = 1 - (1 - 1 / 1500) ** 1500
    attack = next(a for a in MEMBERSHIP if a.name.endswith("local_likelihood"))
    strongest, total = outcomes(attack, case, is_member)
    for outcome in (strongest, total):
        assert auc(outcome, is_member) == pytest.approx(copied + (1 - copied) / 2, abs=0.03)


class TestLocalLikelihood:
    def test_the_shares_of_a_record_add_up_to_one_at_most(self) -> None:
        rng = np.random.default_rng(5)
        case, _ = case_of(people(rng, 60), people(rng, 80), people(rng, 60))
        (found,) = case.people_near_release("normal", 5)
        person, share = shares_of_records(found, 0.5)
        assert len(person) == 80 * 5
        sums = share.reshape(80, 5).sum(axis=1)
        assert (sums <= 1 + 1e-12).all()
        assert (share >= 0).all()

    def test_who_ties_for_a_record_shares_it(self) -> None:
        table = pd.DataFrame({"a": ["x"] * 12 + ["y"], "b": [1] * 12 + [2]})
        case, _ = case_of(table, table.iloc[[0, 12]], table.iloc[:0].reindex([0, 1]).ffill())
        (found,) = case.people_near_release("normal", 5)
        _, share = shares_of_records(found, 1.0)
        assert share[:5] == pytest.approx(1 / found.ties[0])

    def test_no_refit_is_needed(self) -> None:
        """-log(1 - r) is what the likelihood gains when the target is added to the others."""
        kernel = np.array([0.9, 0.3, 0.05, 0.01])
        share = kernel[0] / kernel.sum()
        without, added = kernel[1:].mean(), kernel.mean()
        gain = np.log(added * 4) - np.log(without * 3)
        assert -np.log1p(-share) == pytest.approx(gain)


class TestLearned:
    def test_it_is_scored_on_people_it_did_not_learn_from(self) -> None:
        rng = np.random.default_rng(6)
        case, is_member = case_of(*(people(rng, 300) for _ in range(3)))
        labels = hand_out_labels(case.entities, is_member, np.random.default_rng(0))
        attack = next(a for a in MEMBERSHIP if Need.LABELS in a.needs)
        (outcome,) = attempt(attack, case, 0, labels).outcomes
        assert outcome.among is not None
        np.testing.assert_array_equal(outcome.among, ~labels.learned_from)
        for side in (is_member, ~is_member):
            assert (labels.learned_from & side).sum() == 150
        # the labels of the scored half change nothing
        other = replace(case, labels=replace(labels, is_member=is_member & labels.learned_from))
        again = next(iter(attack.run(other, np.random.default_rng(1))))
        told = next(iter(attack.run(replace(case, labels=labels), np.random.default_rng(1))))
        np.testing.assert_array_equal(told.values, again.values)

    def test_labels_are_told_to_nobody_else(self) -> None:
        rng = np.random.default_rng(7)
        case, is_member = case_of(*(people(rng, 120) for _ in range(3)))
        labels = hand_out_labels(case.entities, is_member, np.random.default_rng(0))
        seen: list[object] = []

        class Curious:
            name, version, family = "membership_inference.curious", "1", Family.DISCLOSURE
            needs: frozenset[Need] = frozenset()

            def run(self, case: Case, rng: np.random.Generator) -> list[Outcome]:
                seen.append(case.labels)
                return [Outcome.of_scores("any", "Any?", np.zeros(case.n_targets))]

        attempt(Curious(), case, 0, labels)
        assert seen == [None]

    def test_too_few_people_to_learn_from_are_said_to_be_too_few(self) -> None:
        rng = np.random.default_rng(8)
        case, is_member = case_of(*(people(rng, 40) for _ in range(3)))
        labels = hand_out_labels(case.entities, is_member, np.random.default_rng(0))
        attack = next(a for a in MEMBERSHIP if Need.LABELS in a.needs)
        reason = attempt(attack, case, 0, labels).not_run
        assert "it needs 100 members and 100 controls" in str(reason)

    def test_whole_people_are_on_one_side(self) -> None:
        entities = np.repeat(np.arange(50), 4)
        is_member = entities < 20
        labels = hand_out_labels(entities, is_member, np.random.default_rng(0))
        by_person = labels.learned_from.reshape(50, 4)
        assert (by_person.all(axis=1) | ~by_person.any(axis=1)).all()
        assert by_person[:20].all(axis=1).sum() == 10
        assert by_person[20:].all(axis=1).sum() == 15


class TestDensityRatio:
    def test_the_sums_are_those_of_gaussian_kernels(self) -> None:
        rng = np.random.default_rng(9)
        queries, index = rng.normal(size=(300, 3)), rng.normal(size=(2000, 3))
        squared = ((queries[:, None] - index[None]) ** 2).sum(axis=2)
        expected = np.exp(-squared / 2)
        np.testing.assert_allclose(
            _kernel_sums(queries, index, None, 1), expected.sum(axis=1), rtol=1e-4
        )
        owners = (np.arange(300) % 40, np.arange(2000) % 40)
        others = owners[0][:, None] != owners[1][None]
        found = _kernel_sums(queries, index, owners, 2)
        np.testing.assert_allclose(found, (expected * others).sum(axis=1), rtol=1e-4)

    def test_categories_and_constant_columns_leave_a_density(self) -> None:
        rng = np.random.default_rng(10)
        tables = [people(rng, 200).assign(constant=1, flag=True) for _ in range(3)]
        case, is_member = case_of(*tables)
        attack = next(a for a in MEMBERSHIP if a.name.endswith("density_ratio"))
        (outcome,) = outcomes(attack, case, is_member)
        assert len(np.unique(outcome.values)) > 300

    def test_of_very_many_records_some_say_how_dense_the_release_lies(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        rng = np.random.default_rng(12)
        case, is_member = case_of(people(rng, 200), people(rng, 2000), people(rng, 200))
        attack = next(a for a in MEMBERSHIP if a.name.endswith("density_ratio"))
        (whole,) = outcomes(attack, case, is_member)
        monkeypatch.setattr("reidaudit_attacks.density_ratio.MOST_RECORDS", 1000)
        (drawn,) = outcomes(attack, case, is_member)
        assert not np.array_equal(drawn.values, whole.values)
        assert np.corrcoef(drawn.values, whole.values)[0, 1] > 0.9


class TestRareCombination:
    def test_a_pair_that_only_one_person_has_is_found(self) -> None:
        """Values are common and no record is anybody's, and yet pairs of values are."""
        rng = np.random.default_rng(11)

        def table(n: int) -> pd.DataFrame:
            return pd.DataFrame({f"c{i}": rng.integers(0, 30, n) for i in range(4)}).astype(str)

        train, holdout = table(400), table(400)
        left, right = rng.permutation(400), rng.permutation(400)
        release = pd.concat(
            [
                train[["c0", "c1"]].iloc[left].reset_index(drop=True),
                train[["c2", "c3"]].iloc[right].reset_index(drop=True),
            ],
            axis=1,
        )
        case, is_member = case_of(train, release, holdout)
        attack = next(a for a in load_attacks() if a.name == "disclosure.rare_combination")
        (outcome,) = outcomes(attack, case, is_member)
        assert auc(outcome, is_member) > 0.7

    @pytest.mark.parametrize("columns", [2, 3, 14, 15, 60, 1000])
    def test_no_more_sets_are_looked_at_than_may_be(self, columns: int) -> None:
        chosen = choose_key_sets(columns, fewest=2)
        assert 1 <= len(chosen) <= MOST_KEY_SETS
        assert len(set(chosen)) == len(chosen)
        assert all(len(set(together)) == len(together) for together in chosen)
        assert len({column for together in chosen for column in together}) > columns / 2

    @pytest.mark.parametrize("size", [1, 2, 3])
    def test_a_set_is_found_by_its_place(self, size: int) -> None:
        listed = list(combinations(range(7), size))
        assert [nth_set(7, size, place) for place in range(len(listed))] == listed


def test_breast_cancer_trees_give_everybody_away() -> None:
    """scikit-learn's table, every value resampled column by column: AUC 1.00 in the literature."""
    table = load_breast_cancer(as_frame=True).frame.drop(columns="target")
    order = np.random.default_rng(0).permutation(len(table))
    train, holdout = table.iloc[order[:285]], table.iloc[order[285:]]
    rng = np.random.default_rng(1)
    release = pd.DataFrame({name: rng.choice(train[name], len(train)) for name in train})
    case, is_member = case_of(train, release, holdout)
    attack = next(a for a in load_attacks() if a.name == "disclosure.value_reuse")
    for outcome in outcomes(attack, case, is_member):
        assert auc(outcome, is_member) > 0.995
