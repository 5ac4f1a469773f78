"""Simulate a community group-buying platform with known ground truth.

Contains everything that generates data. Not here: anything the pipeline computes; the pipeline
never imports this package and never reads the truth. Import from the modules themselves:
`models.simulate.simulation.simulate`, `models.simulate.config.SimulationConfig`.
"""
