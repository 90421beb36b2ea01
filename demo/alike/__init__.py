"""Pictures that look alike, drawn in pairs with the right answer to whether they show the same."""
