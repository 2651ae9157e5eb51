-- 検索 — what tickets are found by: the folded text, its characters and pairs of characters (hashes as # and their first 16 digits), and facts of
-- the report to count by. Kept by recordd with the ticket (ticket_index.c); rows from before are filled in when it opens the store.
CREATE TABLE ticket_text (
	site TEXT NOT NULL REFERENCES site,
	ticket INTEGER NOT NULL,
	content TEXT NOT NULL,
	PRIMARY KEY (site, ticket),
	FOREIGN KEY (site, ticket) REFERENCES ticket
) STRICT;
CREATE TABLE ticket_gram (
	site TEXT NOT NULL,
	gram TEXT NOT NULL,
	ticket INTEGER NOT NULL,
	PRIMARY KEY (site, gram, ticket)
) STRICT, WITHOUT ROWID;
-- kind: format (as recognised), removed (threat id, how many), refusal (its code).
CREATE TABLE ticket_fact (
	site TEXT NOT NULL REFERENCES site,
	ticket INTEGER NOT NULL,
	kind TEXT NOT NULL CHECK (kind IN ('format', 'removed', 'refusal')),
	value TEXT NOT NULL,
	count INTEGER NOT NULL,
	PRIMARY KEY (site, ticket, kind, value),
	FOREIGN KEY (site, ticket) REFERENCES ticket
) STRICT;
CREATE INDEX ticket_day ON ticket (site, created_at);
