"""The process behind ``make demo`` and ``make serve``: it starts the product's processes and leaves none behind."""
