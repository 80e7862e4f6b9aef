"""Arguments that take long to analyse: in processes of their own, with a deadline and a limit of memory."""
