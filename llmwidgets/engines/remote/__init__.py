"""A model that `llmwidgets serve` holds on another machine, with everything that a local one gives."""
