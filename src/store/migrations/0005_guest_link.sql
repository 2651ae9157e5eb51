-- Links by which somebody outside hands files in: only the hash of the token is known here.
CREATE TABLE guest_link (
	site TEXT NOT NULL REFERENCES site,
	number INTEGER NOT NULL,
	token_hash BLOB NOT NULL CHECK (length(token_hash) = 32),
	issuer TEXT NOT NULL,
	addressee TEXT NOT NULL,
	purpose TEXT NOT NULL,
	files_most INTEGER NOT NULL,
	bytes_most INTEGER NOT NULL,
	created_at INTEGER NOT NULL,
	expires_at INTEGER NOT NULL,
	revoked_at INTEGER NOT NULL DEFAULT 0,
	journal INTEGER NOT NULL,
	PRIMARY KEY (site, number),
	UNIQUE (site, token_hash),
	FOREIGN KEY (site, issuer) REFERENCES person (site, number),
	FOREIGN KEY (site, addressee) REFERENCES person (site, number),
	FOREIGN KEY (site, journal) REFERENCES journal
) STRICT;
CREATE INDEX guest_link_issuer ON guest_link (site, issuer, number);
ALTER TABLE ticket ADD COLUMN guest_link INTEGER NOT NULL DEFAULT 0;
CREATE INDEX ticket_guest_link ON ticket (site, guest_link, number) WHERE guest_link > 0;
