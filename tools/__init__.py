"""What the Makefile needs besides programs that are installed."""
