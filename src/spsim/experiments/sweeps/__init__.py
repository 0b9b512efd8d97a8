"""Many points of parameters and levers: a design, its points, the parts of its runs, and the folder that keeps them."""
