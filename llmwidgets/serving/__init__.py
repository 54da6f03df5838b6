"""`llmwidgets serve`: one model for a whole class, run by Ray Serve. See llmwidgets/engines/remote for the notebook's side."""
