"""Evaluation 综合评价: what the loop achieved, by indicators that anybody can check by hand."""
