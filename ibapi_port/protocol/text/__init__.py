"""The text wire: the declarations interpreted field by field, or compiled for one server version."""
