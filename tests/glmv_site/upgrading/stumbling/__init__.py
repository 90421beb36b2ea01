"""An application whose only migration stumbles over data that an installation really has."""
