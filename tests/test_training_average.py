"""The mean of a run's last weights."""

import torch

from training.average import averaged
from training.network import Network, NetworkSpec
from training.recipe import read_recipe


def _network(value: float) -> Network:
    spec = NetworkSpec.of(read_recipe("tiny"), ("crack",), piece=True, variance=False)
    network = Network(spec)
    with torch.no_grad():
        for held in (*network.parameters(), *network.buffers()):
            held.fill_(int(value) if held.dtype == torch.int64 else value)
    return network


def _said(module: torch.nn.Module) -> set[float]:
    floats = [v for v in module.state_dict().values() if v.is_floating_point()]
    return {round(float(v), 6) for value in floats for v in value.unique()}


def test_an_average_forgets_its_first_weights_soon_and_then_looks_back_over_as_many_steps_as_asked() -> None:
    average = averaged(_network(0.0), steps=50)
    expected = 0.0
    for step, value in enumerate((4.0, 2.0, 7.0, 7.0, 1.0)):
        average.update_parameters(_network(value))
        kept = (1 + step) / (10 + step) if step else 0.0
        expected = kept * expected + (1 - kept) * value
    assert _said(average.module) == {round(expected, 6)}

    late = averaged(_network(0.0), steps=50, taken=1000)
    for _ in range(50):
        late.update_parameters(_network(1.0))
    # After as many steps as it looks back over, e⁻¹ of the old is left.
    assert abs(max(_said(late.module)) - (1 - 0.98**50)) < 1e-5


def test_an_average_of_one_step_is_the_network_itself() -> None:
    average = averaged(_network(0.0), steps=0.2, taken=3)
    average.update_parameters(_network(3.0))
    assert _said(average.module) == {3.0}
