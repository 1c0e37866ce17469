"""modelx: custody and simulation of model portfolios in 401(k) plans."""

__version__ = "0.1.0"
