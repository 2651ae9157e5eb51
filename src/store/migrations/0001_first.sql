-- The first shape of the store. Every record carries its site and the position of the journal row that made it; times are seconds UTC, 0 = open.
-- A position counts the rows of a site through all epochs; a number (no) counts within its epoch.
CREATE TABLE site (
	site TEXT PRIMARY KEY,
	created_at INTEGER NOT NULL
) STRICT;
-- One row per site: the present epoch and the next numbers. Locked by every writing transaction, so there are no gaps.
CREATE TABLE counter (
	site TEXT PRIMARY KEY REFERENCES site,
	epoch BLOB NOT NULL,
	next INTEGER NOT NULL,
	first_position INTEGER NOT NULL,
	next_ticket INTEGER NOT NULL
) STRICT;
CREATE TABLE epoch (
	site TEXT NOT NULL REFERENCES site,
	epoch BLOB NOT NULL CHECK (length(epoch) = 16),
	first_position INTEGER NOT NULL,
	opened_at INTEGER NOT NULL,
	sealed INTEGER NOT NULL DEFAULT 0,
	sealed_at INTEGER NOT NULL DEFAULT 0,
	PRIMARY KEY (site, epoch)
) STRICT;
-- The journal. record and salt are empty where they were lawfully erased; the entry stays.
CREATE TABLE journal (
	site TEXT NOT NULL REFERENCES site,
	position INTEGER NOT NULL,
	epoch BLOB NOT NULL,
	no INTEGER NOT NULL,
	at INTEGER NOT NULL,
	event TEXT NOT NULL,
	actor TEXT NOT NULL,
	post TEXT NOT NULL,
	object TEXT NOT NULL,
	record BLOB NOT NULL,
	salt BLOB NOT NULL,
	entry BLOB NOT NULL,
	PRIMARY KEY (site, position),
	UNIQUE (site, epoch, no),
	FOREIGN KEY (site, epoch) REFERENCES epoch
) STRICT;
CREATE INDEX journal_object ON journal (site, object, position);
CREATE INDEX journal_actor ON journal (site, actor, position);

CREATE TABLE unit (
	site TEXT NOT NULL REFERENCES site,
	code TEXT NOT NULL,
	name TEXT NOT NULL,
	search TEXT NOT NULL,
	parent TEXT NOT NULL,
	valid_from INTEGER NOT NULL,
	valid_to INTEGER NOT NULL,
	created_at INTEGER NOT NULL,
	journal INTEGER NOT NULL,
	PRIMARY KEY (site, code),
	FOREIGN KEY (site, journal) REFERENCES journal
) STRICT;
CREATE TABLE person (
	site TEXT NOT NULL REFERENCES site,
	number TEXT NOT NULL,
	name TEXT NOT NULL,
	kana TEXT NOT NULL,
	search TEXT NOT NULL,
	unit TEXT NOT NULL,
	mail TEXT NOT NULL,
	valid_from INTEGER NOT NULL,
	valid_to INTEGER NOT NULL,
	created_at INTEGER NOT NULL,
	journal INTEGER NOT NULL,
	PRIMARY KEY (site, number),
	FOREIGN KEY (site, unit) REFERENCES unit,
	FOREIGN KEY (site, journal) REFERENCES journal
) STRICT;
CREATE TABLE post_holding (
	site TEXT NOT NULL REFERENCES site,
	number TEXT NOT NULL,
	unit TEXT NOT NULL,
	post TEXT NOT NULL CHECK (post IN ('chief', 'deputy', 'administrator')),
	valid_from INTEGER NOT NULL,
	valid_to INTEGER NOT NULL,
	created_at INTEGER NOT NULL,
	journal INTEGER NOT NULL,
	PRIMARY KEY (site, number, unit, post, valid_from),
	FOREIGN KEY (site, number) REFERENCES person,
	FOREIGN KEY (site, unit) REFERENCES unit,
	FOREIGN KEY (site, journal) REFERENCES journal
) STRICT;
CREATE INDEX post_of_unit ON post_holding (site, unit, post);
CREATE TABLE session (
	site TEXT NOT NULL REFERENCES site,
	token_hash BLOB NOT NULL CHECK (length(token_hash) = 32),
	number TEXT NOT NULL,
	face INTEGER NOT NULL,
	factor TEXT NOT NULL,
	opened_at INTEGER NOT NULL,
	last_seen INTEGER NOT NULL,
	expires_at INTEGER NOT NULL,
	closed_at INTEGER NOT NULL,
	journal INTEGER NOT NULL,
	PRIMARY KEY (site, token_hash),
	FOREIGN KEY (site, number) REFERENCES person,
	FOREIGN KEY (site, journal) REFERENCES journal
) STRICT;

-- What an approver signed, as signed.
CREATE TABLE approval (
	site TEXT NOT NULL REFERENCES site,
	hash BLOB NOT NULL CHECK (length(hash) = 32),
	statement BLOB NOT NULL,
	signature BLOB NOT NULL CHECK (length(signature) = 64),
	person TEXT NOT NULL,
	post TEXT NOT NULL,
	action TEXT NOT NULL,
	reason TEXT NOT NULL,
	signed_at INTEGER NOT NULL,
	created_at INTEGER NOT NULL,
	journal INTEGER NOT NULL,
	PRIMARY KEY (site, hash),
	FOREIGN KEY (site, person) REFERENCES person (site, number),
	FOREIGN KEY (site, journal) REFERENCES journal
) STRICT;
CREATE TABLE ticket (
	site TEXT NOT NULL REFERENCES site,
	number INTEGER NOT NULL,
	request BLOB NOT NULL CHECK (length(request) = 16),
	state INTEGER NOT NULL,
	sender TEXT NOT NULL,
	sender_unit TEXT NOT NULL,
	addressee TEXT NOT NULL,
	purpose TEXT NOT NULL,
	name TEXT NOT NULL,
	bytes INTEGER NOT NULL,
	input BLOB NOT NULL CHECK (length(input) = 32),
	provenance BLOB NOT NULL,
	created_at INTEGER NOT NULL,
	expires_at INTEGER NOT NULL,
	erased_at INTEGER NOT NULL DEFAULT 0,
	journal INTEGER NOT NULL,
	verdict INTEGER NOT NULL DEFAULT 0,
	judged_at INTEGER NOT NULL DEFAULT 0,
	judged_journal INTEGER,
	output_name TEXT NOT NULL DEFAULT '',
	output_bytes INTEGER NOT NULL DEFAULT 0,
	output BLOB NOT NULL DEFAULT (x''),
	report BLOB NOT NULL DEFAULT (x''),
	object BLOB NOT NULL DEFAULT (x''),
	approval BLOB,
	decided_at INTEGER NOT NULL DEFAULT 0,
	decided_journal INTEGER,
	-- quarantine: until when the original is kept encrypted, and who released it on whose word (no command does that yet)
	original_until INTEGER NOT NULL,
	released_at INTEGER NOT NULL DEFAULT 0,
	released_by TEXT NOT NULL DEFAULT '',
	released_reason TEXT NOT NULL DEFAULT '',
	released_journal INTEGER,
	PRIMARY KEY (site, number),
	UNIQUE (site, request),
	FOREIGN KEY (site, sender) REFERENCES person (site, number),
	FOREIGN KEY (site, sender_unit) REFERENCES unit (site, code),
	FOREIGN KEY (site, addressee) REFERENCES person (site, number),
	FOREIGN KEY (site, journal) REFERENCES journal,
	FOREIGN KEY (site, judged_journal) REFERENCES journal,
	FOREIGN KEY (site, approval) REFERENCES approval,
	FOREIGN KEY (site, decided_journal) REFERENCES journal,
	-- approved (4) and what follows it never without a signed statement
	CHECK (state NOT IN (4, 5, 6) OR approval IS NOT NULL)
) STRICT;
CREATE INDEX ticket_sender ON ticket (site, sender, number);
CREATE INDEX ticket_addressee ON ticket (site, addressee, number);
CREATE INDEX ticket_approval ON ticket (site, approval) WHERE approval IS NOT NULL;
CREATE INDEX ticket_state ON ticket (site, state, number);
CREATE UNIQUE INDEX ticket_object ON ticket (site, object) WHERE object <> x'';
CREATE INDEX ticket_term ON ticket (site, expires_at) WHERE erased_at = 0;
CREATE TABLE ticket_fetch (
	site TEXT NOT NULL REFERENCES site,
	request BLOB NOT NULL CHECK (length(request) = 16),
	ticket INTEGER NOT NULL,
	number TEXT NOT NULL,
	is_first INTEGER NOT NULL,
	created_at INTEGER NOT NULL,
	journal INTEGER NOT NULL,
	PRIMARY KEY (site, request),
	FOREIGN KEY (site, ticket) REFERENCES ticket,
	FOREIGN KEY (site, number) REFERENCES person,
	FOREIGN KEY (site, journal) REFERENCES journal
) STRICT;
CREATE INDEX fetch_of_ticket ON ticket_fetch (site, ticket, created_at);

CREATE TABLE policy_text (
	site TEXT NOT NULL REFERENCES site,
	journal INTEGER NOT NULL,
	hash BLOB NOT NULL CHECK (length(hash) = 32),
	content BLOB NOT NULL,
	adopted_at INTEGER NOT NULL,
	adopted_by TEXT NOT NULL,
	PRIMARY KEY (site, journal),
	FOREIGN KEY (site, journal) REFERENCES journal
) STRICT;
-- Refusals of strangers, counted until their minute is over; then one journal row each and gone from here.
CREATE TABLE stranger (
	site TEXT NOT NULL REFERENCES site,
	minute INTEGER NOT NULL,
	kind TEXT NOT NULL,
	source TEXT NOT NULL,
	count INTEGER NOT NULL,
	PRIMARY KEY (site, minute, kind, source)
) STRICT;

-- A ticket with the names that a page shows, without the long pieces.
CREATE VIEW ticket_view AS
SELECT t.site, t.number, t.state, t.sender, s.name AS sender_name, t.sender_unit, su.name AS sender_unit_name, t.addressee,
	r.name AS addressee_name, ru.name AS addressee_unit_name, t.purpose, t.name, t.bytes, t.input, t.created_at AS opened,
	t.expires_at AS expires, t.erased_at AS erased, t.verdict, t.judged_at AS judged, t.output_name, t.output_bytes, t.output, t.object,
	t.decided_at AS decided, COALESCE(a.person, '') AS decided_by, COALESCE(p.name, '') AS decided_by_name,
	COALESCE(a.post, '') AS decided_post, COALESCE(a.reason, '') AS reason,
	CASE WHEN dj.no <= de.sealed THEN 1 ELSE 0 END AS sealed,
	COALESCE((SELECT min(f.created_at) FROM ticket_fetch f WHERE f.site = t.site AND f.ticket = t.number), 0) AS fetched,
	(SELECT count(*) FROM ticket_fetch f WHERE f.site = t.site AND f.ticket = t.number) AS fetches,
	CASE WHEN t.erased_at > 0 THEN 0 ELSE t.original_until END AS original_until,
	oj.no AS journal_opened, COALESCE(vj.no, 0) AS journal_judged, COALESCE(dj.no, 0) AS journal_decided, t.request
FROM ticket t
JOIN person s ON s.site = t.site AND s.number = t.sender
JOIN unit su ON su.site = t.site AND su.code = t.sender_unit
JOIN person r ON r.site = t.site AND r.number = t.addressee
JOIN unit ru ON ru.site = r.site AND ru.code = r.unit
JOIN journal oj ON oj.site = t.site AND oj.position = t.journal
LEFT JOIN journal vj ON vj.site = t.site AND vj.position = t.judged_journal
LEFT JOIN journal dj ON dj.site = t.site AND dj.position = t.decided_journal
LEFT JOIN epoch de ON de.site = dj.site AND de.epoch = dj.epoch
LEFT JOIN approval a ON a.site = t.site AND a.hash = t.approval
LEFT JOIN person p ON p.site = a.site AND p.number = a.person;
