"""What the doctor says, and of what."""
