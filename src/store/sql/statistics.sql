--- 統計 — what crossed in a time, counted by day, section, format, what was removed or refused; how long people waited.

--- day: days since 1970 in Japan.
-- statistics_days(site text, since int, until int) -> many day int, count int, refused int, back int, fetched int
SELECT (created_at + 32400) / 86400 AS day, count(*) AS count, sum(CASE WHEN state IN (3, 8) THEN 1 ELSE 0 END) AS refused,
	sum(CASE WHEN state = 5 THEN 1 ELSE 0 END) AS back, sum(CASE WHEN state = 6 THEN 1 ELSE 0 END) AS fetched
FROM ticket WHERE site = :site AND created_at >= :since AND created_at < :until GROUP BY 1 ORDER BY 1;

-- statistics_units(site text, since int, until int, most int) -> many value text, tickets int, count int
SELECT u.name AS value, count(*) AS tickets, sum(CASE WHEN t.state IN (3, 8) THEN 1 ELSE 0 END) AS count
FROM ticket t JOIN unit u ON u.site = t.site AND u.code = t.sender_unit
WHERE t.site = :site AND t.created_at >= :since AND t.created_at < :until GROUP BY u.code, u.name ORDER BY tickets DESC, u.code LIMIT :most;

--- tickets: in how many; count: how much of it.
-- statistics_facts(site text, kind text, since int, until int, most int) -> many value text, tickets int, count int
SELECT f.value, count(*) AS tickets, sum(f.count) AS count FROM ticket_fact f JOIN ticket t ON t.site = f.site AND t.number = f.ticket
WHERE t.site = :site AND f.kind = :kind AND t.created_at >= :since AND t.created_at < :until
GROUP BY f.value ORDER BY tickets DESC, f.value LIMIT :most;

--- From verdict to decision.
-- statistics_waits(site text, since int, until int) -> one count int
SELECT count(*) AS count FROM ticket WHERE site = :site AND created_at >= :since AND created_at < :until AND decided_at > 0 AND verdict IN (1, 2);

-- statistics_wait_at(site text, since int, until int, nth int) -> one seconds int
SELECT decided_at - judged_at AS seconds FROM ticket WHERE site = :site AND created_at >= :since AND created_at < :until AND decided_at > 0
	AND verdict IN (1, 2) ORDER BY 1 LIMIT 1 OFFSET :nth;

--- From hand-in to the first fetch: what a person feels.
-- statistics_wholes(site text, since int, until int) -> one count int
SELECT count(*) AS count FROM ticket t JOIN ticket_fetch f ON f.site = t.site AND f.ticket = t.number AND f.is_first = 1
WHERE t.site = :site AND t.created_at >= :since AND t.created_at < :until;

-- statistics_whole_at(site text, since int, until int, nth int) -> one seconds int
SELECT f.created_at - t.created_at AS seconds FROM ticket t JOIN ticket_fetch f ON f.site = t.site AND f.ticket = t.number AND f.is_first = 1
WHERE t.site = :site AND t.created_at >= :since AND t.created_at < :until ORDER BY 1 LIMIT 1 OFFSET :nth;
