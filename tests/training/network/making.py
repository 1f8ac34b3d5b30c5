"""Small networks, and cells to hold against banks, for tests."""

import torch

from ubora.training.network import Encoded, Network, NetworkSpec

SPEC = NetworkSpec(
    classes=("scratch", "pit"),
    piece=True,
    variance=True,
    grade="features",
    input_size=64,
    first_look=0,
    backbone="plain",
    backbone_width=0.25,
    padding="torchvision",
    piece_width=16,
    descriptor_size=24,
    comparison_width=16,
    comparison_blocks=1,
    embedding_size=16,
    pool_cells=3,
)


def make_network(**changes: object) -> Network:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return Network(SPEC.model_copy(update=changes)).eval()


def some_photos(count: int = 2) -> torch.Tensor:
    generator = torch.Generator().manual_seed(1)
    return torch.randint(0, 256, (count, 64, 64, 3), dtype=torch.uint8, generator=generator)


def as_seen(network: Network, count: int = 2) -> Encoded:
    return network.encode(network.maps(some_photos(count)))


def random_cells(*shape: int, seed: int = 2) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def as_rows(cells: torch.Tensor) -> torch.Tensor:
    """(1, D, h, w) → (h w, D), row by row."""
    return cells[0].flatten(1).T.contiguous()


def all_over(cells: torch.Tensor) -> torch.Tensor:
    """(N, h, w): the piece covers everything."""
    return torch.ones_like(cells[:, 0])


def all_known(count: int) -> torch.Tensor:
    return torch.ones(count, dtype=torch.bool)
