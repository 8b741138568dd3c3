"""The instructor's side: handing exercises out."""
