"""Where on a design defects lie: confirmed marks of its pieces, laid over its approved sample."""
