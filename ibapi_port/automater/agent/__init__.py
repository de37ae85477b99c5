"""The Java agent: Agent.java, the jar that is built from it, and what builds it."""
