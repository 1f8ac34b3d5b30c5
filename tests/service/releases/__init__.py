"""The releases over HTTP: shown, promoted, rolled back."""
