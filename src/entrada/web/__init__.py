"""For Python web apps and APIs: who calls, and how people sign in."""
