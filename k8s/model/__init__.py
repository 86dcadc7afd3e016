"""An evening of the cluster in numbers: who comes, how many hubs there are, and what it costs."""
