"""The text wire: declarations interpreted field by field, or compiled for one server version."""
