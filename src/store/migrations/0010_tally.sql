-- 件数と一覧 — how many tickets there are of each state and verdict, kept by the store itself with every change: a page that tells them costs the same
-- however many years there are. And a view whose columns cost nothing where nobody asks for them: what a page does not show is not looked up.
CREATE TABLE ticket_tally (
	site TEXT NOT NULL REFERENCES site,
	state INTEGER NOT NULL,
	verdict INTEGER NOT NULL,
	tickets INTEGER NOT NULL,
	PRIMARY KEY (site, state, verdict)
) STRICT, WITHOUT ROWID;
INSERT INTO ticket_tally (site, state, verdict, tickets) SELECT site, state, verdict, count(*) FROM ticket GROUP BY site, state, verdict;
CREATE TRIGGER ticket_tally_opened AFTER INSERT ON ticket
BEGIN
	INSERT INTO ticket_tally (site, state, verdict, tickets) VALUES (NEW.site, NEW.state, NEW.verdict, 1)
	ON CONFLICT (site, state, verdict) DO UPDATE SET tickets = tickets + 1;
END;
CREATE TRIGGER ticket_tally_changed AFTER UPDATE OF state, verdict ON ticket WHEN NEW.state <> OLD.state OR NEW.verdict <> OLD.verdict
BEGIN
	UPDATE ticket_tally SET tickets = tickets - 1 WHERE site = OLD.site AND state = OLD.state AND verdict = OLD.verdict;
	INSERT INTO ticket_tally (site, state, verdict, tickets) VALUES (NEW.site, NEW.state, NEW.verdict, 1)
	ON CONFLICT (site, state, verdict) DO UPDATE SET tickets = tickets + 1;
END;
-- What waits for a decision is little at any time; whose it may be is told by the index alone.
CREATE INDEX ticket_waiting ON ticket (site, state, number, sender_unit) WHERE state = 2;
CREATE INDEX ticket_waiting_unit ON ticket (site, state, sender_unit, number, sender, expires_at) WHERE state = 2;
CREATE INDEX unit_parent ON unit (site, parent);
-- what a person sent or gets is judged before it is looked up
DROP INDEX ticket_sender;
CREATE INDEX ticket_sender ON ticket (site, sender, number, direction);
DROP INDEX ticket_addressee;
CREATE INDEX ticket_addressee ON ticket (site, addressee, number, state);
CREATE INDEX epoch_position ON epoch (site, first_position);
DROP VIEW ticket_view;
CREATE VIEW ticket_view AS
SELECT t.site, t.number, t.state, t.sender, s.name AS sender_name, t.sender_unit, su.name AS sender_unit_name, t.addressee,
	r.name AS addressee_name, ru.name AS addressee_unit_name, t.purpose, t.name, t.bytes, t.input, t.created_at AS opened,
	-- what is in quarantine has a term of its own
	CASE WHEN t.state IN (3, 8) THEN t.original_until ELSE t.expires_at END AS expires, t.erased_at AS erased, t.verdict, t.judged_at AS judged,
	t.output_name, t.output_bytes, t.output, t.object, t.decided_at AS decided, t.decided_by, COALESCE(p.name, '') AS decided_by_name,
	COALESCE(a.post, '') AS decided_post, COALESCE(a.reason, '') AS reason,
	-- the positions of an epoch begin at its first one: no look into the journal
	COALESCE((SELECT CASE WHEN t.decided_journal < e.first_position + e.sealed THEN 1 ELSE 0 END FROM epoch e
		WHERE e.site = t.site AND e.first_position <= t.decided_journal ORDER BY e.first_position DESC LIMIT 1), 0) AS sealed,
	COALESCE((SELECT min(f.created_at) FROM ticket_fetch f WHERE f.site = t.site AND f.ticket = t.number), 0) AS fetched,
	(SELECT count(*) FROM ticket_fetch f WHERE f.site = t.site AND f.ticket = t.number) AS fetches,
	CASE WHEN t.erased_at > 0 THEN 0 ELSE t.original_until END AS original_until,
	COALESCE((SELECT j.no FROM journal j WHERE j.site = t.site AND j.position = t.journal), 0) AS journal_opened,
	COALESCE((SELECT j.no FROM journal j WHERE j.site = t.site AND j.position = t.judged_journal), 0) AS journal_judged,
	COALESCE((SELECT j.no FROM journal j WHERE j.site = t.site AND j.position = t.decided_journal), 0) AS journal_decided,
	t.request, t.direction, t.leak, t.hand_in, t.approval
FROM ticket t
LEFT JOIN person s ON s.site = t.site AND s.number = t.sender
LEFT JOIN unit su ON su.site = t.site AND su.code = t.sender_unit
LEFT JOIN person r ON r.site = t.site AND r.number = t.addressee
LEFT JOIN unit ru ON ru.site = r.site AND ru.code = r.unit
LEFT JOIN approval a ON a.site = t.site AND a.hash = t.approval
LEFT JOIN person p ON p.site = t.site AND p.number = t.decided_by;
