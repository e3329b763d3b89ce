"""How an estate is put together: one module for each kind of thing it holds."""
