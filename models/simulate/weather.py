"""Simulate weather per region and day, with storm days and forecasts; build WEATHER.

A forecast is issued at 18:00 on each of the three days before its day. The export holds only
forecasts issued before the end of the data, so the three days after it have forecasts only.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from data_contracts.codes.context import WeatherWarning
from data_contracts.exports import WEATHER
from models.simulate import arrow
from models.simulate.seasons import Seasons
from models.simulate.simulated_days import DAY_SECONDS, Timeline

STORM_MM = 100.0  # a day with this much rain carries an orange warning: 暴雨
RAIN_MM = 10.0
HOT_CELSIUS = 30.0
COLD_CELSIUS = 5.0
LEADS_DAYS = (3, 2, 1)
ISSUE_HOUR = 18
_LEVELS_MM = (25.0, 50.0, STORM_MM, 180.0)  # blue, yellow, orange, red


@dataclass(frozen=True)
class Weather:
    """Region × day, the future days too."""

    rain_mm: np.ndarray
    temperature: np.ndarray
    humidity: np.ndarray
    wind: np.ndarray
    storm: np.ndarray


def build_weather(
    timeline: Timeline, seasons: Seasons, regions: int, rng: np.random.Generator
) -> Weather:
    """Seasonal temperature with memory, rain that comes in spells, and planted 暴雨 days."""
    shape = (regions, timeline.all_days)
    phase = np.cos(2 * np.pi * (seasons.day_of_year - 205) / 365.25)
    shared = _remembering(rng.normal(0, 2.0, (1, shape[1])), 0.7)
    temperature = 16.5 + 12 * phase + shared + _remembering(rng.normal(0, 0.8, shape), 0.5)
    wetness = 0.27 + 0.13 * phase + 0.25 * np.tanh(_remembering(rng.normal(0, 0.6, shape), 0.6))
    rain = np.where(rng.random(shape) < wetness, rng.gamma(0.7, 11 + 6 * phase, shape), 0.0)
    rain = np.minimum(rain, 0.9 * STORM_MM)
    storm = _storm_days(timeline, seasons, regions, rng)
    rain = np.where(storm, rng.uniform(STORM_MM + 5, 240, shape), rain)
    return Weather(
        rain_mm=np.round(rain, 1),
        temperature=np.round(temperature - 1.5 * (rain > RAIN_MM), 1),
        humidity=np.round(
            np.clip(62 + 14 * phase + 12 * (rain > 0) + rng.normal(0, 6, shape), 15, 100)
        ),
        wind=np.round(np.clip(rng.gamma(4, 0.6, shape) + 4 * storm, 0, 14)),
        storm=storm,
    )


def _remembering(noise: np.ndarray, memory: float) -> np.ndarray:
    """First-order autoregression of noise along the days."""
    result = np.empty_like(noise)
    result[:, 0] = noise[:, 0]
    for day in range(1, noise.shape[1]):
        result[:, day] = memory * result[:, day - 1] + noise[:, day]
    return result


def _storm_days(
    timeline: Timeline, seasons: Seasons, regions: int, rng: np.random.Generator
) -> np.ndarray:
    """About one spell of 1 to 2 days per region and 70 days, mostly in summer; at least one in the
    last two thirds of the data. Never inside the Spring Festival, whose effect stays readable."""
    storm = np.zeros((regions, timeline.all_days), bool)
    weight = np.where((seasons.month >= 5) & (seasons.month <= 9), 4.0, 0.5)
    weight = weight * ~seasons.during_spring * (seasons.before_spring == 0)
    weight[timeline.days :] = 0
    weight[: timeline.days // 3] *= 0.25
    for region in range(regions):
        count = max(1, timeline.days // 70)
        chosen = rng.choice(timeline.all_days, count, replace=False, p=weight / weight.sum())
        storm[region, chosen] = True
        storm[region, np.minimum(chosen + rng.integers(0, 2, count), timeline.days - 1)] = True
    return storm


def warning_level(rain_mm: np.ndarray) -> np.ndarray:
    """0 none to 4 red."""
    return np.digitize(rain_mm, _LEVELS_MM)


def weather_export(
    timeline: Timeline, weather: Weather, region_ids: list[str], rng: np.random.Generator
) -> pa.Table:
    """WEATHER: one observation per day of the data, and the forecasts issued before its end."""
    parts = [_rows(timeline, weather, 0, rng)]
    parts += [_rows(timeline, weather, lead, rng) for lead in LEADS_DAYS]
    joined = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    order = np.lexsort((joined["lead"], joined["region"], joined["day"]))
    rows = {name: values[order] for name, values in joined.items()}
    issued = (rows["day"] - rows["lead"]) * DAY_SECONDS + ISSUE_HOUR * 3600
    return arrow.table_of(
        WEATHER,
        {
            "area_id": arrow.pick(region_ids, rows["region"]),
            "day": arrow.days(timeline, rows["day"]),
            "issued_at": arrow.moments(timeline, issued, rows["lead"] == 0),
            "rain_mm": arrow.reals(rows["rain"]),
            "temperature_celsius": arrow.reals(rows["temperature"]),
            "humidity_percent": arrow.reals(rows["humidity"]),
            "wind_level": arrow.reals(rows["wind"]),
            "warning": arrow.pick(WeatherWarning.values(), warning_level(rows["rain"])),
        },
    )


def _rows(
    timeline: Timeline, weather: Weather, lead: int, rng: np.random.Generator
) -> dict[str, np.ndarray]:
    """Flat rows of one lead time in days; 0 is the observation. Error grows with the lead."""
    regions = len(weather.rain_mm)
    last = timeline.days + lead  # issued on the last day at the latest
    day = np.tile(np.arange(last), regions)
    region = np.repeat(np.arange(regions), last)
    size = len(day)
    rain, temperature = weather.rain_mm[region, day], weather.temperature[region, day]
    humidity, wind = weather.humidity[region, day], weather.wind[region, day]
    if lead:
        missed = rng.random(size) < 0.05 * lead
        false_alarm = (rng.random(size) < 0.04 * lead) & (rain == 0)
        rain = rain * rng.lognormal(0, 0.18 * lead, size)
        rain = np.where(missed & (rain < STORM_MM), 0.0, rain)
        rain = np.where(false_alarm, rng.gamma(0.8, 8, size), rain)
        temperature = temperature + rng.normal(0, 0.7 * lead, size)
        humidity = np.clip(humidity + rng.normal(0, 3 * lead, size), 5, 100)
        wind = np.clip(wind + rng.normal(0, 0.4 * lead, size), 0, 16)
    return {
        "region": region, "day": day, "lead": np.full(size, lead),
        "rain": np.round(np.minimum(rain, 1500), 1), "temperature": np.round(temperature, 1),
        "humidity": np.round(humidity), "wind": np.round(wind),
    }  # fmt: skip
