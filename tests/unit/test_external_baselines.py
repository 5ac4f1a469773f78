"""Baselines in an environment of their own: the script is found, asked, and answered by files."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from assets.evaluate.rolling_origin.baselines import external_forecasts
from data_contracts.errors import LinliError

DAYS = pd.DataFrame({"series_no": [1], "day": [date(2026, 9, 1)], "sold_units": [2.0]})
ANSWER = """#!{python}
import json, pathlib, sys
import pandas as pd
script, folder = map(pathlib.Path, sys.argv[1:])
compile(script.read_text("utf-8"), script.name, "exec")
request = json.loads((folder / "request.json").read_text("utf-8"))
rows = len(pd.read_parquet(folder / "days.parquet"))
units = pd.DataFrame({{"peer": request["peers"], "units": [float(rows)] * len(request["peers"])}})
units.to_parquet(folder / "units.parquet")
print("asked for", *request["origins"])
"""


def _python(folder: Path, text: str) -> str:
    path = folder / "python"
    path.write_text(text, "utf-8")
    path.chmod(0o755)
    return str(path)


def test_the_script_gets_the_days_and_the_request_and_its_answer_comes_back(tmp_path: Path) -> None:
    python = _python(tmp_path, ANSWER.format(python=sys.executable))
    units, lines = external_forecasts(python, DAYS, ["auto_ets"], [date(2026, 9, 1)], 1)
    assert units.to_dict("records") == [{"peer": "auto_ets", "units": 1.0}]
    assert lines == ["asked for 2026-09-01"]


def test_a_failing_environment_says_how_to_recreate_it(tmp_path: Path) -> None:
    python = _python(tmp_path, "#!/bin/sh\necho no such module >&2\nexit 1\n")
    with pytest.raises(LinliError, match="no such module; recreate it with `make peers`"):
        external_forecasts(python, DAYS, ["auto_ets"], [date(2026, 9, 1)], 1)
