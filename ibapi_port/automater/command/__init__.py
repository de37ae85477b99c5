"""`python -m ibapi_port gateway`: a Gateway that is kept running by a command, or as a service."""
