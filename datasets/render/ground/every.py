"""Every ground a piece may lie on, by name: (random stream, width of a tile in cm) → Sheet."""

from collections.abc import Callable

from ubora.datasets.render.ground import bench as grounds_bench
from ubora.datasets.render.ground import cloth as grounds_cloth
from ubora.datasets.render.ground import earth as grounds_earth
from ubora.datasets.render.ground import kitenge as grounds_kitenge
from ubora.datasets.render.ground import paper as grounds_paper
from ubora.datasets.render.ground import wood as grounds_wood
from ubora.datasets.render.ground.canvas import SIZE, SQUARE, Sheet
from ubora.datasets.render.noise import Random

__all__ = ["GROUNDS", "SIZE", "SQUARE", "Sheet"]

GROUNDS: dict[str, Callable[[Random, float], Sheet]] = {
    "wood": grounds_wood.planks,
    "driftwood": grounds_wood.driftwood,
    "slice": grounds_wood.polished_slice,
    "painted": grounds_wood.painted,
    "workbench": grounds_wood.burnt_bench,
    "cloth": grounds_cloth.linen,
    "denim": grounds_cloth.denim,
    "knit": grounds_cloth.knit,
    "towel": grounds_cloth.towel,
    "felt": grounds_cloth.felt,
    "velvet": grounds_cloth.velvet,
    "mat": grounds_cloth.mat,
    "leather": grounds_cloth.leather,
    "kitenge": grounds_kitenge.kitenge,
    "paper": grounds_paper.exercise,
    "print": grounds_paper.newspaper,
    "plain": grounds_paper.plain,
    "crumpled": grounds_paper.crumpled,
    "card": grounds_paper.cardboard,
    "stone": grounds_earth.stone,
    "marble": grounds_earth.marble,
    "concrete": grounds_earth.concrete,
    "terrazzo": grounds_earth.terrazzo,
    "tiles": grounds_earth.tiles,
    "sand": grounds_earth.sand,
    "gravel": grounds_earth.gravel,
    "soil": grounds_earth.soil,
    "leaf": grounds_earth.banana_leaf,
    "bench": grounds_bench.steel,
    "cutting-mat": grounds_bench.cutting_mat,
    "glass": grounds_bench.glass,
    "plate": grounds_bench.glaze,
    "polythene": grounds_bench.polythene,
    "bubbles": grounds_bench.bubbles,
    "foam": grounds_bench.foam,
    "lacquer": grounds_bench.lacquer,
}
