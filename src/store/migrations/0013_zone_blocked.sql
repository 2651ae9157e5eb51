-- 遮った通信 — packets that the rules of the zones refused, by hour and pair of zones; the journal row of an hour says the same. request: of zonesd, so that
-- the same is not counted twice. source "" and target "invalid" or "unnamed": belonged to no flow; came by no zone's interface.
CREATE TABLE zone_blocked (
	site TEXT NOT NULL REFERENCES site,
	hour INTEGER NOT NULL,
	request BLOB NOT NULL CHECK (length(request) = 16),
	source TEXT NOT NULL,
	target TEXT NOT NULL,
	packets INTEGER NOT NULL CHECK (packets > 0),
	created_at INTEGER NOT NULL,
	journal INTEGER NOT NULL,
	PRIMARY KEY (site, hour, request, source, target),
	FOREIGN KEY (site, journal) REFERENCES journal
) STRICT;
