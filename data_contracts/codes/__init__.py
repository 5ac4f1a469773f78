"""Code lists of the exports and of computed tables, one module per capability."""
