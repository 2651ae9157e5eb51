--- 組織・職員・職 — organisation, people, posts, sessions.

-- unit_insert(site text, code text, name text, search text, parent text, now int, journal int)
INSERT INTO unit (site, code, name, search, parent, valid_from, valid_to, created_at, journal)
VALUES (:site, :code, :name, :search, :parent, :now, 0, :now, :journal);

-- unit_by_code(site text, code text) -> one code text, name text, parent text, valid_from int, valid_to int
SELECT code, name, parent, valid_from, valid_to FROM unit WHERE site = :site AND code = :code;

-- units(site text) -> many like unit_by_code
SELECT code, name, parent, valid_from, valid_to FROM unit WHERE site = :site ORDER BY code;

-- units_people(site text, now int) -> many unit text, count int
SELECT unit, count(*) AS count FROM person WHERE site = :site AND valid_from <= :now AND (valid_to = 0 OR valid_to > :now) GROUP BY unit ORDER BY unit;

-- unit_change(site text, code text, name text, search text, parent text)
UPDATE unit SET name = :name, search = :search, parent = :parent WHERE site = :site AND code = :code AND valid_to = 0;

-- unit_close(site text, code text, now int)
UPDATE unit SET valid_to = :now WHERE site = :site AND code = :code AND valid_to = 0;

--- Who or what still stands in the way of closing it.
-- unit_used(site text, unit text, now int) -> one people int, posts int, units int, waiting int
SELECT (SELECT count(*) FROM person p WHERE p.site = :site AND p.unit = :unit AND (p.valid_to = 0 OR p.valid_to > :now)) AS people,
	(SELECT count(*) FROM post_holding h WHERE h.site = :site AND h.unit = :unit AND (h.valid_to = 0 OR h.valid_to > :now)) AS posts,
	(SELECT count(*) FROM unit u WHERE u.site = :site AND u.parent = :unit AND u.valid_to = 0) AS units,
	(SELECT count(*) FROM ticket t WHERE t.site = :site AND t.state IN (1, 2, 9) AND t.sender_unit = :unit) AS waiting;

-- person_insert(site text, number text, name text, kana text, search text, unit text, mail text, now int, journal int)
INSERT INTO person (site, number, name, kana, search, unit, mail, valid_from, valid_to, created_at, journal)
VALUES (:site, :number, :name, :kana, :search, :unit, :mail, :now, 0, :now, :journal);

-- person_by_number(site text, number text, now int) -> one number text, name text, kana text, unit text, unit_name text, mail text,
--	valid_from int, valid_to int, is_chief int, is_administrator int
SELECT p.number, p.name, p.kana, p.unit, u.name AS unit_name, p.mail, p.valid_from, p.valid_to,
	EXISTS (SELECT 1 FROM post_holding h WHERE h.site = p.site AND h.number = p.number AND h.post IN ('chief', 'deputy')
		AND h.valid_from <= :now AND (h.valid_to = 0 OR h.valid_to > :now))
		OR EXISTS (SELECT 1 FROM absence a JOIN post_holding h ON h.site = a.site AND h.number = a.number AND h.post = 'chief'
		WHERE a.site = p.site AND a.acting = p.number AND a.withdrawn_at = 0 AND a.valid_from <= :now AND a.valid_to > :now
		AND h.valid_from <= :now AND (h.valid_to = 0 OR h.valid_to > :now)) AS is_chief,
	EXISTS (SELECT 1 FROM post_holding h WHERE h.site = p.site AND h.number = p.number AND h.post = 'administrator'
		AND h.valid_from <= :now AND (h.valid_to = 0 OR h.valid_to > :now)) AS is_administrator
FROM person p JOIN unit u ON u.site = p.site AND u.code = p.unit
WHERE p.site = :site AND p.number = :number;

--- Four words, each a LIKE pattern over the folded text of the person and of the unit; '%' for none.
-- {people_found}
person p JOIN unit u ON u.site = p.site AND u.code = p.unit
WHERE p.site = :site AND p.valid_from <= :now AND (p.valid_to = 0 OR p.valid_to > :now)
	AND (p.search LIKE :word1 ESCAPE '\' OR u.search LIKE :word1 ESCAPE '\')
	AND (p.search LIKE :word2 ESCAPE '\' OR u.search LIKE :word2 ESCAPE '\')
	AND (p.search LIKE :word3 ESCAPE '\' OR u.search LIKE :word3 ESCAPE '\')
	AND (p.search LIKE :word4 ESCAPE '\' OR u.search LIKE :word4 ESCAPE '\');

--- As somebody is chosen: no more than is shown there.
-- people_named(site text, now int, word1 text, word2 text, word3 text, word4 text, most int) -> many number text, name text, kana text, unit_name text
SELECT p.number, p.name, p.kana, u.name AS unit_name FROM {people_found} ORDER BY p.unit, p.kana, p.number LIMIT :most;

-- people_found(site text, now int, word1 text, word2 text, word3 text, word4 text, most int) -> many like person_by_number
SELECT p.number, p.name, p.kana, p.unit, u.name AS unit_name, p.mail, p.valid_from, p.valid_to,
	EXISTS (SELECT 1 FROM post_holding h WHERE h.site = p.site AND h.number = p.number AND h.post IN ('chief', 'deputy')
		AND h.valid_from <= :now AND (h.valid_to = 0 OR h.valid_to > :now))
		OR EXISTS (SELECT 1 FROM absence a JOIN post_holding h ON h.site = a.site AND h.number = a.number AND h.post = 'chief'
		WHERE a.site = p.site AND a.acting = p.number AND a.withdrawn_at = 0 AND a.valid_from <= :now AND a.valid_to > :now
		AND h.valid_from <= :now AND (h.valid_to = 0 OR h.valid_to > :now)) AS is_chief,
	EXISTS (SELECT 1 FROM post_holding h WHERE h.site = p.site AND h.number = p.number AND h.post = 'administrator'
		AND h.valid_from <= :now AND (h.valid_to = 0 OR h.valid_to > :now)) AS is_administrator
FROM {people_found}
ORDER BY p.unit, p.kana, p.number LIMIT :most;

--- Present people of a unit and of the one above it: who may act for its chief.
-- people_of_unit(site text, unit text, now int, most int) -> many like person_by_number
SELECT p.number, p.name, p.kana, p.unit, u.name AS unit_name, p.mail, p.valid_from, p.valid_to, 0 AS is_chief, 0 AS is_administrator
FROM person p JOIN unit u ON u.site = p.site AND u.code = p.unit
WHERE p.site = :site AND p.valid_from <= :now AND (p.valid_to = 0 OR p.valid_to > :now)
	AND (p.unit = :unit OR p.unit = (SELECT w.parent FROM unit w WHERE w.site = :site AND w.code = :unit))
ORDER BY p.kana, p.number LIMIT :most;

-- person_move(site text, number text, unit text)
UPDATE person SET unit = :unit WHERE site = :site AND number = :number;

-- person_end(site text, number text, at int)
UPDATE person SET valid_to = :at WHERE site = :site AND number = :number AND (valid_to = 0 OR valid_to > :at);

-- posts_end(site text, number text, at int)
UPDATE post_holding SET valid_to = :at WHERE site = :site AND number = :number AND (valid_to = 0 OR valid_to > :at);

--- All of a person's, but for one; those that ran out by themselves stay as they are.
-- sessions_end(site text, number text, but bytes, at int)
UPDATE session SET closed_at = :at WHERE site = :site AND number = :number AND closed_at = 0 AND expires_at > :at AND token_hash <> :but;

-- post_put(site text, number text, unit text, post text, since int, until int, now int, journal int)
INSERT INTO post_holding (site, number, unit, post, valid_from, valid_to, created_at, journal)
VALUES (:site, :number, :unit, :post, :since, :until, :now, :journal)
ON CONFLICT (site, number, unit, post, valid_from) DO UPDATE SET valid_to = :until, journal = :journal;

-- posts_of(site text, number text) -> many number text, person_name text, unit text, unit_name text, post text, valid_from int, valid_to int
SELECT h.number, p.name AS person_name, h.unit, u.name AS unit_name, h.post, h.valid_from, h.valid_to
FROM post_holding h JOIN person p ON p.site = h.site AND p.number = h.number JOIN unit u ON u.site = h.site AND u.code = h.unit
WHERE h.site = :site AND (:number = '' OR h.number = :number) ORDER BY h.unit, h.post, h.valid_from, h.number;

--- Chiefs and deputies of a unit at a time, and who acts for a chief who is away; one person (who asks) left out, also as the one who is acted
--- for: nobody decides on a request through somebody they named. Who has left the city is none.
-- approvers_of_unit(site text, unit text, but text, now int) -> many number text, post text
SELECT h.number, h.post FROM post_holding h JOIN person p ON p.site = h.site AND p.number = h.number
WHERE h.site = :site AND h.unit = :unit AND h.post IN ('chief', 'deputy') AND h.number <> :but
	AND h.valid_from <= :now AND (h.valid_to = 0 OR h.valid_to > :now)
	AND p.valid_from <= :now AND (p.valid_to = 0 OR p.valid_to > :now)
UNION
SELECT a.acting AS number, 'acting chief' AS post FROM absence a
JOIN post_holding h ON h.site = a.site AND h.number = a.number AND h.post = 'chief'
JOIN person p ON p.site = a.site AND p.number = a.acting
WHERE a.site = :site AND h.unit = :unit AND a.acting <> :but AND a.number <> :but AND a.withdrawn_at = 0
	AND a.valid_from <= :now AND a.valid_to > :now AND h.valid_from <= :now AND (h.valid_to = 0 OR h.valid_to > :now)
	AND p.valid_from <= :now AND (p.valid_to = 0 OR p.valid_to > :now)
ORDER BY post, number;

--- Units of which one person holds a post that decides, or acts for its chief, and all below them.
-- approver_reach(site text, person text, now int) -> many unit text
WITH RECURSIVE reach (unit) AS (
	SELECT h.unit FROM post_holding h WHERE h.site = :site AND h.number = :person AND h.post IN ('chief', 'deputy')
		AND h.valid_from <= :now AND (h.valid_to = 0 OR h.valid_to > :now)
	UNION
	SELECT h.unit FROM absence a JOIN post_holding h ON h.site = a.site AND h.number = a.number AND h.post = 'chief'
		WHERE a.site = :site AND a.acting = :person AND a.withdrawn_at = 0 AND a.valid_from <= :now AND a.valid_to > :now
		AND h.valid_from <= :now AND (h.valid_to = 0 OR h.valid_to > :now)
	UNION
	SELECT u.code FROM reach r JOIN unit u ON u.site = :site AND u.parent = r.unit)
SELECT unit FROM reach;

-- absence_insert(site text, journal int, number text, acting text, since int, until int, reason text, now int, by text)
INSERT INTO absence (site, journal, number, acting, valid_from, valid_to, reason, created_at, created_by)
VALUES (:site, :journal, :number, :acting, :since, :until, :reason, :now, :by);

-- absence_withdraw(site text, journal int, now int, by text)
UPDATE absence SET withdrawn_at = :now, withdrawn_by = :by WHERE site = :site AND journal = :journal AND withdrawn_at = 0 AND valid_to > :now;

-- absence_by_journal(site text, journal int) -> one id int, number text, name text, unit text, unit_name text, acting text, acting_name text,
--	since int, until int, reason text, withdrawn int, created_by_name text
SELECT a.journal AS id, a.number, p.name, p.unit, u.name AS unit_name, a.acting, q.name AS acting_name, a.valid_from AS since, a.valid_to AS until,
	a.reason, a.withdrawn_at AS withdrawn, COALESCE(b.name, '') AS created_by_name
FROM absence a JOIN person p ON p.site = a.site AND p.number = a.number JOIN unit u ON u.site = p.site AND u.code = p.unit
JOIN person q ON q.site = a.site AND q.number = a.acting LEFT JOIN person b ON b.site = a.site AND b.number = a.created_by
WHERE a.site = :site AND a.journal = :journal;

-- absences_overlapping(site text, number text, since int, until int) -> one count int
SELECT count(*) AS count FROM absence WHERE site = :site AND number = :number AND withdrawn_at = 0 AND valid_from < :until AND valid_to > :since;

--- Not over at `now` and not withdrawn; of one person, of whom one person acts for, or ('') of all.
-- absences_present(site text, number text, acting text, now int, most int) -> many like absence_by_journal
SELECT a.journal AS id, a.number, p.name, p.unit, u.name AS unit_name, a.acting, q.name AS acting_name, a.valid_from AS since, a.valid_to AS until,
	a.reason, a.withdrawn_at AS withdrawn, COALESCE(b.name, '') AS created_by_name
FROM absence a JOIN person p ON p.site = a.site AND p.number = a.number JOIN unit u ON u.site = p.site AND u.code = p.unit
JOIN person q ON q.site = a.site AND q.number = a.acting LEFT JOIN person b ON b.site = a.site AND b.number = a.created_by
WHERE a.site = :site AND (:number = '' OR a.number = :number) AND (:acting = '' OR a.acting = :acting) AND a.withdrawn_at = 0 AND a.valid_to > :now
ORDER BY a.valid_from, a.journal LIMIT :most;

--- Chiefs of a unit who are away now: said in the approvals box and to whoever waits.
-- absences_of_unit(site text, unit text, now int) -> many like absence_by_journal
SELECT a.journal AS id, a.number, p.name, h.unit, u.name AS unit_name, a.acting, q.name AS acting_name, a.valid_from AS since, a.valid_to AS until,
	a.reason, a.withdrawn_at AS withdrawn, COALESCE(b.name, '') AS created_by_name
FROM absence a JOIN post_holding h ON h.site = a.site AND h.number = a.number AND h.post = 'chief'
JOIN person p ON p.site = a.site AND p.number = a.number JOIN unit u ON u.site = h.site AND u.code = h.unit
JOIN person q ON q.site = a.site AND q.number = a.acting LEFT JOIN person b ON b.site = a.site AND b.number = a.created_by
WHERE a.site = :site AND h.unit = :unit AND a.withdrawn_at = 0 AND a.valid_from <= :now AND a.valid_to > :now
	AND h.valid_from <= :now AND (h.valid_to = 0 OR h.valid_to > :now)
ORDER BY a.valid_from, a.journal;

-- sessions_end_all(site text, at int)
UPDATE session SET closed_at = :at WHERE site = :site AND closed_at = 0;

-- session_insert(site text, token_hash bytes, number text, face int, factor text, source text, now int, expires int, journal int)
INSERT INTO session (site, token_hash, number, face, factor, source, opened_at, last_seen, expires_at, closed_at, journal)
VALUES (:site, :token_hash, :number, :face, :factor, :source, :now, :now, :expires, 0, :journal);

--- Those a person could still use: not closed, not run out, not idle since before `alive`.
-- sessions_of(site text, number text, now int, alive int, most int) -> many token_hash bytes, face int, factor text, source text, opened_at int,
--	last_seen int
SELECT token_hash, face, factor, source, opened_at, last_seen FROM session
WHERE site = :site AND number = :number AND closed_at = 0 AND expires_at > :now AND last_seen > :alive ORDER BY opened_at DESC, token_hash LIMIT :most;

-- session_by_token(site text, token_hash bytes) -> one number text, face int, factor text, opened_at int, last_seen int, expires_at int,
--	closed_at int
SELECT number, face, factor, opened_at, last_seen, expires_at, closed_at FROM session WHERE site = :site AND token_hash = :token_hash;

-- session_touch(site text, token_hash bytes, now int)
UPDATE session SET last_seen = :now WHERE site = :site AND token_hash = :token_hash;

-- session_end(site text, token_hash bytes, now int)
UPDATE session SET closed_at = :now WHERE site = :site AND token_hash = :token_hash AND closed_at = 0;
