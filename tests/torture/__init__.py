"""Bad days, played at length with a real `ubora serve`: each module offers `run(report, seconds) -> bool`.

`report` is told every figure as (what, what came out); the answer is whether all held. Nothing is raised.
`make torture` runs all of them.
"""
