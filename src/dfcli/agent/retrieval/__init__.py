"""Which operators, templates and recipes may serve a wish that is put in words."""
