"""Asset checks by Great Expectations: the rules of the contracts, applied to stored rows.

One declaration serves twice: `data_contracts.rules` quarantines rows at ingest and becomes
expectations on the day's rows here. In addition there are rules on the day as a whole (schema,
freshness, volume, shift; for a reference table schema and size), and row rules on other days that a
load has changed. Above `sampling.SAMPLE_ROWS` rows a hash sample is checked. A broken key, required
column or schema blocks the steps that read the table; other failures warn.

`asset_checks` has the step that Dagster runs, `suites` the choice of rows and rules, `validate` the
expectations, `history` the bounds from earlier days, `failing_rows` the location of failing rows,
`store` and `checks_page` the files they are written to.
"""
