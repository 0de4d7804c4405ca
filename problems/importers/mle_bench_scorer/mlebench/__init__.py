"""What graders written for mle-bench import."""
