"""What is wrong with a dataset, and a page that shows it; `command` is the verb."""
