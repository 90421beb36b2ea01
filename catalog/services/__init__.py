"""What people and commands do to the catalogue. Services own transactions and never see a request."""
