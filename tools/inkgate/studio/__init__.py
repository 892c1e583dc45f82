"""`inkgate studio`: check a studio file, show what the bot will say, chat with it. No server: the pure core alone."""
