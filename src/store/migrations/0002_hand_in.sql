-- Several files handed in as one act: each ticket knows the request of the first.
ALTER TABLE ticket ADD COLUMN hand_in BLOB NOT NULL DEFAULT (x'');
UPDATE ticket SET hand_in = request;
CREATE INDEX ticket_hand_in ON ticket (site, hand_in, number);
