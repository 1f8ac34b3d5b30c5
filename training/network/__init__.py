"""The network: a backbone that stays as ImageNet left it, and small heads that learn beside approved photos.

    spec = NetworkSpec(classes=("scratch", "crack"), piece=True, variance=True)
    network = Network(spec)
    seen = network.encode(network.maps(photos_nhwc_uint8))
    said = network.beside(seen, banks)          # a bank for each photo, of (M, D); none has M = 0

Encoding looks at one photo; comparing holds it against a bank, the cells of approved photos of its design. A
design without approved photos is compared with an empty bank by the same weights.
"""

from ubora.training.network.comparison import Compared, Comparison, Matched, match
from ubora.training.network.encoder import Encoded, Encoder, Maps
from ubora.training.network.network import Network
from ubora.training.network.spec import PIECE_STRIDE, STRIDE, NetworkSpec

__all__ = [
    "PIECE_STRIDE",
    "STRIDE",
    "Compared",
    "Comparison",
    "Encoded",
    "Encoder",
    "Maps",
    "Matched",
    "Network",
    "NetworkSpec",
    "match",
]
