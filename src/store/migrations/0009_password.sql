-- パスワード待ち — state 9: a protected file waits in quarantine until its sender gives the password. password_tries: how many were wrong.
ALTER TABLE ticket ADD COLUMN password_tries INTEGER NOT NULL DEFAULT 0;
