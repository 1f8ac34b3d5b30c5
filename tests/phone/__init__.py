"""The artisan's app in a real browser."""
