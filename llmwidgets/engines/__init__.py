"""Where the numbers come from, behind one Protocol with stated capabilities."""
