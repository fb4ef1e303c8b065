"""RFC 5322 and MIME: messages, addresses, header fields.  Knows nothing of lists."""
