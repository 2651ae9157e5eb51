-- 記録の手入れ — running: recordd has the store open, and has not ended in order since; whole_at: when it last read the store whole before opening it.
CREATE TABLE upkeep (
	site TEXT PRIMARY KEY REFERENCES site,
	running INTEGER NOT NULL,
	whole_at INTEGER NOT NULL
) STRICT;
