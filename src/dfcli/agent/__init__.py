"""From a sentence to a recipe."""
