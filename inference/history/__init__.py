"""What was asked: whose it is, the pictures, the answers as they are written, and how long all of it is kept."""
