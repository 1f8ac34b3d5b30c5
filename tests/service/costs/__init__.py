"""Numbers of the network: what is kept of counts, and what is shown of them."""
