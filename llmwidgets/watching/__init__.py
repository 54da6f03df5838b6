"""What the user's own code does with a model, seen without touching it."""
