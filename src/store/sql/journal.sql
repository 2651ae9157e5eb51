--- 日誌 — site, epochs, journal, strangers.

-- site_insert(site text, now int)
INSERT INTO site (site, created_at) VALUES (:site, :now);

-- site_only() -> one site text
SELECT site FROM site ORDER BY site LIMIT 1;

-- upkeep_now(site text) -> one running int, whole_at int
SELECT running, whole_at FROM upkeep WHERE site = :site;

-- upkeep_put(site text, running int, whole_at int)
INSERT INTO upkeep (site, running, whole_at) VALUES (:site, :running, :whole_at)
ON CONFLICT (site) DO UPDATE SET running = :running, whole_at = :whole_at;

-- epoch_insert(site text, epoch bytes, first_position int, now int)
INSERT INTO epoch (site, epoch, first_position, opened_at) VALUES (:site, :epoch, :first_position, :now);

-- counter_put(site text, epoch bytes, first_position int)
INSERT INTO counter (site, epoch, next, first_position, next_ticket) VALUES (:site, :epoch, 1, :first_position, 1)
ON CONFLICT (site) DO UPDATE SET epoch = :epoch, next = 1, first_position = :first_position;

-- counter_now(site text) -> one epoch bytes, last int, first_position int, sealed int, sealed_at int
SELECT c.epoch, c.next - 1 AS last, c.first_position, e.sealed, e.sealed_at FROM counter c
JOIN epoch e ON e.site = c.site AND e.epoch = c.epoch WHERE c.site = :site;

-- ticket_last(site text) -> one last int
SELECT next_ticket - 1 AS last FROM counter WHERE site = :site;

-- journal_number(site text) -> one no int, position int, epoch bytes
UPDATE counter SET next = next + 1 WHERE site = :site RETURNING next - 1 AS no, first_position + next - 2 AS position, epoch;

-- journal_insert(site text, position int, epoch bytes, no int, at int, event text, actor text, post text, object text, record bytes,
--	salt bytes, entry bytes)
INSERT INTO journal (site, position, epoch, no, at, event, actor, post, object, record, salt, entry)
VALUES (:site, :position, :epoch, :no, :at, :event, :actor, :post, :object, :record, :salt, :entry);

-- journal_entries(site text, epoch bytes, after int, most int) -> many no int, at int, event text, entry bytes
SELECT no, at, event, entry FROM journal WHERE site = :site AND epoch = :epoch AND no > :after ORDER BY no LIMIT :most;

-- epoch_seal(site text, epoch bytes, number int, now int)
UPDATE epoch SET sealed = :number, sealed_at = :now WHERE site = :site AND epoch = :epoch AND sealed <= :number
	AND :number <= (SELECT max(no) FROM journal WHERE site = :site AND epoch = :epoch);

-- strangers_since(site text, rows int, since int) -> one count int
SELECT count(*) AS count FROM journal WHERE site = :site AND event = 'stranger.refused' AND at >= :since
	AND position > (SELECT first_position + next - 1 - :rows FROM counter WHERE site = :site);

-- journal_past(site text, event text, before int, most int) -> many epoch bytes, no int, position int
SELECT j.epoch, j.no, j.position FROM journal j JOIN epoch e ON e.site = j.site AND e.epoch = j.epoch
WHERE j.site = :site AND j.event = :event AND j.at < :before AND j.no <= e.sealed AND j.record <> x'' ORDER BY j.position LIMIT :most;

-- journal_forget(site text, position int)
UPDATE journal SET record = x'', salt = x'', actor = '', post = '', object = '' WHERE site = :site AND position = :position AND record <> x'';

-- event_by_number(site text, epoch bytes, number int) -> one epoch bytes, no int, at int, event text, actor text, actor_name text, post text,
--	object text, record bytes, salt bytes, entry bytes, sealed int
SELECT j.epoch, j.no, j.at, j.event, j.actor, COALESCE(p.name, '') AS actor_name, j.post, j.object, j.record, j.salt, j.entry,
	CASE WHEN j.no <= e.sealed THEN 1 ELSE 0 END AS sealed
FROM journal j JOIN epoch e ON e.site = j.site AND e.epoch = j.epoch LEFT JOIN person p ON p.site = j.site AND p.number = j.actor
WHERE j.site = :site AND j.epoch = :epoch AND j.no = :number;

-- events_after(site text, epoch bytes, after int, most int) -> many like event_by_number
SELECT j.epoch, j.no, j.at, j.event, j.actor, COALESCE(p.name, '') AS actor_name, j.post, j.object, j.record, j.salt, j.entry,
	CASE WHEN j.no <= e.sealed THEN 1 ELSE 0 END AS sealed
FROM journal j JOIN epoch e ON e.site = j.site AND e.epoch = j.epoch LEFT JOIN person p ON p.site = j.site AND p.number = j.actor
WHERE j.site = :site AND j.epoch = :epoch AND j.no > :after ORDER BY j.no LIMIT :most;

-- events_before(site text, epoch bytes, before int, most int) -> many like event_by_number
SELECT j.epoch, j.no, j.at, j.event, j.actor, COALESCE(p.name, '') AS actor_name, j.post, j.object, j.record, j.salt, j.entry,
	CASE WHEN j.no <= e.sealed THEN 1 ELSE 0 END AS sealed
FROM journal j JOIN epoch e ON e.site = j.site AND e.epoch = j.epoch LEFT JOIN person p ON p.site = j.site AND p.number = j.actor
WHERE j.site = :site AND j.epoch = :epoch AND j.no < :before ORDER BY j.no DESC LIMIT :most;

-- events_of_object(site text, epoch bytes, object text, before int, most int) -> many like event_by_number
SELECT j.epoch, j.no, j.at, j.event, j.actor, COALESCE(p.name, '') AS actor_name, j.post, j.object, j.record, j.salt, j.entry,
	CASE WHEN j.no <= e.sealed THEN 1 ELSE 0 END AS sealed
FROM journal j JOIN epoch e ON e.site = j.site AND e.epoch = j.epoch LEFT JOIN person p ON p.site = j.site AND p.number = j.actor
WHERE j.site = :site AND j.epoch = :epoch AND j.object = :object AND j.no < :before ORDER BY j.no DESC LIMIT :most;

-- events_of_person(site text, epoch bytes, person text, before int, most int) -> many like event_by_number
SELECT j.epoch, j.no, j.at, j.event, j.actor, COALESCE(p.name, '') AS actor_name, j.post, j.object, j.record, j.salt, j.entry,
	CASE WHEN j.no <= e.sealed THEN 1 ELSE 0 END AS sealed
FROM journal j JOIN epoch e ON e.site = j.site AND e.epoch = j.epoch LEFT JOIN person p ON p.site = j.site AND p.number = j.actor
WHERE j.site = :site AND j.epoch = :epoch AND j.actor = :person AND j.no < :before ORDER BY j.no DESC LIMIT :most;

-- events_of_both(site text, epoch bytes, object text, person text, before int, most int) -> many like event_by_number
SELECT j.epoch, j.no, j.at, j.event, j.actor, COALESCE(p.name, '') AS actor_name, j.post, j.object, j.record, j.salt, j.entry,
	CASE WHEN j.no <= e.sealed THEN 1 ELSE 0 END AS sealed
FROM journal j JOIN epoch e ON e.site = j.site AND e.epoch = j.epoch LEFT JOIN person p ON p.site = j.site AND p.number = j.actor
WHERE j.site = :site AND j.epoch = :epoch AND j.object = :object AND j.actor = :person AND j.no < :before ORDER BY j.no DESC LIMIT :most;

-- stranger_count(site text, minute int, kind text, source text)
INSERT INTO stranger (site, minute, kind, source, count) VALUES (:site, :minute, :kind, :source, 1)
ON CONFLICT (site, minute, kind, source) DO UPDATE SET count = stranger.count + 1;

-- strangers_of_minute(site text, minute int) -> one count int
SELECT count(*) AS count FROM stranger WHERE site = :site AND minute = :minute;

-- stranger_known(site text, minute int, kind text, source text) -> one count int
SELECT count FROM stranger WHERE site = :site AND minute = :minute AND kind = :kind AND source = :source;

-- strangers_before(site text, minute int) -> many minute int, kind text, source text, count int
SELECT minute, kind, source, count FROM stranger WHERE site = :site AND minute < :minute ORDER BY minute, kind, source;

-- strangers_forget(site text, minute int)
DELETE FROM stranger WHERE site = :site AND minute < :minute;
