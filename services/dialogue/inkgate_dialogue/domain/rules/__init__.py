"""One module per rule of DOMAIN §3 to §5."""
