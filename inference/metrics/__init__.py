"""What /metrics tells: counted where it happens, gathered when somebody asks. Knows no addresses and no keys."""
