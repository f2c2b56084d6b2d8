"""How good the agent is: tasks with hidden checks on the rows that its recipes make, and the measure of them."""
