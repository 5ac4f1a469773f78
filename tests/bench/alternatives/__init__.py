"""Measurements of libraries that could replace own code (decisions 22 to 25). Never tests."""
