"""Every tunable number, frozen, one module per subject, unit in the name, source beside it."""
