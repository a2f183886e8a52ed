"""Group `ingestion`: the raw tables, what fills them, and what watches that they stay filled."""
