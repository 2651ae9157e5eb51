-- サインインの場所: from where a session was opened, for the person's own list of sessions.
ALTER TABLE session ADD COLUMN source TEXT NOT NULL DEFAULT '';
