"""Where images come in from: folders, archives and manifests read, files kept. Knows no database."""
