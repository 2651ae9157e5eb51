-- ポリシー文の提案 — a text that an administrator wants in force, and who decided. state: store/proposal_states.h.
-- proposed, approval: the signed statements of author and decider (table approval). replaces: the text in force when it was written, empty if none.
CREATE TABLE policy_proposal (
	site TEXT NOT NULL REFERENCES site,
	number INTEGER NOT NULL,
	journal INTEGER NOT NULL,
	hash BLOB NOT NULL CHECK (length(hash) = 32),
	replaces BLOB NOT NULL CHECK (length(replaces) IN (0, 32)),
	object BLOB NOT NULL CHECK (length(object) = 32),
	content BLOB NOT NULL,
	author TEXT NOT NULL,
	author_unit TEXT NOT NULL,
	reason TEXT NOT NULL,
	proposed BLOB NOT NULL,
	created_at INTEGER NOT NULL,
	state INTEGER NOT NULL DEFAULT 1,
	approval BLOB NOT NULL DEFAULT x'',
	decided_by TEXT NOT NULL DEFAULT '',
	decided_reason TEXT NOT NULL DEFAULT '',
	decided_at INTEGER NOT NULL DEFAULT 0,
	PRIMARY KEY (site, number),
	FOREIGN KEY (site, journal) REFERENCES journal,
	FOREIGN KEY (site, author) REFERENCES person
) STRICT;
CREATE INDEX policy_proposal_by_state ON policy_proposal (site, state, number);
-- Which proposal a text in force comes from; 0: the operator adopted it at the installation.
ALTER TABLE policy_text ADD COLUMN proposal INTEGER NOT NULL DEFAULT 0;
