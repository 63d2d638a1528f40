"""The solver profiles that come with WAM, and those that a site adds."""
