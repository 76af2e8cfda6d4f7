"""A table as it comes: its columns made numbers, and an ensemble of networks on them."""
