-- 不在と代理: who is away from when to when, and who acts meanwhile. Withdrawn ones stay on record.
CREATE TABLE absence (
	site TEXT NOT NULL REFERENCES site,
	journal INTEGER NOT NULL,
	number TEXT NOT NULL,
	acting TEXT NOT NULL CHECK (acting <> number),
	valid_from INTEGER NOT NULL,
	valid_to INTEGER NOT NULL CHECK (valid_to > valid_from),
	reason TEXT NOT NULL,
	created_at INTEGER NOT NULL,
	created_by TEXT NOT NULL,
	withdrawn_at INTEGER NOT NULL DEFAULT 0,
	withdrawn_by TEXT NOT NULL DEFAULT '',
	PRIMARY KEY (site, journal),
	FOREIGN KEY (site, journal) REFERENCES journal,
	FOREIGN KEY (site, number) REFERENCES person,
	FOREIGN KEY (site, acting) REFERENCES person (site, number)
) STRICT;
CREATE INDEX absence_of_person ON absence (site, number, valid_to);
CREATE INDEX absence_acting ON absence (site, acting, valid_to);
-- the approvals box of one person: what they decided, newest first
CREATE INDEX approval_person ON approval (site, person);
