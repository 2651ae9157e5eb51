--- 遮った通信 — what the rules of the zones refused, by hour.

-- zone_blocked_known(site text, hour int, request bytes) -> one count int
SELECT count(*) AS count FROM zone_blocked WHERE site = :site AND hour = :hour AND request = :request;

-- zone_blocked_insert(site text, hour int, request bytes, source text, target text, packets int, now int, journal int)
INSERT INTO zone_blocked (site, hour, request, source, target, packets, created_at, journal)
VALUES (:site, :hour, :request, :source, :target, :packets, :now, :journal);

-- zone_blocked_forget(site text, before int)
DELETE FROM zone_blocked WHERE site = :site AND hour < :before;

-- zone_blocked_pairs(site text, since int, until int, most int) -> many source text, target text, packets int, latest int
SELECT source, target, sum(packets) AS packets, max(hour) AS latest FROM zone_blocked
WHERE site = :site AND hour >= :since AND hour < :until GROUP BY source, target ORDER BY packets DESC, source, target LIMIT :most;

--- source or target "*": whichever. no: of a journal row that holds the counts.
-- zone_blocked_hours(site text, since int, until int, source text, target text, most int) -> many hour int, packets int, no int
SELECT b.hour, sum(b.packets) AS packets, max(j.no) AS no FROM zone_blocked b JOIN journal j ON j.site = b.site AND j.position = b.journal
WHERE b.site = :site AND b.hour >= :since AND b.hour < :until AND :source IN ('*', b.source) AND :target IN ('*', b.target)
GROUP BY b.hour ORDER BY b.hour DESC LIMIT :most;
