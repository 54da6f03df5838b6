"""The pipeline as plain data and functions, one file a stage. Knows nothing of Jupyter, models or devices."""
