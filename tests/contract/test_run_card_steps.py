"""Every code a step or a rule can put on the run card says how soon to look at it, and at what."""

from __future__ import annotations

import re
from pathlib import Path

from models.monitoring.next_steps import STEPS, Urgency
from tests.architecture.test_house import ROOT

_CODES = re.compile(
    r'(?:run\.fallback|_degraded|_unusable|Reason)\(\s*(?:Verdict\.\w+,\s*)?"(\w+)"'
)
_TUPLES = re.compile(r'": \(\s*"(\w+_unknown)",')
_OF_THE_OPEN_DAY = "nowcast_"  # on no run card


def _sources() -> list[Path]:
    return [*(ROOT / "assets").rglob("*.py"), *(ROOT / "models").rglob("*.py")]


def test_every_code_has_a_step() -> None:
    found: set[str] = set()
    for path in _sources():
        text = path.read_text("utf-8")
        found |= set(_CODES.findall(text)) | set(_TUPLES.findall(text))
    assert len(found) > 40, "the pattern finds the codes no more"
    missing = {code for code in found - set(STEPS) if not code.startswith(_OF_THE_OPEN_DAY)}
    assert missing == set()


def test_what_is_to_be_done_now_says_how_in_both_languages() -> None:
    for code, step in STEPS.items():
        assert bool(step.step) == bool(step.step_zh), code
        assert step.step or step.urgency is not Urgency.ACT, code
