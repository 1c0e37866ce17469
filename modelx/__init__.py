"""modelx: custody and simulation of model portfolios in 401(k) plans."""
