"""The exchange: at which price an order may fill, what sets it off, and its fills."""
