"""The model that plans: what it is asked, what it is told of the data, and what becomes of its replies."""
