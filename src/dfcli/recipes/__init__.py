"""What should be done: recipes as data, without running anything."""
