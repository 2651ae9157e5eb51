--- 受渡の票 — tickets, their decisions and fetches.

--- Both from what the store keeps count of itself (ticket_tally).
-- tickets_counted(site text) -> many state int, count int
SELECT state, sum(tickets) AS count FROM ticket_tally WHERE site = :site GROUP BY state ORDER BY state;

-- ticket_verdicts(site text) -> many verdict int, count int
SELECT verdict, sum(tickets) AS count FROM ticket_tally WHERE site = :site GROUP BY verdict ORDER BY verdict;

-- ticket_number(site text) -> one number int
UPDATE counter SET next_ticket = next_ticket + 1 WHERE site = :site RETURNING next_ticket - 1 AS number;

-- ticket_insert(site text, number int, request bytes, state int, sender text, sender_unit text, addressee text, purpose text, name text,
--	bytes int, input bytes, provenance bytes, now int, expires int, journal int, hand_in bytes, guest_link int,
--	direction int, leak int, refused_days int)
INSERT INTO ticket (site, number, request, state, sender, sender_unit, addressee, purpose, name, bytes, input, provenance, created_at,
	expires_at, journal, original_until, hand_in, guest_link, direction, leak, refused_days)
VALUES (:site, :number, :request, :state, :sender, :sender_unit, :addressee, :purpose, :name, :bytes, :input, :provenance, :now,
	:expires, :journal, :expires, :hand_in, :guest_link, :direction, :leak, :refused_days);

-- tickets_of_hand_in(site text, number int) -> many number int
SELECT t.number FROM ticket t JOIN ticket n ON n.site = t.site AND n.hand_in = t.hand_in
WHERE n.site = :site AND n.number = :number ORDER BY t.number;

--- Of ticket_view: all of a ticket; and what a line of a list shows.
-- {whole}
number, state, sender, sender_name, sender_unit, sender_unit_name, addressee, addressee_name, addressee_unit_name, purpose, name,
	bytes, input, opened, expires, erased, verdict, judged, output_name, output_bytes, output, object, decided, decided_by, decided_by_name,
	decided_post, reason, sealed, fetched, fetches, original_until, journal_opened, journal_judged, journal_decided,
	direction, leak;

-- {listed}
number, state, sender, sender_name, sender_unit, sender_unit_name, addressee, addressee_name, addressee_unit_name, purpose, name,
	bytes, input, opened, expires, erased, verdict, judged, output_name, output_bytes, output, object, decided, decided_by, decided_by_name,
	decided_post, reason, sealed, fetched, original_until, direction, leak;

-- ticket_by_number(site text, number int) -> one number int, state int, sender text, sender_name text, sender_unit text, sender_unit_name text,
--	addressee text, addressee_name text, addressee_unit_name text, purpose text, name text, bytes int, input bytes, opened int, expires int,
--	erased int, verdict int, judged int, output_name text, output_bytes int, output bytes, object bytes, decided int, decided_by text,
--	decided_by_name text, decided_post text, reason text, sealed int, fetched int, fetches int, original_until int, journal_opened int,
--	journal_judged int, journal_decided int, direction int, leak int
SELECT {whole} FROM ticket_view WHERE site = :site AND number = :number;

--- As a line of a list: without the numbers of its journal rows, which cost a look into the journal each.
-- ticket_listed(site text, number int) -> one number int, state int, sender text, sender_name text, sender_unit text, sender_unit_name text,
--	addressee text, addressee_name text, addressee_unit_name text, purpose text, name text, bytes int, input bytes, opened int, expires int,
--	erased int, verdict int, judged int, output_name text, output_bytes int, output bytes, object bytes, decided int, decided_by text,
--	decided_by_name text, decided_post text, reason text, sealed int, fetched int, original_until int, direction int, leak int
SELECT {listed} FROM ticket_view WHERE site = :site AND number = :number;

-- ticket_by_request(site text, request bytes) -> one like ticket_by_number
SELECT {whole} FROM ticket_view WHERE site = :site AND request = :request;

-- ticket_by_object(site text, object bytes) -> one like ticket_by_number
SELECT {whole} FROM ticket_view WHERE site = :site AND object = :object AND object <> x'';

--- Where it stands in the journal, and how often it was fetched.
-- ticket_traces(site text, number int) -> one fetches int, journal_opened int, journal_judged int, journal_decided int
SELECT fetches, journal_opened, journal_judged, journal_decided FROM ticket_view WHERE site = :site AND number = :number;

-- ticket_details(site text, number int) -> one provenance bytes, report bytes, statement bytes, signature bytes
SELECT t.provenance, t.report, COALESCE(a.statement, x'') AS statement, COALESCE(a.signature, x'') AS signature
FROM ticket t LEFT JOIN approval a ON a.site = t.site AND a.hash = t.approval WHERE t.site = :site AND t.number = :number;

-- ticket_judge(site text, number int, was int, state int, verdict int, output_name text, output_bytes int, output bytes, report bytes,
--	object bytes, now int, journal int)
UPDATE ticket SET state = :state, verdict = :verdict, output_name = :output_name, output_bytes = :output_bytes, output = :output,
	report = :report, object = :object, judged_at = :now, judged_journal = :journal,
	original_until = CASE WHEN :verdict = 3 THEN :now + refused_days * 86400 ELSE original_until END
WHERE site = :site AND number = :number AND state = :was;

-- ticket_settle(site text, number int, was int, state int, approval bytes, person text, now int, journal int)
UPDATE ticket SET state = :state, approval = :approval, decided_by = :person, decided_at = :now, decided_journal = :journal
WHERE site = :site AND number = :number AND state = :was;

--- The original goes out after all: time enough to fetch it.
-- ticket_release(site text, number int, until int)
UPDATE ticket SET original_until = CASE WHEN original_until < :until THEN :until ELSE original_until END WHERE site = :site AND number = :number;

--- In quarantine and not erased, newest first; refused ones and those released.
-- tickets_quarantined(site text, now int, before int, most int) -> many like ticket_listed
SELECT {listed} FROM ticket_view WHERE site = :site AND number IN (SELECT t.number FROM ticket t
	WHERE t.site = :site AND t.state IN (3, 8) AND t.erased_at = 0 AND t.original_until > :now AND +t.number < :before ORDER BY +t.number DESC LIMIT :most)
ORDER BY number DESC;

--- Released lately from a unit: shown to its chief.
-- tickets_released(site text, unit text, since int, most int) -> many like ticket_listed
SELECT {listed} FROM ticket_view WHERE site = :site AND state = 8 AND sender_unit = :unit AND decided >= :since ORDER BY number DESC LIMIT :most;

-- ticket_password(site text, number int) -> one number int, state int, tries int
SELECT number, state, password_tries AS tries FROM ticket WHERE site = :site AND number = :number;

-- ticket_lock(site text, number int, was int, state int, tries int)
UPDATE ticket SET state = :state, password_tries = :tries WHERE site = :site AND number = :number AND state = :was;

-- ticket_move(site text, number int, was int, state int)
UPDATE ticket SET state = :state WHERE site = :site AND number = :number AND state = :was;

-- ticket_erase(site text, number int, was int, state int, now int)
UPDATE ticket SET state = :state, erased_at = :now WHERE site = :site AND number = :number AND state = :was AND erased_at = 0;

-- approval_insert(site text, hash bytes, statement bytes, signature bytes, person text, post text, action text, reason text, signed_at int,
--	now int, journal int)
INSERT INTO approval (site, hash, statement, signature, person, post, action, reason, signed_at, created_at, journal)
VALUES (:site, :hash, :statement, :signature, :person, :post, :action, :reason, :signed_at, :now, :journal);

--- awaits: the highest number of its decisions that is not sealed yet; 0 = all are.
-- approval_by_hash(site text, hash bytes) -> one person text, awaits int
SELECT a.person, COALESCE((SELECT max(CASE WHEN j.no <= e.sealed THEN 0 ELSE j.no END) FROM ticket t
	JOIN journal j ON j.site = t.site AND j.position = t.decided_journal JOIN epoch e ON e.site = j.site AND e.epoch = j.epoch
	WHERE t.site = a.site AND t.approval = a.hash), 0) AS awaits
FROM approval a WHERE a.site = :site AND a.hash = :hash;

-- fetch_insert(site text, request bytes, ticket int, number text, is_first int, now int, journal int)
INSERT INTO ticket_fetch (site, request, ticket, number, is_first, created_at, journal)
VALUES (:site, :request, :ticket, :number, :is_first, :now, :journal);

-- fetch_by_request(site text, request bytes) -> one ticket int, number text, is_first int
SELECT ticket, number, is_first FROM ticket_fetch WHERE site = :site AND request = :request;

-- fetches_of(site text, ticket int) -> many ticket int, number text, person_name text, at int
SELECT f.ticket, f.number, p.name AS person_name, f.created_at AS at FROM ticket_fetch f
JOIN person p ON p.site = f.site AND p.number = f.number WHERE f.site = :site AND f.ticket = :ticket ORDER BY f.journal;

-- tickets_sent(site text, sender text, direction int, before int, most int) -> many like ticket_listed
SELECT {listed} FROM ticket_view WHERE site = :site AND sender = :sender AND direction = :direction AND number < :before ORDER BY number DESC LIMIT :most;

--- What its sender sees of it, and how many files the act had; full: with what was taken out and the reason of who decided.
-- {passage}
t.number, t.state, t.addressee, t.addressee_name, t.purpose, t.name, t.bytes, t.opened, t.expires, t.erased, t.verdict, t.output_name,
	CASE WHEN :full = 1 THEN COALESCE((SELECT a.reason FROM approval a WHERE a.site = t.site AND a.hash = t.approval), '') ELSE '' END AS reason,
	CASE WHEN :full = 1 THEN COALESCE((SELECT sum(f.count) FROM ticket_fact f WHERE f.site = t.site AND f.ticket = t.number AND f.kind = 'removed'), 0)
		ELSE 0 END AS removed,
	(SELECT count(*) FROM ticket h WHERE h.site = t.site AND h.hand_in = t.hand_in) AS files;

-- passage(site text, full int, number int) -> one number int, state int, addressee text, addressee_name text, purpose text, name text, bytes int,
--	opened int, expires int, erased int, verdict int, output_name text, reason text, removed int, files int
SELECT {passage} FROM ticket_view t WHERE site = :site AND number = :number;

-- passages_outward(site text, full int, sender text, before int, most int) -> many like passage
SELECT {passage} FROM ticket_view t WHERE site = :site AND sender = :sender AND direction = 2 AND number < :before ORDER BY number DESC LIMIT :most;

-- passages_of_hand_in(site text, full int, number int) -> many like passage
SELECT {passage} FROM ticket_view t WHERE site = :site AND hand_in = (SELECT n.hand_in FROM ticket n WHERE n.site = :site AND n.number = :number) ORDER BY number;

--- What this person wrote before, the latest first.
-- purposes_of(site text, sender text, most int) -> many purpose text
SELECT purpose FROM (SELECT purpose, number FROM ticket WHERE site = :site AND sender = :sender ORDER BY number DESC LIMIT 50) AS latest
GROUP BY purpose ORDER BY max(number) DESC LIMIT :most;

--- 4 approved, 6 fetched, 7 expired (with a decision: it was approved before).
-- tickets_inbox(site text, addressee text, before int, most int) -> many like ticket_listed
SELECT {listed} FROM ticket_view WHERE site = :site AND addressee = :addressee AND direction = 1 AND +state IN (4, 6, 7, 8) AND decided > 0 AND number < :before
ORDER BY number DESC LIMIT :most;

-- tickets_decided(site text, person text, before int, most int) -> many like ticket_listed
SELECT {listed} FROM ticket_view WHERE site = :site AND decided_by = :person AND number < :before ORDER BY number DESC LIMIT :most;

-- tickets_by_state(site text, state int, before int, most int) -> many like ticket_listed
SELECT {listed} FROM ticket_view WHERE site = :site AND (:state = 0 OR state = :state) AND number < :before ORDER BY number DESC LIMIT :most;

-- tickets_waiting(site text, unit text, now int) -> many number int, sender text
SELECT number, sender FROM ticket WHERE site = :site AND state = 2 AND sender_unit = :unit AND expires_at > :now ORDER BY number;

-- tickets_unjudged(site text, most int) -> many number int
SELECT number FROM ticket WHERE site = :site AND state = 1 AND erased_at = 0 ORDER BY number LIMIT :most;

-- tickets_overdue(site text, now int, most int) -> many number int
SELECT number FROM ticket WHERE site = :site AND erased_at = 0 AND state > 0
	AND CASE WHEN state IN (3, 8) THEN original_until ELSE expires_at END <= :now ORDER BY +number LIMIT :most;

--- To be fetched; the oldest, and how many end before `soon`.
-- inbox_counted(site text, addressee text, now int, soon int) -> one count int, oldest int, since int, soon_count int
SELECT count(*) AS count, COALESCE(min(number), 0) AS oldest, COALESCE(min(decided_at), 0) AS since,
	COALESCE(sum(CASE WHEN expires_at <= :soon THEN 1 ELSE 0 END), 0) AS soon_count
FROM ticket WHERE site = :site AND addressee = :addressee AND state IN (4, 8) AND direction = 1
	AND (state = 4 AND expires_at > :now OR state = 8 AND original_until > :now AND NOT EXISTS (SELECT 1 FROM ticket_fetch f
		WHERE f.site = ticket.site AND f.ticket = ticket.number));

--- Sent back or refused lately, or waiting for its password (the newest of them), and what is under way (the oldest of it).
-- sent_counted(site text, sender text, since int) -> one back int, back_newest int, under_way int, under_way_oldest int
SELECT COALESCE(sum(CASE WHEN state = 9 OR state = 5 AND decided_at >= :since OR state = 3 AND judged_at >= :since THEN 1 ELSE 0 END), 0) AS back,
	COALESCE(max(CASE WHEN state = 9 OR state = 5 AND decided_at >= :since OR state = 3 AND judged_at >= :since THEN number END), 0) AS back_newest,
	COALESCE(sum(CASE WHEN state IN (1, 2) THEN 1 ELSE 0 END), 0) AS under_way,
	COALESCE(min(CASE WHEN state IN (1, 2) THEN number END), 0) AS under_way_oldest
FROM ticket WHERE site = :site AND sender = :sender AND state IN (1, 2, 3, 5, 9);

--- Sent back or refused since a time, or waiting for its password: what its sender has to look at.
-- tickets_back(site text, sender text, since int, most int) -> many like ticket_listed
SELECT {listed} FROM ticket_view WHERE site = :site AND sender = :sender AND state IN (3, 5, 9) AND (state = 9 OR state = 5 AND decided >= :since OR state = 3 AND judged >= :since)
ORDER BY +number DESC LIMIT :most;

--- To be fetched, and its end is near: the nearest first.
-- tickets_expiring(site text, addressee text, now int, soon int, most int) -> many like ticket_listed
SELECT {listed} FROM ticket_view WHERE site = :site AND addressee = :addressee AND state = 4 AND direction = 1 AND expires > :now AND expires <= :soon
ORDER BY expires, number LIMIT :most;
