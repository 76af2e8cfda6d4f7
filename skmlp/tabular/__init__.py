"""Tables as they come: numbers, categories and dates, with holes."""
