"""The sandbox: stands where WhatsApp and Stripe stand, on loopback, in development only (see README.md here)."""
