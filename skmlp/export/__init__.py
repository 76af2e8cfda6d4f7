"""Networks from and for other libraries, which are imported where they are used."""
