"""Frozen records that more than one reader shares: files in JSON, pages, commands and the web.

Contains the fields of the run card and of a list's manifest. Not here: how their values are derived
(`assets/publish`, `models/monitoring`).
"""
