--- 庁内のきまり — texts in force and proposals.

-- policy_insert(site text, journal int, hash bytes, content bytes, now int, adopted_by text, proposal int)
INSERT INTO policy_text (site, journal, hash, content, adopted_at, adopted_by, proposal) VALUES (:site, :journal, :hash, :content, :now, :adopted_by, :proposal);

-- policy_in_force(site text) -> one hash bytes, content bytes, adopted_at int, adopted_by text, adopted_by_name text, proposal int
SELECT t.hash, t.content, t.adopted_at, t.adopted_by, COALESCE(p.name, '') AS adopted_by_name, t.proposal FROM policy_text t
LEFT JOIN person p ON p.site = t.site AND p.number = t.adopted_by WHERE t.site = :site ORDER BY t.journal DESC LIMIT 1;

-- policy_by_hash(site text, hash bytes) -> one content bytes
SELECT content FROM policy_text WHERE site = :site AND hash = :hash ORDER BY journal DESC LIMIT 1;

-- proposal_next(site text) -> one next int
SELECT COALESCE(max(number), 0) + 1 AS next FROM policy_proposal WHERE site = :site;

-- proposal_insert(site text, number int, journal int, hash bytes, replaces bytes, object bytes, content bytes, author text, author_unit text,
--	reason text, proposed bytes, now int)
INSERT INTO policy_proposal (site, number, journal, hash, replaces, object, content, author, author_unit, reason, proposed, created_at)
VALUES (:site, :number, :journal, :hash, :replaces, :object, :content, :author, :author_unit, :reason, :proposed, :now);

-- proposal_by_number(site text, number int) -> one number int, hash bytes, replaces bytes, object bytes, content bytes, author text, author_name text,
--	author_unit text, author_unit_name text, reason text, created_at int, state int, approval bytes, decided_by text, decided_by_name text,
--	decided_reason text, decided_at int
SELECT a.number, a.hash, a.replaces, a.object, a.content, a.author, p.name AS author_name, a.author_unit, u.name AS author_unit_name, a.reason,
	a.created_at, a.state, a.approval, a.decided_by, COALESCE(d.name, '') AS decided_by_name, a.decided_reason, a.decided_at
FROM policy_proposal a JOIN person p ON p.site = a.site AND p.number = a.author JOIN unit u ON u.site = a.site AND u.code = a.author_unit
	LEFT JOIN person d ON d.site = a.site AND d.number = a.decided_by
WHERE a.site = :site AND a.number = :number;

-- proposal_signed(site text, number int) -> one replaces bytes, proposed bytes, proposed_signature bytes, approved bytes, approved_signature bytes
SELECT p.replaces, a.statement AS proposed, a.signature AS proposed_signature, d.statement AS approved, d.signature AS approved_signature
FROM policy_proposal p JOIN approval a ON a.site = p.site AND a.hash = p.proposed JOIN approval d ON d.site = p.site AND d.hash = p.approval
WHERE p.site = :site AND p.number = :number;

--- Those in a state, the oldest first.
-- proposals_in_state(site text, state int, most int) -> many number int, object bytes, author text, author_unit text, created_at int
SELECT number, object, author, author_unit, created_at FROM policy_proposal WHERE site = :site AND state = :state ORDER BY number LIMIT :most;

--- Without their texts, the newest first.
-- proposals_listed(site text, before int, most int) -> many number int, hash bytes, author text, author_name text, reason text, created_at int,
--	state int, decided_by_name text, decided_at int
SELECT a.number, a.hash, a.author, p.name AS author_name, a.reason, a.created_at, a.state, COALESCE(d.name, '') AS decided_by_name, a.decided_at
FROM policy_proposal a JOIN person p ON p.site = a.site AND p.number = a.author LEFT JOIN person d ON d.site = a.site AND d.number = a.decided_by
WHERE a.site = :site AND a.number < :before ORDER BY a.number DESC LIMIT :most;

-- proposal_settle(site text, number int, state int, approval bytes, person text, reason text, now int)
UPDATE policy_proposal SET state = :state, approval = :approval, decided_by = :person, decided_reason = :reason, decided_at = :now
WHERE site = :site AND number = :number AND state = 1;

--- Another text is in force now than the one they were written against.
-- proposals_overtake(site text, now int)
UPDATE policy_proposal SET state = 5, decided_at = :now WHERE site = :site AND state = 1;

--- awaits: number of the journal row of its decision if that is not sealed yet; 0 = it is.
-- approval_of_proposal(site text, hash bytes) -> one person text, awaits int
SELECT a.person, CASE WHEN j.no <= e.sealed THEN 0 ELSE j.no END AS awaits FROM approval a
JOIN journal j ON j.site = a.site AND j.position = a.journal JOIN epoch e ON e.site = j.site AND e.epoch = j.epoch
WHERE a.site = :site AND a.hash = :hash;
