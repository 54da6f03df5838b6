"""What is asked in each notebook: a room of checks, and beside it the room of their texts."""
