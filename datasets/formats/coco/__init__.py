"""COCO instances: what they look like, in and out."""
