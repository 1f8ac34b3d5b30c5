"""A mean of the weights of a run's last steps, which jump about less than the last ones do.

    average = averaged(network, steps=184)
    average.update_parameters(network)      # after each step
    average.module                          # what is validated, kept and released

Batch norm's statistics are averaged along. Source: exponential mean as in Tarvainen, Valpola, "Mean teachers
are better role models", 2017, with the warm-up that is usual since: early weights are soon forgotten.
"""

from torch import Tensor
from torch.optim.swa_utils import AveragedModel

from training.network import Network


def averaged(network: Network, steps: float, taken: int = 0) -> AveragedModel:
    """A mean that looks back over about so many steps, at first its network's weights.

    Args:
        steps: at least 1.
        taken: how many steps it has seen.
    """

    def mixed(old: Tensor, new: Tensor, seen: Tensor | int) -> Tensor:
        kept = min(1 - 1 / max(steps, 1.0), (1 + int(seen)) / (10 + int(seen)))
        return old * kept + new * (1 - kept)

    average = AveragedModel(network, avg_fn=mixed, use_buffers=True)
    average.n_averaged.fill_(taken)
    return average
