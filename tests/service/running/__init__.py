"""The process: started, watched, killed, slow clients, wrong clocks, its contract with clients."""
