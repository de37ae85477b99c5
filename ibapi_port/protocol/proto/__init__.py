"""The Protocol Buffers wire, server versions 201 to 225: the same messages, by field numbers instead of by position."""
