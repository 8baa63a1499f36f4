"""The numbers of the desk, and facts counted over a list: pages, tables and files."""
