"""How we learn: recipe, loader, network, loop, figures, release. Imports datasets and models."""
