--- 検索 — how tickets are found by words, and the facts they are counted by.

-- ticket_text_put(site text, ticket int, content text)
INSERT INTO ticket_text (site, ticket, content) VALUES (:site, :ticket, :content)
ON CONFLICT (site, ticket) DO UPDATE SET content = :content;

-- ticket_gram_put(site text, gram text, ticket int)
INSERT INTO ticket_gram (site, gram, ticket) VALUES (:site, :gram, :ticket) ON CONFLICT (site, gram, ticket) DO NOTHING;

-- ticket_fact_put(site text, ticket int, kind text, value text, count int)
INSERT INTO ticket_fact (site, ticket, kind, value, count) VALUES (:site, :ticket, :kind, :value, :count)
ON CONFLICT (site, ticket, kind, value) DO UPDATE SET count = :count;

-- tickets_unindexed(site text, most int) -> many number int
SELECT t.number FROM ticket t WHERE t.site = :site AND NOT EXISTS (SELECT 1 FROM ticket_text x WHERE x.site = t.site AND x.ticket = t.number)
ORDER BY t.number LIMIT :most;

--- How rare: counted up to a number, beyond which it does not matter.
-- gram_counted(site text, gram text, most int) -> one count int
SELECT count(*) AS count FROM (SELECT ticket FROM ticket_gram WHERE site = :site AND gram = :gram LIMIT :most) AS some;

--- Tickets that hold all words; of one person: those that may concern them (who waits for a decision is judged by the reader). '' = of all.
-- tickets_searched(site text, person text, gram1 text, gram2 text, word1 text, word2 text, word3 text, word4 text, before int,
--	most int) -> many like ticket_by_number
SELECT v.number, v.state, v.sender, v.sender_name, v.sender_unit, v.sender_unit_name, v.addressee, v.addressee_name, v.addressee_unit_name,
	v.purpose, v.name, v.bytes, v.input, v.opened, v.expires, v.erased, v.verdict, v.judged, v.output_name, v.output_bytes, v.output,
	v.object, v.decided, v.decided_by, v.decided_by_name, v.decided_post, v.reason, v.sealed, v.fetched, v.fetches, v.original_until,
	v.journal_opened, v.journal_judged, v.journal_decided, v.direction, v.leak
FROM ticket_gram g JOIN ticket_text x ON x.site = g.site AND x.ticket = g.ticket JOIN ticket_view v ON v.site = g.site AND v.number = g.ticket
WHERE g.site = :site AND g.gram = :gram1 AND g.ticket < :before
	AND (:gram2 = '' OR EXISTS (SELECT 1 FROM ticket_gram h WHERE h.site = :site AND h.gram = :gram2 AND h.ticket = g.ticket))
	AND x.content LIKE :word1 ESCAPE '\' AND x.content LIKE :word2 ESCAPE '\' AND x.content LIKE :word3 ESCAPE '\' AND x.content LIKE :word4 ESCAPE '\'
	AND (:person = '' OR v.sender = :person OR v.decided_by = :person OR v.state = 2 OR v.addressee = :person AND v.state IN (4, 6, 7, 8))
ORDER BY g.ticket DESC LIMIT :most;

--- The same of one person, by what is theirs: for words that stand in so many tickets that theirs are fewer. Each part stops as soon as it has enough.
-- tickets_searched_mine(site text, person text, gram1 text, gram2 text, word1 text, word2 text, word3 text, word4 text, before int,
--	most int) -> many number int
SELECT number FROM (SELECT t.number FROM ticket t JOIN ticket_text x ON x.site = t.site AND x.ticket = t.number
	WHERE t.site = :site AND t.sender = :person AND t.number < :before
		AND EXISTS (SELECT 1 FROM ticket_gram g WHERE g.site = :site AND g.gram = :gram1 AND g.ticket = t.number)
		AND (:gram2 = '' OR EXISTS (SELECT 1 FROM ticket_gram h WHERE h.site = :site AND h.gram = :gram2 AND h.ticket = t.number))
		AND x.content LIKE :word1 ESCAPE '\' AND x.content LIKE :word2 ESCAPE '\' AND x.content LIKE :word3 ESCAPE '\' AND x.content LIKE :word4 ESCAPE '\'
	ORDER BY t.number DESC LIMIT :most)
UNION SELECT number FROM (SELECT t.number FROM ticket t JOIN ticket_text x ON x.site = t.site AND x.ticket = t.number
	WHERE t.site = :site AND t.addressee = :person AND +t.state IN (4, 6, 7, 8) AND t.number < :before
		AND EXISTS (SELECT 1 FROM ticket_gram g WHERE g.site = :site AND g.gram = :gram1 AND g.ticket = t.number)
		AND (:gram2 = '' OR EXISTS (SELECT 1 FROM ticket_gram h WHERE h.site = :site AND h.gram = :gram2 AND h.ticket = t.number))
		AND x.content LIKE :word1 ESCAPE '\' AND x.content LIKE :word2 ESCAPE '\' AND x.content LIKE :word3 ESCAPE '\' AND x.content LIKE :word4 ESCAPE '\'
	ORDER BY t.number DESC LIMIT :most)
UNION SELECT number FROM (SELECT t.number FROM ticket t JOIN ticket_text x ON x.site = t.site AND x.ticket = t.number
	WHERE t.site = :site AND t.decided_by = :person AND t.number < :before
		AND EXISTS (SELECT 1 FROM ticket_gram g WHERE g.site = :site AND g.gram = :gram1 AND g.ticket = t.number)
		AND (:gram2 = '' OR EXISTS (SELECT 1 FROM ticket_gram h WHERE h.site = :site AND h.gram = :gram2 AND h.ticket = t.number))
		AND x.content LIKE :word1 ESCAPE '\' AND x.content LIKE :word2 ESCAPE '\' AND x.content LIKE :word3 ESCAPE '\' AND x.content LIKE :word4 ESCAPE '\'
	ORDER BY t.number DESC LIMIT :most)
UNION SELECT number FROM (SELECT t.number FROM ticket t JOIN ticket_text x ON x.site = t.site AND x.ticket = t.number
	WHERE t.site = :site AND t.state = 2 AND t.number < :before
		AND EXISTS (SELECT 1 FROM ticket_gram g WHERE g.site = :site AND g.gram = :gram1 AND g.ticket = t.number)
		AND (:gram2 = '' OR EXISTS (SELECT 1 FROM ticket_gram h WHERE h.site = :site AND h.gram = :gram2 AND h.ticket = t.number))
		AND x.content LIKE :word1 ESCAPE '\' AND x.content LIKE :word2 ESCAPE '\' AND x.content LIKE :word3 ESCAPE '\' AND x.content LIKE :word4 ESCAPE '\'
	ORDER BY t.number DESC LIMIT :most)
ORDER BY number DESC LIMIT :most;

--- What one person handed in, as far as it is wanted: state, since, until 0 and gram1 '' = all. Words in few tickets begin with the words, others with the person.
-- sent_found(site text, sender text, state int, since int, until int, gram1 text, gram2 text, word1 text, word2 text, word3 text, word4 text, before int,
--	most int) -> many number int
SELECT t.number FROM ticket t WHERE t.site = :site AND t.sender = :sender AND t.direction = 1 AND t.number < :before
	AND (:state = 0 OR +t.state = :state) AND (:since = 0 OR +t.created_at >= :since) AND (:until = 0 OR +t.created_at < :until)
	AND (:gram1 = '' OR EXISTS (SELECT 1 FROM ticket_gram g WHERE g.site = :site AND g.gram = :gram1 AND g.ticket = t.number))
	AND (:gram2 = '' OR EXISTS (SELECT 1 FROM ticket_gram h WHERE h.site = :site AND h.gram = :gram2 AND h.ticket = t.number))
	AND (:gram1 = '' OR EXISTS (SELECT 1 FROM ticket_text x WHERE x.site = :site AND x.ticket = t.number AND x.content LIKE :word1 ESCAPE '\'
		AND x.content LIKE :word2 ESCAPE '\' AND x.content LIKE :word3 ESCAPE '\' AND x.content LIKE :word4 ESCAPE '\'))
ORDER BY t.number DESC LIMIT :most;

-- sent_found_by_gram(site text, sender text, state int, since int, until int, gram1 text, gram2 text, word1 text, word2 text, word3 text, word4 text,
--	before int, most int) -> many number int
SELECT t.number FROM ticket_gram g CROSS JOIN ticket t ON t.site = g.site AND t.number = g.ticket CROSS JOIN ticket_text x ON x.site = g.site AND x.ticket = g.ticket
WHERE g.site = :site AND g.gram = :gram1 AND g.ticket < :before AND t.sender = :sender AND t.direction = 1
	AND (:state = 0 OR t.state = :state) AND (:since = 0 OR t.created_at >= :since) AND (:until = 0 OR t.created_at < :until)
	AND (:gram2 = '' OR EXISTS (SELECT 1 FROM ticket_gram h WHERE h.site = :site AND h.gram = :gram2 AND h.ticket = g.ticket))
	AND x.content LIKE :word1 ESCAPE '\' AND x.content LIKE :word2 ESCAPE '\' AND x.content LIKE :word3 ESCAPE '\' AND x.content LIKE :word4 ESCAPE '\'
ORDER BY g.ticket DESC LIMIT :most;
