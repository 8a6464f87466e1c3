<?php

/** The shop's work: what came and is not done yet. Run it by cron, or after each request. */

declare(strict_types=1);

require __DIR__ . '/events.php';

/** Your shop's work, which may take longer than an answer. It may be called twice for one event. */
function handle(string $id, string $type, array $data): void
{
    echo json_encode([
        'id' => $id,
        'type' => $type,
        'reference' => $data['reference'],
        'status' => $data['status'],
        'late' => $data['late'] ?? null,
        'refund' => $data['refund']['reference'] ?? null,
    ], JSON_THROW_ON_ERROR), "\n";
}

$events = events();
$finish = $events->prepare('UPDATE events SET done = 1 WHERE id = ?');
$undone = $events->query('SELECT id, type, data FROM events WHERE done = 0 ORDER BY rowid')->fetchAll();
foreach ($undone as ['id' => $id, 'type' => $type, 'data' => $data]) {
    // One that fails keeps no other waiting; it is done at the next run.
    try {
        handle($id, $type, json_decode($data, true, flags: JSON_THROW_ON_ERROR));
        $finish->execute([$id]);
    } catch (Throwable $error) {
        error_log("$id: $error");
    }
}
