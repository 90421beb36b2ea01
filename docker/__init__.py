"""What the image is made with and started by; nothing of it is imported by the product."""
