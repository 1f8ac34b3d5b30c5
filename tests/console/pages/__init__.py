"""The pages of the console on which a hub is kept: pieces, designs, workshops, first steps, releases."""
