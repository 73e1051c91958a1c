"""What ``benchmarks.scoring`` is made of: solutions of real lengths, random models of a shape, ways to score."""
