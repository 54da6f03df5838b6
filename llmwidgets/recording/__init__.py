"""A class as a file: what a session held, step by step, and a session that shows it again without the model."""
