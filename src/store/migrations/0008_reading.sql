-- Reading where there is much: a ticket knows who decided it (the approval's person once more, as a key to find by), and what a person sent or gets is
-- found by its state, so that the first page costs the same however long the years before were.
ALTER TABLE ticket ADD COLUMN decided_by TEXT NOT NULL DEFAULT '';
UPDATE ticket SET decided_by = COALESCE((SELECT a.person FROM approval a WHERE a.site = ticket.site AND a.hash = ticket.approval), '') WHERE approval IS NOT NULL;
CREATE INDEX ticket_decided_by ON ticket (site, decided_by, number);
CREATE INDEX ticket_sender_state ON ticket (site, sender, state, number);
CREATE INDEX ticket_addressee_state ON ticket (site, addressee, state, number);
-- what is not erased yet is little: quarantine, terms
CREATE INDEX ticket_kept ON ticket (site, state, number) WHERE erased_at = 0;
CREATE INDEX session_person ON session (site, number, closed_at);
CREATE INDEX person_order ON person (site, unit, kana, number);
CREATE INDEX absence_end ON absence (site, valid_to);
DROP VIEW ticket_view;
CREATE VIEW ticket_view AS
SELECT t.site, t.number, t.state, t.sender, s.name AS sender_name, t.sender_unit, su.name AS sender_unit_name, t.addressee,
	r.name AS addressee_name, ru.name AS addressee_unit_name, t.purpose, t.name, t.bytes, t.input, t.created_at AS opened,
	-- what is in quarantine has a term of its own
	CASE WHEN t.state IN (3, 8) THEN t.original_until ELSE t.expires_at END AS expires, t.erased_at AS erased, t.verdict, t.judged_at AS judged,
	t.output_name, t.output_bytes, t.output, t.object, t.decided_at AS decided, t.decided_by, COALESCE(p.name, '') AS decided_by_name,
	COALESCE(a.post, '') AS decided_post, COALESCE(a.reason, '') AS reason,
	CASE WHEN dj.no <= de.sealed THEN 1 ELSE 0 END AS sealed,
	COALESCE((SELECT min(f.created_at) FROM ticket_fetch f WHERE f.site = t.site AND f.ticket = t.number), 0) AS fetched,
	(SELECT count(*) FROM ticket_fetch f WHERE f.site = t.site AND f.ticket = t.number) AS fetches,
	CASE WHEN t.erased_at > 0 THEN 0 ELSE t.original_until END AS original_until,
	oj.no AS journal_opened, COALESCE(vj.no, 0) AS journal_judged, COALESCE(dj.no, 0) AS journal_decided, t.request, t.direction, t.leak
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
LEFT JOIN person p ON p.site = t.site AND p.number = t.decided_by;
