"""Mixed-type tabular data: an encoder of the columns, and an ensemble of networks on them."""
