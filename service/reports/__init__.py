"""What a hub looks at each day and each month: the network on one page, and reports to print."""
