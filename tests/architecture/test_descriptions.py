"""Dagster shows every description in both languages: Chinese, a middle dot, English."""

from __future__ import annotations

import re
from collections.abc import Iterator

import dagster as dg

from pipelines.definitions import defs

# of columns the Chinese name may be a usual abbreviation: WAPE, PSI
COLUMN = re.compile(r"[^·]+ · .+", re.DOTALL)
BILINGUAL = re.compile(r"[^·]*[\u4e00-\u9fff][^·]* · .*[A-Za-z]{3}.*", re.DOTALL)


def described() -> Iterator[tuple[str, str]]:
    """Kind and name → description, of everything that Dagster lists."""
    assert defs.jobs and defs.schedules and defs.sensors and defs.assets and defs.asset_checks
    for job in (*defs.jobs, *defs.schedules, *defs.sensors):
        yield f"{type(job).__name__} {job.name}", job.description or ""
    for asset in defs.assets:
        assert isinstance(asset, dg.AssetsDefinition)
        for spec in asset.specs:
            yield f"asset {spec.key.to_user_string()}", spec.description or ""
            for column in spec.metadata["dagster/column_schema"].columns:
                yield f"column {spec.key.to_user_string()}.{column.name}", column.description or ""
    for checks in defs.asset_checks:
        for check in checks.check_specs:
            yield f"check {check.key.to_user_string()}", check.description or ""


def test_every_description_is_in_chinese_and_english() -> None:
    found = dict(described())
    kinds = {name.split(" ")[0] for name in found}
    assert {"asset", "check", "column"} < kinds and len(found) > 500
    wrong = {
        name: text
        for name, text in found.items()
        if not (COLUMN if name.startswith("column ") else BILINGUAL).fullmatch(text)
    }
    assert wrong == {}
