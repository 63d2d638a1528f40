"""The service of a node: claims tickets, runs solvers on local scratch, publishes results."""
