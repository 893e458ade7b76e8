-- CreateIndex
-- Partial, so that nothing is written for senders that do not say who they are, and byte by byte, as ids are compared whatever the
-- database's collation.
CREATE INDEX "tenant_events_producer_idx" ON "tenant_events"("producer_id", "owner_id", "id" COLLATE "C") WHERE "producer_id" IS NOT NULL;
