<?php

/** The store of the events that came. */

declare(strict_types=1);

function events(): PDO
{
    $events = new PDO('sqlite:' . (getenv('EVENTS_FILE') ?: __DIR__ . '/events.db'));
    $events->setAttribute(PDO::ATTR_ERRMODE, PDO::ERRMODE_EXCEPTION);
    $events->exec(
        'CREATE TABLE IF NOT EXISTS events (id TEXT PRIMARY KEY, type TEXT NOT NULL,'
        . ' data TEXT NOT NULL, done INTEGER NOT NULL DEFAULT 0)'
    );
    return $events;
}
