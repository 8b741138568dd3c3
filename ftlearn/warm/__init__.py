"""Warm processes: TensorFlow and Keras imported once, then forked for each notebook."""
