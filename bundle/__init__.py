"""The offline bundle: made by make.sh where there is a network, installed by install.sh where there is none."""
