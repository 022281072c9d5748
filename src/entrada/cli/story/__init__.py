"""The story that ``entrada demo`` tells: one program, three places, no change of code."""
