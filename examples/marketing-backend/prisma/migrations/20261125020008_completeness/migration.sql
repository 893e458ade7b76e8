-- AlterTable
-- The durable outbox that an event came from. Empty for events of before, and of senders that do not say.
ALTER TABLE "tenant_events" ADD COLUMN     "producer_id" UUID;

-- CreateTable
CREATE TABLE "event_producers" (
    "producer_id" UUID NOT NULL,
    "owner_id" VARCHAR(36) NOT NULL DEFAULT '',
    "first_seen_at" TIMESTAMP(3) NOT NULL,
    "floor" VARCHAR(36) NOT NULL DEFAULT '',
    "heartbeat_at" TIMESTAMP(3),
    "heartbeat_sent_at" TIMESTAMP(3),
    "heartbeat_interval_ms" INTEGER,
    "closed_through" TIMESTAMP(3),
    "oldest_pending_ms" BIGINT,
    "ledger" JSONB,
    "proof_at" TIMESTAMP(3),
    "proof" JSONB,

    CONSTRAINT "event_producers_pkey" PRIMARY KEY ("producer_id","owner_id")
);

-- CreateTable
CREATE TABLE "sealed_event_ids" (
    "producer_id" UUID NOT NULL,
    "owner_id" VARCHAR(36) NOT NULL DEFAULT '',
    "bucket" VARCHAR(36) NOT NULL,
    "events" BIGINT NOT NULL,
    "total" DECIMAL(39,0) NOT NULL,

    CONSTRAINT "sealed_event_ids_pkey" PRIMARY KEY ("producer_id","owner_id","bucket")
);
