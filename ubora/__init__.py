"""Ubora, installed: one package whose rooms are the folders of the checkout, by links.

    from ubora.models.inference.inspector import Inspector

The rooms lie at the top of the checkout. What is installed takes one name: others have a `datasets` too.
"""
