"""Bad days, played at length with a real `ubora serve`: each module offers `run(report, seconds) -> bool`.

run(lambda what, came_out: print(f"{what:<40} {came_out}"), seconds=60)

`report` is told every figure as (what, what came out); the answer is whether all held. Nothing is raised.
"""
