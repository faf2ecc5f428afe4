"""What servers import before they fork (server.py), without a look for garbage, of which imports make none."""
