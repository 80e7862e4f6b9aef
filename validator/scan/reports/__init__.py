"""What is said of samples in, a report out: one module for each form."""
