"""Templates of messages: their language, their versions, and how a message is made of one."""
