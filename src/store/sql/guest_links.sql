--- 外部の人のためのリンク — links by which somebody outside hands files in.

-- guest_link_number(site text) -> one number int
SELECT COALESCE(max(number), 0) + 1 AS number FROM guest_link WHERE site = :site;

-- guest_link_insert(site text, number int, token_hash bytes, issuer text, addressee text, purpose text, files_most int, bytes_most int, now int,
--	expires int, journal int)
INSERT INTO guest_link (site, number, token_hash, issuer, addressee, purpose, files_most, bytes_most, created_at, expires_at, journal)
VALUES (:site, :number, :token_hash, :issuer, :addressee, :purpose, :files_most, :bytes_most, :now, :expires, :journal);

--- used: files that came by it.
-- guest_link_by_number(site text, number int) -> one number int, issuer text, issuer_name text, issuer_unit_name text, addressee text,
--	addressee_name text, purpose text, files_most int, bytes_most int, created int, expires int, revoked int, used int
SELECT l.number, l.issuer, i.name AS issuer_name, u.name AS issuer_unit_name, l.addressee, a.name AS addressee_name, l.purpose, l.files_most,
	l.bytes_most, l.created_at AS created, l.expires_at AS expires, l.revoked_at AS revoked,
	(SELECT count(*) FROM ticket t WHERE t.site = l.site AND t.guest_link = l.number AND t.guest_link > 0) AS used
FROM guest_link l JOIN person i ON i.site = l.site AND i.number = l.issuer JOIN unit u ON u.site = i.site AND u.code = i.unit
JOIN person a ON a.site = l.site AND a.number = l.addressee WHERE l.site = :site AND l.number = :number;

-- guest_link_by_hash(site text, token_hash bytes) -> one number int
SELECT number FROM guest_link WHERE site = :site AND token_hash = :token_hash;

-- guest_links_of(site text, issuer text, before int, most int) -> many like guest_link_by_number
SELECT l.number, l.issuer, i.name AS issuer_name, u.name AS issuer_unit_name, l.addressee, a.name AS addressee_name, l.purpose, l.files_most,
	l.bytes_most, l.created_at AS created, l.expires_at AS expires, l.revoked_at AS revoked,
	(SELECT count(*) FROM ticket t WHERE t.site = l.site AND t.guest_link = l.number AND t.guest_link > 0) AS used
FROM guest_link l JOIN person i ON i.site = l.site AND i.number = l.issuer JOIN unit u ON u.site = i.site AND u.code = i.unit
JOIN person a ON a.site = l.site AND a.number = l.addressee
WHERE l.site = :site AND l.issuer = :issuer AND l.number < :before ORDER BY l.number DESC LIMIT :most;

-- guest_link_revoke(site text, number int, now int)
UPDATE guest_link SET revoked_at = :now WHERE site = :site AND number = :number AND revoked_at = 0;

-- tickets_of_guest_link(site text, number int) -> many number int
SELECT number FROM ticket WHERE site = :site AND guest_link = :number AND guest_link > 0 ORDER BY number DESC;
