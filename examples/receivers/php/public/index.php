<?php

/**
 * A shop's webhook endpoint: verifies, stores, answers; what is to be done is done by `work.php`.
 *
 *   composer require standard-webhooks/standard-webhooks
 *   SAOMA_WEBHOOK_SECRET=whsec_… php -S 127.0.0.1:3000 public/index.php
 */

declare(strict_types=1);

require __DIR__ . '/../vendor/autoload.php';
require __DIR__ . '/../events.php';

use StandardWebhooks\Exception\WebhookSigningException;
use StandardWebhooks\Exception\WebhookVerificationException;
use StandardWebhooks\Webhook;

/** An event has some kilobytes; whoever sends more is not Saoma. */
const BODY_BYTES_MAX = 256 * 1024;

// A warning that is printed would be answered 200, and the package warns where a header is no header.
set_error_handler(static fn (int $level, string $words) => throw new ErrorException($words, 0, $level));

/** The status that answers. */
function receive(): int
{
    if ($_SERVER['REQUEST_METHOD'] !== 'POST') {
        return 405;
    }
    // The body as it came, byte for byte: that is what is signed.
    $body = (string) file_get_contents('php://input', false, null, 0, BODY_BYTES_MAX + 1);
    if (strlen($body) > BODY_BYTES_MAX) {
        return 413;
    }
    $headers = [];
    foreach (['webhook-id', 'webhook-timestamp', 'webhook-signature'] as $name) {
        $headers[$name] = $_SERVER['HTTP_' . strtoupper(strtr($name, '-', '_'))] ?? null;
    }
    // Without a secret the package would verify with an empty one, which anybody has.
    $secret = (string) getenv('SAOMA_WEBHOOK_SECRET');
    if (!str_starts_with($secret, 'whsec_') || strlen($secret) < 38) {
        throw new RuntimeException('SAOMA_WEBHOOK_SECRET is not set');
    }
    try {
        $told = (new Webhook($secret))->verify($body, $headers);
    } catch (WebhookVerificationException | WebhookSigningException | ErrorException) {
        return 401;
    }
    // SQLite writes to the disk before a statement returns, so what is answered is stored. The same
    // event comes again whenever our answer was lost: its id makes the second one nothing.
    $store = events()->prepare(
        'INSERT INTO events (id, type, data) VALUES (?, ?, ?) ON CONFLICT (id) DO NOTHING'
    );
    $store->execute([$headers['webhook-id'], $told['type'], json_encode($told['data'], JSON_THROW_ON_ERROR)]);
    return 204;
}

try {
    http_response_code(receive());
} catch (Throwable $error) {
    // Not stored, for whatever reason: a 500 brings the event again.
    error_log((string) $error);
    http_response_code(500);
}
