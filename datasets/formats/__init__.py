"""Datasets in and out: COCO, Label Studio, a folder per class, and public sets by name."""
