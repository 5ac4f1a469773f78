"""Change the rules in small ways and count how many of the changes a test notices."""
