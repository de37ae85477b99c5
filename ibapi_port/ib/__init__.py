"""The interface that returns answers: blocking and asyncio."""
