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

--- A ticket t that has the rarest gram of the words (g, joined before or behind it): in it the next one too, and, unless these say all there is to say, the words as
--- they stand.
-- {rest}
(:gram2 = '' OR EXISTS (SELECT 1 FROM ticket_gram h WHERE h.site = :site AND h.gram = :gram2 AND h.ticket = g.ticket))
	AND (:whole = 1 OR EXISTS (SELECT 1 FROM ticket_text x WHERE x.site = :site AND x.ticket = g.ticket
		AND x.content LIKE :word1 ESCAPE '\' AND x.content LIKE :word2 ESCAPE '\' AND x.content LIKE :word3 ESCAPE '\' AND x.content LIKE :word4 ESCAPE '\'));

-- {of_words}
ticket_gram g CROSS JOIN ticket t ON t.site = g.site AND t.number = g.ticket WHERE g.site = :site AND g.gram = :gram1 AND g.ticket < :before AND {rest};

-- {of_tickets}
ticket t CROSS JOIN ticket_gram g ON g.site = t.site AND g.gram = :gram1 AND g.ticket = t.number WHERE t.site = :site AND t.number < :before AND {rest};

--- What a line of what was found shows, and what tells who may see it.
-- {found}
number, state, sender, sender_name, sender_unit, sender_unit_name, addressee_name, purpose, name, opened, decided_by;

--- Tickets that hold all words; of one person: those that may concern them, '' = of all. units: ",code,code,", whose requests may come to this person; what
--- waits is judged by the reader.
-- tickets_searched(site text, person text, units text, gram1 text, gram2 text, whole int, word1 text, word2 text, word3 text, word4 text, before int,
--	most int) -> many number int, state int, sender text, sender_name text, sender_unit text, sender_unit_name text, addressee_name text, purpose text,
--	name text, opened int, decided_by text
SELECT {found} FROM ticket_view WHERE site = :site AND number IN (SELECT t.number FROM {of_words}
	AND (:person = '' OR t.sender = :person OR t.decided_by = :person OR t.state = 2 AND :units LIKE '%,' || t.sender_unit || ',%'
		OR t.addressee = :person AND t.state IN (4, 6, 7, 8)) ORDER BY g.ticket DESC LIMIT :most)
ORDER BY number DESC;

--- The same of one person, by what is theirs: for words that stand in so many tickets that theirs are fewer. The parts are merged by number as they are
--- read, so that only as much of each is gone through as is wanted.
-- tickets_searched_mine(site text, person text, units text, gram1 text, gram2 text, whole int, word1 text, word2 text, word3 text, word4 text, before int,
--	most int) -> many like tickets_searched
SELECT {found} FROM ticket_view WHERE site = :site AND number IN (SELECT t.number FROM {of_tickets} AND t.sender = :person
	UNION SELECT t.number FROM {of_tickets} AND t.addressee = :person AND +t.state IN (4, 6, 7, 8)
	UNION SELECT t.number FROM {of_tickets} AND t.decided_by = :person
	UNION SELECT t.number FROM {of_tickets} AND t.state = 2 AND :units <> '' AND :units LIKE '%,' || t.sender_unit || ',%'
	ORDER BY number DESC LIMIT :most)
ORDER BY number DESC;

--- What one person handed in, as far as it is wanted: state, since, until 0 = all. Words in few tickets begin with the words, others with the person.
-- {wanted}
t.sender = :sender AND t.direction = 1 AND (:state = 0 OR +t.state = :state) AND (:since = 0 OR +t.created_at >= :since)
	AND (:until = 0 OR +t.created_at < :until);

-- sent_found(site text, full int, sender text, state int, since int, until int, before int, most int) -> many like passage
SELECT {passage} FROM ticket_view t WHERE t.site = :site AND t.number IN (SELECT t.number FROM ticket t WHERE t.site = :site AND t.number < :before AND {wanted}
	ORDER BY t.number DESC LIMIT :most)
ORDER BY t.number DESC;

-- sent_found_by_words(site text, full int, sender text, state int, since int, until int, gram1 text, gram2 text, whole int, word1 text, word2 text,
--	word3 text, word4 text, before int, most int) -> many like passage
SELECT {passage} FROM ticket_view t WHERE t.site = :site AND t.number IN (SELECT t.number FROM {of_words} AND {wanted} ORDER BY g.ticket DESC LIMIT :most)
ORDER BY t.number DESC;

-- sent_found_by_tickets(site text, full int, sender text, state int, since int, until int, gram1 text, gram2 text, whole int, word1 text, word2 text,
--	word3 text, word4 text, before int, most int) -> many like passage
SELECT {passage} FROM ticket_view t WHERE t.site = :site AND t.number IN (SELECT t.number FROM {of_tickets} AND {wanted} ORDER BY t.number DESC LIMIT :most)
ORDER BY t.number DESC;
